import { sideBySide } from '#shared/findings';
import type { Digest } from '#shared/oci';
import { type Item, keys, type Table } from '#shared/store';
import type { Place } from './catalogue.ts';

const atOnce = 16;
/** A registry's list may lag behind a push that we heard of. */
const settledMs = 60 * 60_000;

/**
 * Makes the tags that are stored of a repository those that its registry lists, where an image is stored for them: a tag that was moved or deleted without our
 * hearing of it stands for nothing. `began` is when the list began to be read, by which it is ordered; what was read later stays. Writes only what differs.
 */
export async function keepTags(
  table: Table,
  { registry, repository }: Place,
  listed: ReadonlyMap<string, Digest>,
  began: string,
): Promise<void> {
  const missing = new Map(listed);
  const wrong: Item[] = [];
  for await (const row of table.query({
    pk: keys.repositoryTag(registry, repository, '').pk,
    prefix: 'T#',
    consistent: true,
  })) {
    if (listed.get(String(row.tag)) === row.digest) missing.delete(String(row.tag));
    else wrong.push(row);
  }
  const stored = await storedOf(table, { registry, repository }, new Set(missing.values()));
  await sideBySide(missing, atOnce, async ([tag, digest]) => {
    if (!stored.has(digest)) return;
    const item = { ...keys.repositoryTag(registry, repository, tag), tag, digest, readAt: began };
    await table.put(item, { olderThan: { attribute: 'readAt', than: began } });
  });
  await sideBySide(wrong, atOnce, async ({ pk, sk, tag, readAt }) => {
    const now = missing.get(String(tag));
    if (now !== undefined && stored.has(now)) return;
    if (typeof readAt !== 'string' || Date.parse(began) - Date.parse(readAt) < settledMs) return;
    await table.delete({ pk, sk }, { equals: { attribute: 'readAt', value: readAt } });
  });
}

async function storedOf(
  table: Table,
  { registry, repository }: Place,
  digests: ReadonlySet<Digest>,
): Promise<Set<string>> {
  const rows = await table.batchGet(
    [...digests].map((digest) => keys.repositoryImage(registry, repository, digest)),
    { consistent: true },
  );
  return new Set(rows.map((row) => String(row.digest)));
}
