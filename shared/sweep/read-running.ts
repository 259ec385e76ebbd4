import { keepUnreadRunning } from '#shared/findings';
import type { Digest } from '#shared/oci';
import type { Table } from '#shared/store';
import { type ListedImage, type Place, type RegistryCatalogue, RepositoryClosed } from './catalogue.ts';
import type { KnownDigests } from './known-digests.ts';
import type { Running } from './what-runs.ts';

const together = 1_000;

/**
 * What runs and today's extractors have not read, as its repository lists it, or as it is called by what runs it: another registry's, and what was deleted
 * under the services that run it. It is watched for as long as it runs. Only repositories with something to read are listed.
 */
export async function unreadRunning(
  ports: { readonly table: Table; readonly catalogue: RegistryCatalogue },
  running: Running,
  known: KnownDigests,
  at: string,
): Promise<readonly ListedImage[]> {
  const unread = new Map<Digest, ListedImage>();
  for (const { place, digests } of running.places.values()) {
    const missing = new Set<Digest>();
    const all = [...digests].filter((digest) => !unread.has(digest));
    for (let from = 0; from < all.length; from += together) {
      const some = all.slice(from, from + together);
      const read = await known(some);
      for (const digest of some) if (!read.has(digest)) missing.add(digest);
    }
    for (const image of await asListed(ports.catalogue, place, missing)) unread.set(image.digest, image);
  }
  const images = [...unread.values()];
  await keepUnreadRunning(ports.table, images, at);
  return images;
}

async function asListed(
  catalogue: RegistryCatalogue,
  place: Place,
  digests: ReadonlySet<Digest>,
): Promise<ListedImage[]> {
  const found = new Map<Digest, ListedImage>();
  for (const digest of digests) found.set(digest, { ...place, digest, tags: [] });
  if (digests.size === 0 || place.registry !== catalogue.registry) return [...found.values()];
  try {
    for await (const image of catalogue.images(place.repository)) {
      const before = found.get(image.digest);
      // a registry that lists by tags names an image once for each
      if (before !== undefined) found.set(image.digest, { ...image, tags: [...before.tags, ...image.tags] });
    }
  } catch (error) {
    if (!(error instanceof RepositoryClosed)) throw error;
  }
  return [...found.values()];
}
