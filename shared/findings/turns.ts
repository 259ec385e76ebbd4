import type { Workload, WorkloadId } from '#shared/fleet';
import { type Blobs, keys } from '#shared/store';
import type { Acceptance } from './acceptance.ts';
import { headsOfAll } from './exposures.ts';
import { type Membership, type ReadMembership, readMemberships, setsOf, writeMembership } from './membership.ts';
import type { ProblemPorts } from './problem-store.ts';
import { sideBySide } from './side-by-side.ts';
import type { TouchedProblem } from './touch.ts';
import type { ImageHead } from './types.ts';
import { readWorkloads } from './workloads.ts';

/** What keeping problems true needs. */
export interface ReconcilePorts extends ProblemPorts {
  readonly blobs: Blobs;
  readonly accept: Acceptance;
}

/** One workload on its way through a round. */
export interface Turn {
  readonly id: WorkloadId;
  readonly workload: Workload | undefined;
  readonly heads: readonly ImageHead[];
  /** as it was before this round */
  readonly before: Membership;
  /** as it stands in the table now */
  readonly mark: ReadMembership;
}

/** The same with its rows in the problems that it has now. */
export interface MovedTurn extends Turn {
  /** what its list is to say when its problems are true */
  readonly settled: Membership;
  readonly touched: readonly TouchedProblem[];
}

/** What became of some turns: those that go on, and the workloads that have to be looked at again because somebody else was at them meanwhile. */
export interface Step<T> {
  readonly on: readonly T[];
  readonly again: readonly WorkloadId[];
}

const atOnce = 32;

/** Does a step for each; what fails is put to the errors and keeps none of the others. */
export async function stepFor<From extends { readonly id: WorkloadId }, T>(
  of: readonly From[],
  errors: unknown[],
  work: (one: From) => Promise<T | undefined>,
): Promise<Step<T>> {
  const on: T[] = [];
  const again: WorkloadId[] = [];
  await sideBySide(of, atOnce, async (one) => {
    try {
      const done = await work(one);
      if (done === undefined) again.push(one.id);
      else on.push(done);
    } catch (error) {
      errors.push(error);
    }
  });
  return { on, again };
}

/** Reads what runs, and writes the edges from its sets before any judgement is read, so that a re-match finds these workloads. */
export async function beginTurns(
  { table }: ReconcilePorts,
  ids: readonly WorkloadId[],
  errors: unknown[],
): Promise<Step<Turn>> {
  const [known, membershipOf] = await Promise.all([readWorkloads(table, ids), readMemberships(table, ids)]);
  const workloads = new Map(known.map((workload) => [workload.id, workload]));
  const headsOf = await headsOfAll(
    table,
    known.flatMap(({ runningDigests }) => runningDigests),
  );
  const all = ids.map((id) => ({ id }));
  const step = await stepFor(all, errors, async ({ id }): Promise<(Turn & { added: string[] }) | undefined> => {
    const workload = workloads.get(id);
    const heads = headsOf(workload?.runningDigests ?? []);
    const read = membershipOf(id);
    const added = setsOf(heads).filter((set) => !read.membership.sets.includes(set));
    const mark =
      added.length === 0
        ? read
        : await writeMembership(table, id, underWay(read.membership, read.membership.members, added), read);
    return mark === undefined ? undefined : { id, workload, heads, before: read.membership, mark, added };
  });
  await table.batchWrite(
    step.on.flatMap(({ id, added }) => added.map((set) => ({ ...keys.setWorkload(set, id), workload: id }))),
  );
  return step;
}

/** A list as it is while a change is under way: it names every row and edge that may stand. */
export const underWay = (
  { sets }: Membership,
  members: Membership['members'],
  added: readonly string[],
): Membership => ({
  members,
  sets: [...sets, ...added].sort(),
});
