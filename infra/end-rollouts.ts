import { readRollout, stopRollout } from '#shared/remedy';
import type { Table } from '#shared/store';

/** What waiting for rollouts needs. */
export interface EndRolloutsPorts {
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly say: (text: string) => void;
}

const everyMs = 10_000;
/** A wave with its verification ends within this; a driver that takes longer is dead or waits for tasks that are protected. */
export const patienceMs = 30 * 60_000;

/**
 * Tells rollouts to stop and waits until their driver has followed what they began to its end: it goes with the stack, and nobody would verify or take back after it.
 * Returns those that have not ended in time.
 */
export async function endRollouts(
  table: Table,
  rollouts: readonly string[],
  ports: EndRolloutsPorts,
): Promise<readonly string[]> {
  for (const rollout of rollouts) await stopRollout(table, rollout, 'npm run destroy', ports.now());
  const until = ports.now().getTime() + patienceMs;
  let left = rollouts;
  for (;;) {
    const still: string[] = [];
    for (const rollout of left) if ((await readRollout(table, rollout))?.state === 'running') still.push(rollout);
    if (still.length > 0 && still.length < left.length) ports.say(`${still.length} rollouts are still under way`);
    left = still;
    if (left.length === 0 || ports.now().getTime() >= until) return left;
    await ports.wait(everyMs);
  }
}
