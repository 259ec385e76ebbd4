import { listWorkloads, problemsFrom } from '#shared/findings';
import type { Workload, WorkloadId } from '#shared/fleet';
import type { Table } from '#shared/store';
import { cursorOf, workloadIn } from './cursor.ts';
import { takePage } from './page.ts';

/** A workload with how many of its problems are open, and how many of these are known to be exploited. */
export interface WorkloadEntry extends Workload {
  readonly problems: { readonly open: number; readonly exploited: number };
}

/**
 * A page of the workloads, by their ids. Promised: one that is there from before the first page is asked for until the last has come is in exactly one of
 * them. Throws BadRequest for a cursor that no answer gave.
 */
export async function workloadPage(
  table: Table,
  after: string | undefined,
): Promise<{ readonly workloads: readonly WorkloadEntry[]; readonly next?: string }> {
  const begin = after === undefined ? {} : { after: workloadIn('workloads', after) };
  const { entries, last } = await takePage(placed(listWorkloads(table, begin)));
  const countsOf = await openProblems(
    table,
    entries.map(({ id }) => id),
  );
  return {
    workloads: entries.map((workload) => ({ ...workload, problems: countsOf(workload.id) })),
    ...(last === undefined ? {} : { next: cursorOf('workloads', last) }),
  };
}

async function* placed(
  all: AsyncIterable<Workload>,
): AsyncIterable<{ readonly place: string; readonly entry: Workload }> {
  for await (const entry of all) yield { place: entry.id, entry };
}

/** Counted from the open problems themselves: each knows all of its workloads. */
async function openProblems(
  table: Table,
  ids: readonly WorkloadId[],
): Promise<(id: WorkloadId) => WorkloadEntry['problems']> {
  const counts = new Map(ids.map((id) => [id, { open: 0, exploited: 0 }]));
  if (ids.length > 0)
    for await (const { problem } of problemsFrom(table)) {
      const { state, kev, workloads } = problem();
      // the order has the open ones first
      if (state !== 'open') break;
      for (const id of workloads) {
        const count = counts.get(id);
        if (count === undefined) continue;
        count.open += 1;
        count.exploited += kev === undefined ? 0 : 1;
      }
    }
  return (id) => counts.get(id) ?? { open: 0, exploited: 0 };
}
