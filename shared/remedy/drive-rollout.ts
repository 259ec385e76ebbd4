import type { DrivePorts } from './drive-ports.ts';
import { advance, observe, stopRow } from './drive-row.ts';
import { type Gate, gate } from './gate.ts';
import { next } from './next.ts';
import { readRollout, readRows, writeRollout } from './rollout-store.ts';
import {
  defaultLimits,
  isEnd,
  type Rollout,
  type RolloutLimits,
  type RolloutRow,
  type RolloutState,
  type Step,
} from './rollout-types.ts';

/** What one pass over a rollout came to. */
export interface Pass {
  readonly done: boolean;
  /** when something may have changed, ISO; absent when done */
  readonly waitUntil?: string;
  readonly rollout?: Rollout;
  /** a dry run's answer: what would be done now, by workload */
  readonly would?: readonly { readonly workload: string; readonly step: Step }[];
}

/** While the next wave waits for its time, a rollout is looked at after so many poll times. */
const bakingPolls = 4;

/**
 * One pass over a rollout's rows: observes each that may move, asks `next`, does what it says, until every row waits or has ended. Any number of drivers
 * may run it, at any time, again after any crash: an intent is written before its effect, every write is conditional on the revision read, and every
 * effect finds its earlier self. Errors of one row do not keep the others; what is not retryable is thrown at the end.
 */
export async function driveRollout(
  ports: DrivePorts,
  rollout: string,
  options: { readonly dryRun?: boolean } = {},
): Promise<Pass> {
  const limits = ports.limits ?? defaultLimits;
  const head = await readRollout(ports.table, rollout);
  if (head === undefined) return { done: true };
  if (head.state !== 'running') return { done: true, rollout: head };
  if (options.dryRun === true) return dryRun(ports, head, limits);
  // a row that ends may open the next wave, stop the others or end the whole, so it is looked at again; an endless circle is not possible
  for (let round = head.workloads + 2; ; round--) {
    const current = (await readRollout(ports.table, rollout)) ?? head;
    const rows = await readRows(ports.table, rollout);
    const door = gate(current, rows, ports.now(), limits);
    if (door.ended !== undefined) return finish(ports, current, rows, door.ended);
    const { waits, ended } = await oneRound(ports, rows, door, limits);
    if (ended === 0 || round <= 0) {
      const soon = new Date(ports.now().getTime() + limits.pollMs).toISOString();
      return { done: false, waitUntil: waits.sort()[0] ?? soon, rollout: current };
    }
  }
}

async function oneRound(
  ports: DrivePorts,
  rows: readonly RolloutRow[],
  door: Gate,
  limits: RolloutLimits,
): Promise<{ readonly waits: string[]; readonly ended: number }> {
  // while waves bake nothing is due, but a person's stop or rollback is to be seen soon
  const look = new Date(ports.now().getTime() + bakingPolls * limits.pollMs).toISOString();
  const waits = door.until === undefined ? [] : [door.until < look ? door.until : look];
  const errors: unknown[] = [];
  let ended = 0;
  await eachOf(
    rows.filter(
      (row) => !isEnd(row.state) && (row.state !== 'planned' || row.wave === door.open || door.stop !== undefined),
    ),
    ports.concurrency ?? 8,
    async (row) => {
      try {
        const begun = row.state === 'updating' || row.state === 'reverting';
        const until =
          door.stop !== undefined && !begun
            ? await stopRow(ports, row, door.stop, limits)
            : await advance(ports, row, limits);
        if (until === undefined) ended++;
        else waits.push(until);
      } catch (error) {
        errors.push(error);
      }
    },
  );
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1)
    throw new AggregateError(
      errors,
      `${errors.length} workloads of rollout ${rows[0]?.rollout ?? ''} could not be driven`,
    );
  return { waits, ended };
}

async function eachOf<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

async function dryRun(ports: DrivePorts, head: Rollout, limits: RolloutLimits): Promise<Pass> {
  const rows = await readRows(ports.table, head.rollout);
  const door = gate(head, rows, ports.now(), limits);
  const would: { workload: string; step: Step }[] = [];
  for (const row of rows)
    if (!isEnd(row.state) && (row.state !== 'planned' || row.wave === door.open))
      would.push({ workload: row.workload, step: next(row, await observe(ports, row), ports.now(), limits) });
  return { done: door.ended !== undefined, rollout: head, would };
}

async function finish(
  ports: DrivePorts,
  head: Rollout,
  rows: readonly RolloutRow[],
  ended: { readonly state: Rollout['state']; readonly reason: string },
): Promise<Pass> {
  const counts: Partial<Record<RolloutState, number>> = {};
  for (const row of rows) counts[row.state] = (counts[row.state] ?? 0) + 1;
  const done: Rollout = {
    ...head,
    state: ended.state,
    reason: ended.reason,
    endedAt: ports.now().toISOString(),
    counts,
    rev: head.rev + 1,
  };
  if (await writeRollout(ports.table, done, head.rev)) {
    await ports.ended?.(done);
    return { done: true, rollout: done };
  }
  const now = await readRollout(ports.table, head.rollout);
  // refused by somebody's stop, not by another driver's end: look again
  if (now?.state === 'running') return { done: false, waitUntil: ports.now().toISOString(), rollout: now };
  return now === undefined ? { done: true } : { done: true, rollout: now };
}
