import type { Digest } from '#shared/oci';
import { type Condition, type Item, type Key, keys, type Table } from '#shared/store';
import type { Place } from './catalogue.ts';
import type { ImageRows } from './image-rows.ts';

/**
 * Forgets an image that nobody uses: that it was told, then its head, which all readers go by, then where it lay. What hung below it are orphans from then
 * on and go as all of them do. Every row goes only as it was read, so a scan that reads the image again meanwhile loses nothing; cut anywhere, the next
 * sweep finds its last row and goes on. Returns false when somebody came to use it, or read it again: then it is left as it stands.
 *
 * @param place where the sweep found it; its row there is the last that goes
 */
export async function forgetImage(
  table: Table,
  rows: ImageRows,
  family: ReadonlySet<Digest>,
  place: Place,
): Promise<boolean> {
  const here = keys.repositoryImage(place.registry, place.repository, rows.digest);
  const others = rows.places.map(({ registry, repository }) => keys.repositoryImage(registry, repository, rows.digest));
  const lying = await table.batchGet([here, ...others], { consistent: true });
  for (const { told: _, ...row } of lying)
    if ((await table.put(row as Item, asRead(row as Item))) === 'refused') return false;
  for (const digest of family) if (await isRun(table, digest)) return false;
  if (rows.head !== undefined && !(await goes(table, rows.head))) return false;
  for (const row of rows.children) {
    const mirror = await table.get(keys.childIndex(String(row.child), rows.digest), { consistent: true });
    if (mirror !== undefined) await goes(table, mirror);
    await goes(table, row);
  }
  for (const row of [...rows.indexes, ...rows.places]) await goes(table, row);
  const isHere = (row: Key): boolean => row.pk === here.pk;
  for (const row of [...lying.filter((each) => !isHere(each)), ...lying.filter(isHere)]) await goes(table, row);
  return true;
}

async function isRun(table: Table, digest: Digest): Promise<boolean> {
  for await (const _ of table.query({ pk: keys.image(digest).pk, prefix: 'W#', limit: 1, consistent: true }))
    return true;
  return false;
}

const asRead = (row: Item): Condition => ({ equals: { attribute: 'readAt', value: String(row.readAt) } });

const goes = async (table: Table, row: Item): Promise<boolean> =>
  (await table.delete({ pk: row.pk, sk: row.sk }, asRead(row))) === 'written';
