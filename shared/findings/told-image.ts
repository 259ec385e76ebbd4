import type { Digest } from '#shared/oci';
import { keys, type Table } from '#shared/store';

/** A place of an image in a repository. */
interface Place {
  readonly registry: string;
  readonly repository: string;
  readonly digest: Digest;
}

/**
 * Whether an image was read here by the extractors of today and everybody was told: then a repeated wish needs no second read. A head alone does not
 * say so: a crash may have come between it and the telling, and those that run the image would wait for ever.
 */
export async function isTold(table: Table, place: Place, extractors: string): Promise<boolean> {
  const row = await table.get(keys.repositoryImage(place.registry, place.repository, place.digest), {
    consistent: true,
  });
  return row?.told === extractors;
}

/** Says that an image was read here and told. A read that writes the place again takes it back. */
export async function markImageTold(table: Table, place: Place, extractors: string): Promise<void> {
  const at = keys.repositoryImage(place.registry, place.repository, place.digest);
  const row = await table.get(at, { consistent: true });
  if (row === undefined) return;
  const { readAt } = row;
  await table.put(
    { ...row, told: extractors },
    typeof readAt === 'string' ? { equals: { attribute: 'readAt', value: readAt } } : undefined,
  );
}
