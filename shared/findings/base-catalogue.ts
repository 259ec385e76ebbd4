import type { CatalogueImage } from '#shared/inventory';
import { type Digest, referenceIn } from '#shared/oci';
import { keys, type Table } from '#shared/store';
import { childrenOf } from './exposures.ts';
import { readImageHeads } from './image-head.ts';

/** more images of bases than anybody keeps; the newest ones of each repository are read last and lost first */
const mostImages = 2_000;

/**
 * Every image of the repositories that policy names as bases (`registry/repository`), as they were over time and are still stored: what other images
 * may be built on. A name that is no repository is left out. `claimed`: digests that somebody calls a base; those of indexes are added to the images that they list.
 */
export async function baseCatalogue(
  table: Table,
  bases: readonly string[],
  claimed: readonly Digest[] = [],
): Promise<CatalogueImage[]> {
  const places = new Map<Digest, string>();
  for (const base of bases) {
    const repository = referenceIn(base);
    if (repository === undefined) continue;
    const at = keys.repositoryImage(repository.registry, repository.repository, '');
    for await (const item of table.query({ pk: at.pk, prefix: 'I#' })) {
      if (places.size >= mostImages) break;
      places.set(item.digest as Digest, `${repository.registry}/${repository.repository}`);
    }
  }
  const heads = await readImageHeads(table, [...places.keys()]);
  const indexes = new Map<Digest, Digest[]>();
  for (const index of new Set(claimed)) {
    if (!places.has(index) || heads.has(index)) continue;
    for (const child of await childrenOf(table, index)) indexes.set(child, [...(indexes.get(child) ?? []), index]);
  }
  return [...heads.values()].flatMap(({ digest, diffIds }) =>
    diffIds === undefined
      ? []
      : [{ name: `${places.get(digest) ?? ''}@${digest}`, digests: [digest, ...(indexes.get(digest) ?? [])], diffIds }],
  );
}
