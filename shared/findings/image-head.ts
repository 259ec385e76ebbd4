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

/** Heads by when their reading began, the newest first, for screens; with `after` those behind that place. */
export async function* headsFrom(
  table: Table,
  after?: string,
): AsyncIterable<{ readonly place: string; readonly item: ImageHead }> {
  const from = { reverse: true, ...(after === undefined ? {} : { after }) };
  for await (const item of table.list(indexes.images, from)) yield { place: String(item.ixs), item: asHead(item) };
}

/** Whether the image could not be read: damaged where it lies, beside others of its index that could. */
export const isDamaged = (head: Pick<ImageHead, 'coverage'>): boolean =>
  head.coverage.reasons.some((reason) => reason.code === 'unreadable-image');

/** Writes the head; a read that began earlier never replaces a later one, and one that failed never one that succeeded. Returns the head that stands. */
export async function writeImageHead(table: Table, head: Omit<ImageHead, 'rev'>): Promise<ImageHead> {
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const before = await readImageHead(table, head.digest, { consistent: true });
    if (before !== undefined && before.extractors === head.extractors) {
      // the same bytes could be read once: what is served now says nothing about them
      if (isDamaged(head) && !isDamaged(before)) return before;
      if (isDamaged(head) === isDamaged(before) && before.readAt > head.readAt) return before;
    }
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
