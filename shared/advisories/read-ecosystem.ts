import { type BuiltShard, shardBuilder } from './build-shard.ts';
import { BrokenArchive, FeedRefused, SourceUnavailable, UnreadableRecord } from './errors.ts';
import { matchRecords } from './match-records.ts';
import { parseOsv } from './osv-record.ts';
import type { AdvisorySource, BrokenRecord } from './types.ts';

/** What one ecosystem of a source came to. */
export interface EcosystemRead {
  readonly shards: ReadonlyMap<string, BuiltShard>;
  /** records that were read, withdrawn ones too */
  readonly records: number;
  readonly broken: readonly BrokenRecord[];
  readonly brokenCount: number;
  /** when records say themselves that they are withdrawn, by id */
  readonly withdrawn: ReadonlyMap<string, string>;
}

/** Told while records are read. */
export type ReadProgress = (step: { readonly ecosystem: string; readonly records: number }) => void;

const brokenShown = 100;

/**
 * Streams all records of an ecosystem into shards. Records that cannot be read are reported and skipped.
 *
 * @param only build these shards alone
 * @throws FeedRefused when the source does not answer, is cut, empty, or mostly unreadable
 */
export async function readEcosystem(
  source: AdvisorySource,
  ecosystem: string,
  only?: ReadonlySet<string>,
  progress?: ReadProgress,
): Promise<EcosystemRead> {
  const builders = new Map<string, ReturnType<typeof shardBuilder>>();
  const broken: BrokenRecord[] = [];
  const withdrawn = new Map<string, string>();
  let records = 0;
  let brokenCount = 0;
  try {
    for await (const { id, bytes } of source.records(ecosystem)) {
      records += 1;
      if (records % 1_000 === 0) progress?.({ ecosystem, records });
      try {
        const record = parseOsv(bytes, id);
        if (record.withdrawn !== undefined) withdrawn.set(record.id, record.withdrawn);
        for (const row of matchRecords(record, ecosystem)) {
          if (only !== undefined && !only.has(row.shard)) continue;
          const builder = builders.get(row.shard) ?? shardBuilder(row.shard);
          builders.set(row.shard, builder);
          builder.add(row);
        }
      } catch (error) {
        if (!(error instanceof UnreadableRecord)) throw error;
        brokenCount += 1;
        if (broken.length < brokenShown) broken.push({ id, ecosystem, text: error.message });
      }
    }
  } catch (cause) {
    if (cause instanceof BrokenArchive) throw new FeedRefused(ecosystem, 'broken', cause.message, { cause });
    if (cause instanceof SourceUnavailable) throw new FeedRefused(ecosystem, 'unavailable', cause.message, { cause });
    throw cause;
  }
  if (records === 0)
    throw new FeedRefused(ecosystem, 'empty', `${source.describeOf?.(ecosystem) ?? source.describe} holds no record`);
  if (brokenCount * 2 > records)
    throw new FeedRefused(ecosystem, 'broken', `${brokenCount} of ${records} records cannot be read`);
  progress?.({ ecosystem, records });
  return {
    shards: new Map([...builders].map(([name, builder]) => [name, builder.build()])),
    records,
    broken,
    brokenCount,
    withdrawn,
  };
}
