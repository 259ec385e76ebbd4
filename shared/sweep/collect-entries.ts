import { sideBySide } from '#shared/findings';
import { type Blobs, type Item, type Key, keyId, type Table } from '#shared/store';
import { graceMs } from './collect-orphans.ts';

const atOnce = 16;

/**
 * Takes away entries that lead from a blob of findings to a judgement which no longer points to it, once the blob is gone: until then they say that nobody
 * needs it. Whoever judges writes his entry anew before the blob, and the judgement last; so one that is needless is marked first, and goes a day later if
 * nobody wrote it since. Returns how many went.
 */
export async function collectEntries(
  { table, blobs }: { readonly table: Table; readonly blobs: Blobs },
  rows: readonly Item[],
  now: Date,
): Promise<number> {
  const entries = rows.filter(({ pk, rev }) => pk.startsWith('J#') && typeof rev === 'string');
  const owners = await ownersOf(table, entries);
  const needless = entries.filter((entry) => owners.get(keyId(entry.of as Key))?.blob !== blobOf(entry));
  let gone = 0;
  await sideBySide(needless, atOnce, async (entry) => {
    if (await blobs.has(blobOf(entry))) return;
    const asSeen = { equals: { attribute: 'rev', value: String(entry.rev) } } as const;
    const { leaving } = entry;
    if (typeof leaving !== 'string') await table.put({ ...entry, leaving: now.toISOString() }, asSeen);
    else if (now.getTime() - Date.parse(leaving) >= graceMs && (await table.delete(entry, asSeen)) === 'written')
      gone += 1;
  });
  return gone;
}

const blobOf = ({ pk }: Item): string => `judgements/${pk.slice(2)}`;

async function ownersOf(table: Table, entries: readonly Item[]): Promise<ReadonlyMap<string, Item>> {
  const wanted = new Map(entries.map(({ of }) => [keyId(of as Key), of as Key]));
  const rows = await table.batchGet([...wanted.values()], { consistent: true });
  return new Map(rows.map((row) => [keyId(row), row]));
}
