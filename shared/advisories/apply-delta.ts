import type { Blobs } from '#shared/store';
import { type BuiltShard, shardBuilder } from './build-shard.ts';
import { splitEcosystem } from './ecosystem.ts';
import { UnreadableRecord } from './errors.ts';
import { matchRecords, type ShardRow } from './match-records.ts';
import { deltaSince, watermarkOf } from './modified-ids.ts';
import type { OpenedShard } from './open-shard.ts';
import { parseOsv } from './osv-record.ts';
import { readShard } from './published.ts';
import type { AdvisoryJournal, BrokenRecord, ShardManifest } from './types.ts';

/** What a delta came to: the shards that it touched; undefined stands for one that has no row any more. */
export interface DeltaRead {
  readonly shards: ReadonlyMap<string, BuiltShard | undefined>;
  readonly watermark: string;
  readonly broken: readonly BrokenRecord[];
  /** when records say themselves that they are withdrawn, by id */
  readonly withdrawn: ReadonlyMap<string, string>;
  /** records that were asked for */
  readonly asked: number;
}

const together = 8;

/**
 * Brings the shards of an ecosystem from a watermark up to a journal's state, by the records that changed alone; the result is that of reading everything.
 * undefined: that cannot be done, or does not pay: everything must be read.
 *
 * @param since the watermark that the shards of `base` stand at
 * @throws FeedRefused when the journal is older, SourceUnavailable, BrokenArchive
 */
export async function applyDelta(
  blobs: Blobs,
  base: ShardManifest,
  journal: AdvisoryJournal,
  about: { readonly ecosystem: string; readonly source: string; readonly since: string; readonly now: Date },
): Promise<DeltaRead | undefined> {
  const opened = await openAll(blobs, base, about.ecosystem, about.source);
  if (opened === undefined) return undefined;
  const holders = new Map<string, Set<string>>();
  for (const shard of opened.values())
    for (const { id } of rowsOf(shard)) holders.set(id, (holders.get(id) ?? new Set()).add(shard.name));
  const ids = await journal.ids();
  const delta = deltaSince(about.ecosystem, ids, about.since, new Set(holders.keys()), about.now);
  if (delta === undefined) return undefined;
  const read = await readChanged(journal, delta.changed, about.ecosystem);
  // listed, and not there: the list is ahead of the records, and a watermark past it would lose what comes
  if (read === undefined) return undefined;
  const { rows, broken, withdrawn } = read;
  const unread = new Set(broken.map(({ id }) => id));
  const stale = new Set([...delta.deleted, ...delta.changed.filter((id) => !unread.has(id))]);
  const touched = new Set([
    ...[...stale].flatMap((id) => [...(holders.get(id) ?? [])]),
    ...rows.map((row) => row.shard),
  ]);
  const shards = new Map<string, BuiltShard | undefined>();
  for (const name of [...touched].sort()) {
    const builder = shardBuilder(name);
    let left = 0;
    const keep = (row: Pick<ShardRow, 'package' | 'record'>): void => {
      builder.add(row);
      left += 1;
    };
    const old = opened.get(name);
    if (old !== undefined) for (const row of rowsOf(old)) if (!stale.has(row.id)) keep(row);
    for (const row of rows) if (row.shard === name) keep(row);
    shards.set(name, left === 0 ? undefined : builder.build());
  }
  return { shards, watermark: watermarkOf(ids, about.now), broken, withdrawn, asked: delta.changed.length };
}

/** The shards that came from this source; undefined when one of them cannot be opened any more. */
async function openAll(
  blobs: Blobs,
  base: ShardManifest,
  ecosystem: string,
  source: string,
): Promise<ReadonlyMap<string, OpenedShard> | undefined> {
  const opened = new Map<string, OpenedShard>();
  for (const [name, entry] of Object.entries(base.shards)) {
    if (splitEcosystem(name).base !== ecosystem) continue;
    const shard = entry.source === source ? await readShard(blobs, entry.hash) : undefined;
    if (shard === undefined) return undefined;
    opened.set(name, shard);
  }
  return opened;
}

function* rowsOf(shard: OpenedShard): Generator<Pick<ShardRow, 'package' | 'record'> & { readonly id: string }> {
  for (const name of shard.names())
    for (const record of shard.lookup(name)) yield { package: name, record, id: record.id };
}

/** undefined: one of them is not there. */
async function readChanged(
  journal: AdvisoryJournal,
  changed: readonly string[],
  ecosystem: string,
): Promise<(Pick<DeltaRead, 'broken' | 'withdrawn'> & { readonly rows: readonly ShardRow[] }) | undefined> {
  const withdrawn = new Map<string, string>();
  const rows: ShardRow[] = [];
  const broken: BrokenRecord[] = [];
  for (let at = 0; at < changed.length; at += together) {
    const some = changed.slice(at, at + together);
    const read = await Promise.all(some.map(async (id) => ({ id, bytes: await journal.record(id) })));
    for (const { id, bytes } of read) {
      if (bytes === undefined) return undefined;
      try {
        const record = parseOsv(bytes, id);
        if (record.withdrawn !== undefined) withdrawn.set(record.id, record.withdrawn);
        rows.push(...matchRecords(record, ecosystem));
      } catch (error) {
        if (!(error instanceof UnreadableRecord)) throw error;
        broken.push({ id, ecosystem, text: error.message });
      }
    }
  }
  return { rows, broken, withdrawn };
}
