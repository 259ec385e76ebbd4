import type { Digest } from '#shared/oci';
import { type Item, indexes, keys, StoreError, type Table } from '#shared/store';
import type { ImageHead } from './types.ts';

/** The head of an image, undefined when it was never read whole. */
export async function readImageHead(
  table: Table,
  digest: Digest,
  options: { readonly consistent?: boolean } = {},
): Promise<ImageHead | undefined> {
  const item = await table.get(keys.image(digest), options);
  return item === undefined ? undefined : asHead(item);
}

/** Heads of several images; those that were never read are absent. */
export async function readImageHeads(
  table: Table,
  digests: readonly Digest[],
  options: { readonly consistent?: boolean } = {},
): Promise<Map<Digest, ImageHead>> {
  const items = await table.batchGet(
    [...new Set(digests)].map((digest) => keys.image(digest)),
    options,
  );
  return new Map(items.map(asHead).map((head) => [head.digest, head]));
}

/** Writes the head; a read that began earlier never replaces a later one. Returns the head that stands. */
export async function writeImageHead(table: Table, head: Omit<ImageHead, 'rev'>): Promise<ImageHead> {
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const before = await readImageHead(table, head.digest, { consistent: true });
    if (before !== undefined && before.readAt > head.readAt && before.extractors === head.extractors) return before;
    const next: ImageHead = { ...head, rev: (before?.rev ?? 0) + 1 };
    const item = { ...keys.image(head.digest), ...next, ix: indexes.images, ixs: `${next.readAt}#${next.digest}` };
    const result = await table.put(
      item,
      before === undefined ? { absent: true } : { equals: { attribute: 'rev', value: before.rev } },
    );
    if (result === 'written') return next;
  }
  throw new StoreError(
    'unavailable',
    `the head of ${head.digest}`,
    'it is being rewritten all the time; the scan will be tried again',
  );
}

function asHead(item: Item): ImageHead {
  const { pk: _pk, sk: _sk, ix: _ix, ixs: _ixs, w: _w, ...head } = item;
  return head as unknown as ImageHead;
}
