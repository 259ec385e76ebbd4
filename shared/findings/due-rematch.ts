import { createHash } from 'node:crypto';
import type { ShardChange } from '#shared/advisories';
import { type Blobs, keys, packJson, type Table, unpackJson } from '#shared/store';

/** Names that are to be judged again: a part of what a generation changed, as a blob and a row that stays until it was done. */
export interface DueRematch {
  readonly generation: number;
  /** the generation that it was compared with */
  readonly since: number;
  /** blob key of the names */
  readonly list: string;
  readonly shards: readonly string[];
  /** how many names */
  readonly names: number;
  /** when it was told first, ISO */
  readonly at: string;
}

/** A list of names is cut long before it unpacks to this. */
const listLimit = 16 << 20;

/** Keeps a part before it is told, so that a message that is lost, or given up, is told again by the sweep. The same part twice is one. */
export async function keepDueRematch(
  ports: { readonly table: Table; readonly blobs: Blobs },
  part: { readonly generation: number; readonly since: number; readonly changes: readonly ShardChange[] },
  at: Date,
): Promise<DueRematch> {
  const { generation, since, changes } = part;
  const hash = createHash('sha256').update(JSON.stringify(changes)).digest('hex');
  const list = `changes/${generation}-${since}-${hash}`;
  await ports.blobs.put(list, packJson(changes));
  const due = {
    generation,
    since,
    list,
    shards: changes.map(({ shard }) => shard),
    names: changes.reduce((sum, { names }) => sum + names.length, 0),
    at: at.toISOString(),
  };
  await ports.table.put({ ...keys.dueRematch(generation, list), ...due });
  return due;
}

/** The names of a part; undefined when its blob is gone. Throws StoreError 'corrupt'. */
export async function readDueNames(blobs: Blobs, list: string): Promise<readonly ShardChange[] | undefined> {
  const bytes = await blobs.get(list);
  return bytes === undefined ? undefined : (unpackJson(bytes, listLimit) as readonly ShardChange[]);
}

/** Says that a part was judged, and that whom it touches was told. */
export const rematchDone = (table: Table, generation: number, list: string): Promise<unknown> =>
  table.delete(keys.dueRematch(generation, list));

/** The parts that were told and are not done, oldest generation first: the shards that lie behind. */
export async function listDueRematches(table: Table): Promise<DueRematch[]> {
  const due: DueRematch[] = [];
  for await (const { generation, since, list, shards, names, at } of table.query({ pk: 'REMATCH', consistent: true }))
    due.push({
      generation: Number(generation),
      since: Number(since),
      list: String(list),
      shards: Array.isArray(shards) ? shards.map(String) : [],
      names: Number(names),
      at: String(at),
    });
  return due;
}
