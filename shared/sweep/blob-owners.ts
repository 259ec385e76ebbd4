import { isPublishedKind, publishedBlobs } from '#shared/advisories';
import type { Blobs, Item, Key, Range, Table } from '#shared/store';
import { keys } from '#shared/store';

/** Where to look for what points to a blob. */
interface Owner {
  readonly rows?: readonly Key[];
  readonly ranges?: readonly Range[];
  /** whether such a row does point to it; absent: its being there does */
  readonly points?: (row: Item) => boolean;
}

const within = (key: Key, prefix: string): Range => ({ pk: key.pk, prefix });

const imageOf: (name: string, key: string) => Owner = (name, key) => ({
  rows: [keys.image(name.replace('/', ':'))],
  // the inventory, or one of what lies beside it
  points: (head) => Object.values(head).includes(key),
});

/** The owner of a blob by its key; undefined for a kind that the sweep does not know, which it never touches. Pure. */
export function ownerOf(key: string): Owner | undefined {
  const [, kind, rest = ''] = /^([a-z]+)\/(.+)$/.exec(key) ?? [];
  switch (kind) {
    case 'inventories': {
      const [, digest] = /^(?:unreadable\/)?(sha\d+\/[0-9a-f]+)(?:-[a-z-]+)?$/.exec(rest) ?? [];
      return digest === undefined ? undefined : imageOf(digest, key);
    }
    case 'facts': {
      const [algorithm, hex] = rest.split('/');
      return {
        ranges: [within(keys.layerFacts(`${algorithm}:${hex}`, ''), 'F#')],
        points: ({ blob }) => blob === key,
      };
    }
    case 'sets':
      return {
        rows: [keys.set(rest)],
        ranges: [within(keys.set(rest), 'I#'), within(keys.set(rest), 'W#')],
      };
    case 'changes':
      return { rows: [keys.dueRematch(Number.parseInt(rest, 10), key)] };
    default:
      return undefined;
  }
}

/** Says of blobs whether anything points to them, by consistent readings; undefined: it is none of the sweep's. */
export type OwnedBlobs = (key: string) => Promise<boolean | undefined>;

/** Looks for owners in the table. What is published of advisories is read once: it only grows by blobs that are written anew. */
export async function ownedBlobs(table: Table, blobs: Blobs): Promise<OwnedBlobs> {
  const published = await publishedBlobs({ table, blobs });
  return async (key) => {
    if (isPublishedKind(key)) return published?.has(key);
    const [, hash] = /^judgements\/([0-9a-f]{64})$/.exec(key) ?? [];
    if (hash !== undefined) return isJudgement(table, hash, key);
    const owner = ownerOf(key);
    if (owner === undefined) return undefined;
    for (const at of owner.rows ?? []) {
      const row = await table.get(at, { consistent: true });
      if (row !== undefined && (owner.points?.(row) ?? true)) return true;
    }
    for (const range of owner.ranges ?? [])
      for await (const row of table.query({ ...range, consistent: true })) if (owner.points?.(row) ?? true) return true;
    return false;
  };
}

/** Several package keys may have the same long findings; an older version wrote no entries for them, and their blob stays. */
async function isJudgement(table: Table, hash: string, key: string): Promise<boolean | undefined> {
  let entries = 0;
  for await (const { of } of table.query({ pk: keys.judgementBlob(hash, '').pk, consistent: true })) {
    entries += 1;
    if ((await table.get(of as Key, { consistent: true }))?.blob === key) return true;
  }
  return entries === 0 ? undefined : false;
}
