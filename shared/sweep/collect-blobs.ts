import { isPublishedKind } from '#shared/advisories';
import { sideBySide } from '#shared/findings';
import type { Blobs, Writing } from '#shared/store';
import type { UnownedBlobs } from './blob-owners.ts';
import { graceMs } from './collect-orphans.ts';

const atOnce = 16;
/** Published advisories stay a while when newer ones took their place: somebody may still be comparing with them. */
const publishedMs = 7 * 24 * 60 * 60_000;

/**
 * Takes away those of these writings that nothing points to and that were not made just now. Whoever makes a row point to a blob has just written it, or
 * finds it pointed to already; so one that was written longer ago, and that nothing points to now, is never pointed to as this writing. Returns how many.
 */
export async function collectBlobs(
  blobs: Blobs,
  unowned: UnownedBlobs,
  writings: readonly Writing[],
  now: Date,
): Promise<number> {
  const old = writings.filter(({ key, at }) => now.getTime() - Date.parse(at) >= restOf(key));
  const gone = await unowned([...new Set(old.map(({ key }) => key))]);
  const going = old.filter(({ key }) => gone.has(key));
  await sideBySide(going, atOnce, (writing) => blobs.remove(writing));
  return going.length;
}

const restOf = (key: string): number => (isPublishedKind(key) ? publishedMs : graceMs);
