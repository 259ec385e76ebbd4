import type { Digest } from '#shared/oci';
import { type Item, keys, type Table } from '#shared/store';
import type { Place } from './catalogue.ts';

/** Everything that the partition of an image, or of an index, holds. */
export interface ImageRows {
  readonly digest: Digest;
  /** absent for an index, and for what was never read whole */
  readonly head?: Item;
  /** an index's edges to its images */
  readonly children: readonly Item[];
  /** an image's edges to the indexes that list it */
  readonly indexes: readonly Item[];
  readonly places: readonly (Item & Place)[];
  /** whether an edge leads to a workload that runs it */
  readonly runs: boolean;
}

/** Reads them in one consistent query. */
export async function readImageRows(table: Table, digest: Digest): Promise<ImageRows> {
  const rows: Item[] = [];
  for await (const row of table.query({ pk: keys.image(digest).pk, consistent: true })) rows.push(row);
  const of = (prefix: string): Item[] => rows.filter(({ sk }) => sk.startsWith(prefix));
  const head = rows.find(({ sk }) => sk === 'A');
  return {
    digest,
    ...(head === undefined ? {} : { head }),
    children: of('C#'),
    indexes: of('X#'),
    places: of('R#') as (Item & Place)[],
    runs: of('W#').length > 0,
  };
}

/** The image, the indexes that list it, and all images of these: who uses one may come to use another. */
export async function familyOf(table: Table, rows: ImageRows): Promise<ReadonlySet<Digest>> {
  const family = new Set<Digest>([rows.digest]);
  for (const { child } of rows.children) family.add(child as Digest);
  for (const { index } of rows.indexes) {
    family.add(index as Digest);
    for await (const { child } of table.query({ pk: keys.image(String(index)).pk, prefix: 'C#', consistent: true }))
      family.add(child as Digest);
  }
  return family;
}
