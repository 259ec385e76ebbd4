import { indexes, keys, type Table } from '#shared/store';

/** A reference that could not be read for good: no image, unsupported, bytes that are not the promised ones. */
export interface Unreadable {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
  readonly code: string;
  /** what it is and what to do; may hold outside text */
  readonly text: string;
  readonly at: string;
}

/** Keeps it for the coverage of the fleet: unknown is never clean. Gone when the same tag or digest could be read later. */
export async function keepUnreadable(table: Table, unreadable: Unreadable): Promise<void> {
  const at = keys.repositoryUnreadable(
    unreadable.registry,
    unreadable.repository,
    unreadable.digest ?? unreadable.tag ?? '',
  );
  await table.put(
    { ...at, unreadable, readAt: unreadable.at, ix: indexes.unreadable, ixs: `${unreadable.at}#${at.pk}#${at.sk}` },
    { olderThan: { attribute: 'readAt', than: unreadable.at } },
  );
}

/** What could be read now is unreadable no longer, under its digest nor its tag. */
export async function forgetUnreadable(
  table: Table,
  read: { readonly registry: string; readonly repository: string; readonly tag?: string; readonly digest: string },
): Promise<void> {
  for (const name of [read.digest, ...(read.tag === undefined ? [] : [read.tag])])
    await table.delete(keys.repositoryUnreadable(read.registry, read.repository, name));
}

/** By when they were tried, the newest first, for screens; with `after` those behind that place. */
export async function* unreadableFrom(
  table: Table,
  after?: string,
): AsyncIterable<{ readonly place: string; readonly item: Unreadable }> {
  const from = { reverse: true, ...(after === undefined ? {} : { after }) };
  for await (const { ixs, unreadable } of table.list(indexes.unreadable, from))
    yield { place: String(ixs), item: unreadable as Unreadable };
}

/** All of them as they are. */
export async function* listUnreadable(table: Table): AsyncIterable<Unreadable> {
  for await (const { item } of unreadableFrom(table)) yield item;
}
