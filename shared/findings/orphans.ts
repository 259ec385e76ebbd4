import { parsePackageKeyId } from '#shared/inventory';
import { type Blobs, type Key, keys, StoreError, type Table } from '#shared/store';
import { edgesOf, readPackageSetIds } from './package-sets.ts';

const orphanedMs = 24 * 60 * 60_000;

/** Takes away the edges of sets that were begun more than a day ago and got no head: nobody writes them any more. Returns how many sets. */
export async function clearOrphans(
  ports: { readonly table: Table; readonly blobs: Blobs },
  now: Date,
): Promise<number> {
  const { table, blobs } = ports;
  let cleared = 0;
  for await (const { set: id, at } of table.query({ pk: keys.begunSet('').pk, consistent: true })) {
    const [set, since] = [String(id), String(at)];
    if (now.getTime() - Date.parse(since) < orphanedMs) continue;
    const row = keys.begunSet(set);
    const known = { equals: { attribute: 'at', value: since } } as const;
    if ((await table.get(keys.set(set), { consistent: true })) !== undefined) {
      await table.delete(row, known);
      continue;
    }
    const claimed = now.toISOString();
    if ((await table.put({ ...row, set, state: 'clearing', at: claimed }, known)) === 'refused') continue;
    await table.batchWrite([], await orphanEdges(blobs, set));
    await table.delete(row, { equals: { attribute: 'at', value: claimed } });
    cleared += 1;
  }
  return cleared;
}

/** The edges that the set would have; none when it was cut before its blob was written, and so before its edges. */
async function orphanEdges(blobs: Blobs, set: string): Promise<Key[]> {
  try {
    const packageKeys = (await readPackageSetIds(blobs, set)).map(parsePackageKeyId);
    return edgesOf({ id: set, keys: packageKeys }).map(({ pk, sk }) => ({ pk, sk }));
  } catch (error) {
    if (error instanceof StoreError && error.code === 'missing') return [];
    throw error;
  }
}
