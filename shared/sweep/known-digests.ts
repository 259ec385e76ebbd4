import { childrenOf, listUnreadable, readImageHeads, sideBySide } from '#shared/findings';
import type { Digest } from '#shared/oci';
import type { Table } from '#shared/store';

/** Says which of some digests need no reading. */
export type KnownDigests = (digests: readonly Digest[]) => Promise<Set<string>>;

const queriesAtOnce = 16;

/**
 * Digests that today's extractors have read; an index counts when its platform images have been. What can never be read counts too: it is asked for
 * again only when it is pushed again.
 */
export async function knownDigests(table: Table, extractors: string): Promise<KnownDigests> {
  const unreadable = new Set<string>();
  for await (const { digest } of listUnreadable(table)) if (digest !== undefined) unreadable.add(digest);
  return async (digests) => {
    const known = new Set<string>(digests.filter((digest) => unreadable.has(digest)));
    const heads = await readImageHeads(table, digests);
    for (const [digest, head] of heads) if (head.extractors === extractors) known.add(digest);
    const headless = digests.filter((digest) => !heads.has(digest) && !known.has(digest));
    await sideBySide(headless, queriesAtOnce, async (digest) => {
      const children = await childrenOf(table, digest);
      const childHeads = await readImageHeads(table, children);
      const isKnown = (child: Digest): boolean =>
        unreadable.has(child) || childHeads.get(child)?.extractors === extractors;
      if (children.length > 0 && children.every(isKnown)) known.add(digest);
    });
    return known;
  };
}
