import { keys, type Table } from '#shared/store';
import { listProblems } from './problem-list.ts';
import { type Problem, severityOrder } from './types.ts';

/** What the first, silent look at a fleet found; told once, instead of an alert for everything that was there before us. */
export interface BaselineReport {
  readonly workloads: number;
  readonly images: number;
  readonly problems: number;
  readonly exploited: number;
  readonly fixable: number;
  /** open problems by severity */
  readonly bySeverity: Readonly<Record<string, number>>;
  /** the worst, at most ten: `CRITICAL, KEV CVE-2014-0160 openssl (3 services)` */
  readonly worst: readonly string[];
  readonly at: string;
}

/** True until the first sweep has nothing left to read: what is found meanwhile was there before us and is no news. */
export async function isBaseline(table: Table): Promise<boolean> {
  return (await table.get(keys.baseline(), { consistent: true }))?.state !== 'done';
}

/**
 * Ends the baseline and keeps its report, once; it is to be told until `baselineTold` says that it was, so a crash in between loses nothing (`untoldBaseline`).
 */
export async function endBaseline(
  table: Table,
  counts: { readonly workloads: number; readonly images: number; readonly at: string },
): Promise<void> {
  const open: Problem[] = [];
  for await (const problem of listProblems(table)) if (problem.state === 'open') open.push(problem);
  const bySeverity = Object.fromEntries(
    severityOrder.map((level) => [level, open.filter((problem) => problem.severity.level === level).length]),
  );
  const report: BaselineReport = {
    ...counts,
    problems: open.length,
    exploited: open.filter((problem) => problem.kev !== undefined).length,
    fixable: open.filter((problem) => problem.fixedIn !== undefined).length,
    bySeverity,
    worst: open.slice(0, 10).map(lineOf),
  };
  await table.put({ ...keys.baseline(), state: 'done', report, untold: true }, { absent: true });
}

/** The report of a baseline that has ended and was not told yet. */
export async function untoldBaseline(table: Table): Promise<BaselineReport | undefined> {
  const row = await table.get(keys.baseline(), { consistent: true });
  return row?.untold === true ? (row.report as BaselineReport) : undefined;
}

/** Says that the report is on the bus; the row keeps it, so that a person can look at it again. */
export async function baselineTold(table: Table): Promise<void> {
  const row = await table.get(keys.baseline(), { consistent: true });
  if (row?.untold !== true) return;
  const { untold: _, ...told } = row;
  await table.put(told);
}

const lineOf = (problem: Problem): string =>
  `${problem.severity.level.toUpperCase()}${problem.kev === undefined ? '' : ', KEV'} ${problem.vulnerability} ${problem.package} (${problem.workloads.length} ${problem.workloads.length === 1 ? 'service' : 'services'})`;
