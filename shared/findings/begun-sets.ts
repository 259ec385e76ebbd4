import { keys, StoreError, type Table } from '#shared/store';

/** Longer than a sweep can live: who cleared for so long was cut. */
const clearingMs = 20 * 60_000;

/**
 * Notes that the edges of a set are about to be written, before any of them: one that was cut is known by it. Throws StoreError 'unavailable' while a sweep
 * clears away what an earlier one left.
 */
export async function beginSet(table: Table, set: string, now: Date): Promise<void> {
  const at = keys.begunSet(set);
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const row = await table.get(at, { consistent: true });
    if (row?.state === 'clearing' && now.getTime() - Date.parse(String(row.at)) < clearingMs) break;
    const result = await table.put(
      { ...at, set, state: 'begun', at: now.toISOString() },
      row === undefined ? { absent: true } : { equals: { attribute: 'at', value: String(row.at) } },
    );
    if (result === 'written') return;
  }
  throw new StoreError(
    'unavailable',
    `the package set ${set}`,
    'its old edges are being cleared away; it will be tried again',
  );
}

/** Says that the head of the set stands. */
export const endSet = (table: Table, set: string): Promise<unknown> => table.delete(keys.begunSet(set));
