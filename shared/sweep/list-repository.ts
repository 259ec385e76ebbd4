import type { Digest } from '#shared/oci';
import { type ListedImage, type Place, type RegistryCatalogue, RepositoryClosed } from './catalogue.ts';
import type { KnownDigests } from './known-digests.ts';

/** What a sweep keeps of the list of one repository. */
export interface Listing {
  /** by tag */
  readonly tags: ReadonlyMap<string, Digest>;
  /** images that may have to be read: those that were not, and the newest tag's */
  readonly candidates: readonly ListedImage[];
  readonly known: ReadonlySet<string>;
  /** the newest tag's image */
  readonly newest?: Digest;
  /** of those that run, which are listed */
  readonly running: ReadonlySet<string>;
  /** images that VEX is attached to, with when the newest of it was pushed (ISO) */
  readonly attached: ReadonlyMap<Digest, string>;
  readonly listed: number;
  readonly read: number;
}

const together = 1_000;

/**
 * Reads the list of a repository page by page and keeps of it what is to be done: as much as was not read, and the tags. `all`: also older tags are
 * candidates. Undefined: the registry is not listed, or not this repository of it.
 */
export async function listRepository(
  catalogue: RegistryCatalogue,
  place: Place,
  {
    known,
    running,
    all,
  }: { readonly known: KnownDigests; readonly running: ReadonlySet<string>; readonly all: boolean },
): Promise<Listing | undefined> {
  if (place.registry !== catalogue.registry) return undefined;
  const tags = new Map<string, Digest>();
  const unread = new Map<Digest, ListedImage>();
  const read = new Set<string>();
  const runs = new Set<string>();
  const attached = new Map<Digest, string>();
  let newest: ListedImage | undefined;
  let listed = 0;
  let count = 0;

  const take = async (entries: readonly ListedImage[]): Promise<void> => {
    for (const { attachedTo, pushedAt = '' } of entries)
      if (attachedTo !== undefined && pushedAt >= (attached.get(attachedTo) ?? '')) attached.set(attachedTo, pushedAt);
    const page = entries.filter(({ attachedTo }) => attachedTo === undefined);
    const knownHere = await known([...new Set(page.map(({ digest }) => digest))]);
    listed += page.length;
    count += knownHere.size;
    for (const image of page) {
      for (const tag of image.tags) tags.set(tag, image.digest);
      if (running.has(image.digest)) runs.add(image.digest);
      const isNewest =
        image.tags.length > 0 && (newest === undefined || (image.pushedAt ?? '') > (newest.pushedAt ?? ''));
      if (isNewest) newest = image;
      if (knownHere.has(image.digest)) {
        if (isNewest) read.add(image.digest);
      } else if (all && image.tags.length > 0) unread.set(image.digest, image);
    }
  };

  try {
    let page: ListedImage[] = [];
    for await (const image of catalogue.images(place.repository)) {
      page.push(image);
      if (page.length < together) continue;
      await take(page);
      page = [];
    }
    if (page.length > 0) await take(page);
  } catch (error) {
    if (error instanceof RepositoryClosed) return undefined;
    throw error;
  }
  if (newest !== undefined) unread.set(newest.digest, newest);
  return {
    tags,
    candidates: [...unread.values()],
    known: read,
    ...(newest === undefined ? {} : { newest: newest.digest }),
    running: runs,
    attached,
    listed,
    read: count,
  };
}
