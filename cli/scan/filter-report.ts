import type { SeverityLevel } from '#shared/judging';
import { vexHides } from '#shared/vex';
import type { ReportCounts, ReportFinding, ScanReport } from './report.ts';
import { type ReportOrder, sortFindings } from './report-order.ts';

/** What people choose to see. */
export interface ReportFilter {
  readonly severities?: readonly SeverityLevel[];
  readonly onlyFixed: boolean;
  /** what is noise, and what is accepted, too */
  readonly showHidden: boolean;
  /** every file that can run */
  readonly files: boolean;
  readonly sort: ReportOrder;
}

/** The report with some findings (and unless asked for, the list of files) left out; how many is counted, so that hidden never looks like none. */
export function filterReport(report: ScanReport, filter: ReportFilter): ScanReport {
  const shown = (finding: ReportFinding): boolean => filter.showHidden || isLoud(finding);
  const loud = report.findings.filter(shown);
  const findings = loud.filter(
    (finding) =>
      (filter.severities === undefined || filter.severities.includes(finding.severity.level) || finding.malicious) &&
      (!filter.onlyFixed || finding.fixedIn !== null),
  );
  const quiet = report.findings.filter((finding) => !shown(finding));
  const vex = quiet.filter(isHiddenByVex).length;
  const noise = quiet.filter(({ hidden }) => hidden !== null).length - vex;
  const left = { hidden: loud.length - findings.length, noise, vex, accepted: quiet.length - noise - vex };
  const executables = filter.files ? report.executables : { ...report.executables, all: null };
  return {
    ...report,
    findings: sortFindings(findings, filter.sort),
    executables,
    summary: countFindings(findings, left),
  };
}

/** Whether VEX is what hides it. */
export const isHiddenByVex = ({ hidden, vex }: ReportFinding): boolean =>
  hidden !== null && vex !== null && hidden === vexHides(vex);

/** Whether it counts without anybody asking for more. */
const isLoud = ({ hidden, accepted }: ReportFinding): boolean => hidden === null && accepted === null;

/** What a report counts of its findings; `left` is what it leaves out. */
export function countFindings(
  findings: readonly ReportFinding[],
  left: Pick<ReportCounts, 'hidden' | 'noise' | 'vex' | 'accepted'>,
): ReportCounts {
  const bySeverity = { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 };
  for (const { severity } of findings) bySeverity[severity.level] += 1;
  return {
    findings: findings.length,
    bySeverity,
    kev: findings.filter(({ kev }) => kev !== null).length,
    malicious: findings.filter(({ malicious }) => malicious).length,
    fixable: findings.filter(({ fixedIn }) => fixedIn !== null).length,
    ...left,
  };
}
