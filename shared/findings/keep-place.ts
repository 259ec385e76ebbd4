import type { Digest, ImageReference } from '#shared/oci';
import { type Key, keys, StoreError, type Table } from '#shared/store';

/** Where the image lies: repository, tag and index edges. A tag is ordered by when its read began. What is absent is of its index when it comes. */
export async function keepPlace(
  table: Table,
  reference: ImageReference,
  root: Digest,
  { images, absent }: { readonly images: readonly Digest[]; readonly absent: readonly Digest[] },
  { readAt, pushedAt }: { readonly readAt: string; readonly pushedAt: string },
): Promise<void> {
  const { registry, repository, tag } = reference;
  const edges = [...images, ...absent]
    .filter((digest) => digest !== root)
    .flatMap((child) => [
      { ...keys.indexChild(root, child), child, readAt },
      { ...keys.childIndex(child, root), index: root, readAt },
    ]);
  const all = [...new Set([root, ...images])];
  const places = all.map((digest) => ({
    ...keys.imageRepository(digest, registry, repository),
    registry,
    repository,
    readAt,
  }));
  const known = { ...keys.knownRepository(registry, repository), registry, repository, readAt };
  await table.batchWrite([...edges, ...places, known]);
  for (const digest of all)
    await keepPushed(table, keys.repositoryImage(registry, repository, digest), digest, { readAt, pushedAt });
  if (tag === undefined) return;
  await table.put(
    { ...keys.repositoryTag(registry, repository, tag), tag, digest: root, readAt },
    { olderThan: { attribute: 'readAt', than: readAt } },
  );
}

/**
 * Since when an image lies in a repository: the earliest time that anything has said. Which of two images is the newer must not depend on which of them was
 * read again last. Every read writes it, so that whoever means to take it away by what it said before is refused; that it was told is to be said anew.
 */
async function keepPushed(
  table: Table,
  key: Key,
  digest: Digest,
  { readAt, pushedAt }: { readonly readAt: string; readonly pushedAt: string },
): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const known = await table.get(key, { consistent: true });
    const since = typeof known?.pushedAt === 'string' && known.pushedAt < pushedAt ? known.pushedAt : pushedAt;
    const before = known?.readAt;
    // a read that began later has said all of this, but for an earlier time
    const read = typeof before === 'string' && before > readAt ? before : readAt;
    const condition =
      known === undefined
        ? ({ absent: true } as const)
        : typeof before === 'string'
          ? ({ equals: { attribute: 'readAt', value: before } } as const)
          : undefined;
    if ((await table.put({ ...key, digest, pushedAt: since, readAt: read }, condition)) === 'written') return;
  }
  throw new StoreError('unavailable', `the place of ${digest}`, 'it is being rewritten all the time; try again');
}
