import type { WorkloadId } from '#shared/fleet';
import { type Item, indexes, keyId, keys, type Table } from '#shared/store';
import { problemsOfWorkload } from './membership.ts';
import { problemOf } from './problem-store.ts';
import type { Exposure, Problem, ProblemKey } from './types.ts';

/** A problem where the list has it. It is unpacked when somebody asks for it: one of thousands of workloads is large. */
export interface ListedProblem {
  /** its place in the order: open ones first, then the exploited, then the worst */
  readonly place: string;
  /** when its row was written, ISO; absent in rows of older versions. Whatever moves a problem writes its row. */
  readonly writtenAt?: string;
  readonly problem: () => Problem;
}

/** Open problems first, the exploited and worst first, for screens; with `after` those behind that place. */
export async function* problemsFrom(table: Table, after?: string): AsyncIterable<ListedProblem> {
  for await (const item of table.list(indexes.problems, after === undefined ? {} : { after })) yield listed(item);
}

/** All of them as they are. */
export async function* listProblems(table: Table): AsyncIterable<Problem> {
  for await (const { problem } of problemsFrom(table)) yield problem();
}

/** The problems that a workload is a member of now, in the same order. */
export async function problemsOf(table: Table, id: WorkloadId): Promise<ListedProblem[]> {
  const members = await problemsOfWorkload(table, id);
  const items = await table.batchGet(members.map((key) => keys.problem(key.finding, key.shard, key.name)));
  return items.map(listed).sort((a, b) => (a.place < b.place ? -1 : 1));
}

const listed = (item: Item): ListedProblem => ({
  place: String(item.ixs),
  ...(typeof item.writtenAt === 'string' ? { writtenAt: item.writtenAt } : {}),
  problem: () => problemOf(item),
});

/** The exposures of a problem, one per workload. */
export async function readExposures(table: Table, key: ProblemKey): Promise<Exposure[]> {
  const exposures: Exposure[] = [];
  for await (const exposure of exposuresFrom(table, key)) exposures.push(exposure);
  return exposures;
}

/** The same as they come, by the id of the workload; with `after` those behind that workload. */
export async function* exposuresFrom(table: Table, key: ProblemKey, after?: WorkloadId): AsyncIterable<Exposure> {
  const rowOf = (id: WorkloadId) => keys.problemWorkload(key.finding, key.shard, key.name, id);
  const range = { pk: rowOf('').pk, prefix: 'W#', ...(after === undefined ? {} : { after: rowOf(after).sk }) };
  for await (const item of table.query(range)) yield item.exposure as Exposure;
}

/** Exposures of some workloads to some problems, read together; the answer gives that of one, undefined where no row stands. */
export async function exposuresAt(
  table: Table,
  wanted: readonly { readonly key: ProblemKey; readonly workload: WorkloadId }[],
): Promise<(key: ProblemKey, workload: WorkloadId) => Exposure | undefined> {
  const rowOf = (key: ProblemKey, workload: WorkloadId) =>
    keys.problemWorkload(key.finding, key.shard, key.name, workload);
  const items = await table.batchGet(wanted.map(({ key, workload }) => rowOf(key, workload)));
  const byRow = new Map(items.map((item) => [keyId(item), item.exposure as Exposure]));
  return (key, workload) => byRow.get(keyId(rowOf(key, workload)));
}
