import { type Item, keys, type Table } from '#shared/store';
import { lastRollouts } from './rollout-store.ts';

const together = 100;

/** The rows of a rollout, some at a time: it may have as many as the fleet has workloads. */
async function* rowsOf(table: Table, rollout: string): AsyncIterable<readonly Item[]> {
  let rows: Item[] = [];
  for await (const row of table.query({ pk: keys.rollout(rollout).pk, prefix: 'W#', consistent: true })) {
    rows.push(row);
    if (rows.length < together) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

/**
 * Whether a workload that is still there was changed by no other rollout since: then this one is the proof of what it runs, and says what it would go back to.
 * A workload that was forgotten leads to none.
 */
export async function provesSomething(table: Table, rollout: string): Promise<boolean> {
  for await (const rows of rowsOf(table, rollout)) {
    const workloads = rows.map(({ row }) => (row as { readonly workload: string }).workload);
    for (const last of (await lastRollouts(table, workloads)).values()) if (last === rollout) return true;
  }
  return false;
}

/**
 * Forgets a rollout that has ended: its rows, then the head, so that one of which the head is gone has left no row that an attempt under the same name would
 * take for its own. Cut anywhere, it is found by its head and gone on with. Returns how many rows went; none when somebody wrote the head since it was read.
 */
export async function forgetRollout(table: Table, head: Item): Promise<number> {
  const rollout = String((head.head as { readonly rollout: unknown }).rollout);
  let gone = 0;
  for await (const rows of rowsOf(table, rollout)) {
    await table.batchWrite([], rows);
    gone += rows.length;
  }
  await table.delete(keys.rolloutTold(rollout));
  const rev = { attribute: 'rev', value: Number(head.rev) };
  return (await table.delete(keys.rollout(rollout), { equals: rev })) === 'written' ? gone + 1 : gone;
}
