import { listWorkloads, problemsFrom } from '#shared/findings';
import type { Workload, WorkloadId } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import { type RolloutRow, takenBack } from '#shared/remedy';
import type { Table } from '#shared/store';
import { cursorOf, workloadIn } from './cursor.ts';
import type { Fleet, Runs } from './fleet-coverage.ts';
import { inParts } from './in-parts.ts';
import { takePage } from './page.ts';

/** A workload with how many of its problems are open, and how many of these are known to be exploited; and the repair that a person took back, where that was its last. */
export interface WorkloadEntry extends Workload {
  readonly problems: { readonly open: number; readonly exploited: number };
  readonly exposedAgain?: { readonly since: string; readonly rollout: string };
  /** what is known of each digest that runs */
  readonly runs: readonly Runs[];
}

/**
 * A page of the workloads, by their ids. Promised: one that is there from before the first page is asked for until the last has come is in exactly one of
 * them. Throws BadRequest for a cursor that no answer gave.
 */
export async function workloadPage(
  { table, fleet }: { readonly table: Table; readonly fleet: Fleet },
  after: string | undefined,
): Promise<{ readonly workloads: readonly WorkloadEntry[]; readonly next?: string }> {
  const begin = after === undefined ? {} : { after: workloadIn('workloads', after) };
  const { entries, last } = await takePage(
    told(listWorkloads(table, begin), fleet, await openProblems(table), await takenBack(table)),
  );
  return { workloads: entries, ...(last === undefined ? {} : { next: cursorOf('workloads', last) }) };
}

const together = 100;

async function* told(
  all: AsyncIterable<Workload>,
  fleet: Fleet,
  problems: ReadonlyMap<WorkloadId, WorkloadEntry['problems']>,
  back: ReadonlyMap<WorkloadId, RolloutRow>,
): AsyncIterable<{ readonly place: string; readonly entry: WorkloadEntry }> {
  const known = new Map<Digest, Runs>();
  for await (const some of inParts(all, together)) {
    const digests = some.flatMap(({ runningDigests }) => runningDigests).filter((digest) => !known.has(digest));
    if (digests.length > 0) for (const [digest, runs] of await fleet.known(digests)) known.set(digest, runs);
    for (const workload of some) {
      const { exposedAgain, rollout = '' } = back.get(workload.id) ?? {};
      const entry = {
        ...workload,
        problems: problems.get(workload.id) ?? none,
        runs: workload.runningDigests.map((digest) => known.get(digest) ?? { digest, images: [] }),
        ...(exposedAgain === undefined ? {} : { exposedAgain: { since: exposedAgain.since, rollout } }),
      };
      yield { place: workload.id, entry };
    }
  }
}

const none: WorkloadEntry['problems'] = { open: 0, exploited: 0 };

/** By workload, counted from the open problems themselves: each knows all of its workloads. */
async function openProblems(table: Table): Promise<ReadonlyMap<WorkloadId, WorkloadEntry['problems']>> {
  const counts = new Map<WorkloadId, { open: number; exploited: number }>();
  for await (const { problem } of problemsFrom(table)) {
    const { state, kev, workloads } = problem();
    // the order has the open ones first
    if (state !== 'open') break;
    for (const id of workloads) {
      const count = counts.get(id) ?? { ...none };
      count.open += 1;
      count.exploited += kev === undefined ? 0 : 1;
      counts.set(id, count);
    }
  }
  return counts;
}
