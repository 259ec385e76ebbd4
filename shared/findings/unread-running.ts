import { keys, type Table } from '#shared/store';

// digest and size take some 90 bytes, and a row holds 400 KB
const most = 3_000;

/** Keeps the compressed sizes of what runs and is still to be read, as the registry lists them, for whoever asks how long that takes. */
export async function keepUnreadRunning(
  table: Table,
  unread: readonly { readonly digest: string; readonly bytes?: number }[],
  at: string,
): Promise<void> {
  const sizes = unread.flatMap(({ digest, bytes }) => (bytes === undefined ? [] : [[digest, bytes] as const]));
  await table.put({ ...keys.unreadRunning(), sizes: Object.fromEntries(sizes.slice(0, most)), at });
}

/** The sizes by digest; empty when no sweep has listed them. */
export async function readUnreadRunning(table: Table): Promise<ReadonlyMap<string, number>> {
  const sizes = (await table.get(keys.unreadRunning()))?.sizes;
  if (typeof sizes !== 'object' || sizes === null) return new Map();
  return new Map(
    Object.entries(sizes).flatMap(([digest, bytes]) => (typeof bytes === 'number' ? [[digest, bytes] as const] : [])),
  );
}
