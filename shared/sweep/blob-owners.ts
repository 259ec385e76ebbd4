import { isPublishedKind, publishedBlobs } from '#shared/advisories';
import { factsBlob, sideBySide } from '#shared/findings';
import type { Blobs, Item, Key, Range, Table } from '#shared/store';
import { keyId, keys } from '#shared/store';

const atOnce = 16;

/** Where to look for what points to a blob. */
interface Owner {
  /** one of these rows mostly does */
  readonly rows: readonly Key[];
  readonly ranges?: readonly Range[];
  /** whether such a row does point to it; absent: its being there does */
  readonly points?: (row: Item) => boolean;
}

const within = (key: Key, prefix: string): Range => ({ pk: key.pk, prefix });

/** The owner of a blob by its key; undefined for a kind that the sweep does not know, which it never touches. Pure. */
export function ownerOf(key: string, extractors: string): Owner | undefined {
  const [, kind, rest = ''] = /^([a-z]+)\/(.+)$/.exec(key) ?? [];
  switch (kind) {
    case 'inventories': {
      const [, digest] = /^(?:unreadable\/)?(sha\d+\/[0-9a-f]+)(?:-[a-z-]+)?$/.exec(rest) ?? [];
      if (digest === undefined) return undefined;
      // the inventory, or one of what lies beside it
      return { rows: [keys.image(digest.replace('/', ':'))], points: (head) => Object.values(head).includes(key) };
    }
    case 'facts': {
      const [algorithm, hex] = rest.split('/');
      const blob = `${algorithm}:${hex}`;
      return {
        rows: key === factsBlob({ blob, extractors }) ? [keys.layerFacts(blob, extractors)] : [],
        ranges: [within(keys.layerFacts(blob, ''), 'F#')],
        points: (row) => row.blob === key,
      };
    }
    case 'sets':
      return { rows: [keys.set(rest)], ranges: [within(keys.set(rest), 'I#'), within(keys.set(rest), 'W#')] };
    case 'changes':
      return { rows: [keys.dueRematch(Number.parseInt(rest, 10), key)] };
    default:
      return undefined;
  }
}

/** Says which of some blobs nothing points to. */
export type UnownedBlobs = (blobs: readonly string[]) => Promise<ReadonlySet<string>>;

/**
 * Looks for owners in the table: for all blobs in one cheap reading, and consistently for those that seem to have none. What is published of advisories is
 * read once: it only grows by blobs that are written anew.
 */
export async function unownedBlobs(
  { table, blobs }: { readonly table: Table; readonly blobs: Blobs },
  extractors: string,
): Promise<UnownedBlobs> {
  const published = await publishedBlobs({ table, blobs });
  const isOwned = async (key: string): Promise<boolean> => {
    if (isPublishedKind(key)) return published?.has(key) !== false;
    const [, hash] = /^judgements\/([0-9a-f]{64})$/.exec(key) ?? [];
    if (hash !== undefined) return isJudgement(table, hash, key);
    const owner = ownerOf(key, extractors);
    return owner === undefined || isPointedTo(table, owner);
  };
  return async (all) => {
    const seeming = await withoutOwner(table, all, extractors);
    const unowned = new Set<string>();
    await sideBySide(seeming, atOnce, async (key) => {
      if (!(await isOwned(key))) unowned.add(key);
    });
    return unowned;
  };
}

/** Those of which no row that mostly points to them does, by an eventually consistent reading. */
async function withoutOwner(table: Table, all: readonly string[], extractors: string): Promise<string[]> {
  const owners = new Map(all.map((key) => [key, ownerOf(key, extractors)]));
  const wanted = new Map<string, Key>();
  for (const owner of owners.values()) for (const row of owner?.rows ?? []) wanted.set(keyId(row), row);
  const rows = new Map((await table.batchGet([...wanted.values()])).map((row) => [keyId(row), row]));
  const points = (owner: Owner): boolean =>
    owner.rows.some((key) => {
      const row = rows.get(keyId(key));
      return row !== undefined && (owner.points?.(row) ?? true);
    });
  return [...owners].filter(([, owner]) => owner === undefined || !points(owner)).map(([key]) => key);
}

async function isPointedTo(table: Table, { rows, ranges = [], points }: Owner): Promise<boolean> {
  for (const at of rows) {
    const row = await table.get(at, { consistent: true });
    if (row !== undefined && (points?.(row) ?? true)) return true;
  }
  for (const range of ranges)
    for await (const row of table.query({ ...range, consistent: true })) if (points?.(row) ?? true) return true;
  return false;
}

/** Several package keys may have the same long findings. */
async function isJudgement(table: Table, hash: string, key: string): Promise<boolean> {
  for await (const { of } of table.query({ pk: keys.judgementBlob(hash, '').pk, consistent: true })) {
    if ((await table.get(of as Key, { consistent: true }))?.blob === key) return true;
  }
  return false;
}
