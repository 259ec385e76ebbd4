import { sideBySide, type Unreadable } from '#shared/findings';
import type { Digest } from '#shared/oci';
import { type Item, keys, type Table } from '#shared/store';
import type { Place } from './catalogue.ts';
import { graceMs } from './collect-orphans.ts';
import { familyOf, readImageRows } from './image-rows.ts';

const atOnce = 16;
const dayMs = 24 * 60 * 60_000;

/**
 * Forgets of a repository what could not be read once and is there no more: neither its tag nor its digest is listed under a tag, and nothing runs it. As
 * long as it could be asked for, it is part of what is not known.
 */
export async function forgetUnreadable(
  table: Table,
  { registry, repository }: Place,
  tags: ReadonlyMap<string, Digest>,
  running: ReadonlySet<string>,
  began: Date,
): Promise<void> {
  const tagged = new Set<string>(tags.values());
  const isThere = ({ tag, digest }: Unreadable): boolean =>
    (tag !== undefined && tags.has(tag)) || (digest !== undefined && (tagged.has(digest) || running.has(digest)));
  const gone: Item[] = [];
  const { pk } = keys.repositoryUnreadable(registry, repository, '');
  for await (const row of table.query({ pk, prefix: 'U#', consistent: true }))
    if (!isThere(row.unreadable as Unreadable) && isOld(row.readAt, began)) gone.push(row);
  await sideBySide(gone, atOnce, async (row) => {
    await table.delete({ pk: row.pk, sk: row.sk }, { equals: { attribute: 'readAt', value: String(row.readAt) } });
  });
}

/**
 * Forgets tags of a repository that nobody may list, which were read longer ago than history is kept and whose image nothing runs: whether they are still there
 * is not known, and as long as they stand, no image that ever came from elsewhere is forgotten. Returns how many went.
 */
export async function forgetOldTags(
  table: Table,
  { registry, repository }: Place,
  running: ReadonlySet<string>,
  keepDays: number,
  began: Date,
): Promise<number> {
  const old: Item[] = [];
  const { pk } = keys.repositoryTag(registry, repository, '');
  for await (const row of table.query({ pk, prefix: 'T#', consistent: true }))
    if (isOld(row.readAt, began, keepDays * dayMs)) old.push(row);
  let gone = 0;
  await sideBySide(old, atOnce, async (row) => {
    const rows = await readImageRows(table, row.digest as Digest);
    if (rows.runs || [...(await familyOf(table, rows))].some((digest) => running.has(digest))) return;
    const asRead = { equals: { attribute: 'readAt', value: String(row.readAt) } } as const;
    if ((await table.delete({ pk: row.pk, sk: row.sk }, asRead)) === 'written') gone += 1;
  });
  return gone;
}

/** Forgets that images of a repository were read, when none is stored any more. Whoever reads one says so anew. */
export async function forgetRepository(table: Table, { registry, repository }: Place, began: Date): Promise<void> {
  const at = keys.knownRepository(registry, repository);
  const readAt = (await table.get(at, { consistent: true }))?.readAt;
  if (typeof readAt === 'string' && isOld(readAt, began))
    await table.delete(at, { equals: { attribute: 'readAt', value: readAt } });
}

const isOld = (readAt: unknown, now: Date, ms = graceMs): boolean => now.getTime() - Date.parse(String(readAt)) >= ms;
