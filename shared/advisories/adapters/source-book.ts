import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Blobs, folderBlobs } from '#shared/store';
import type { CveListSource } from '../cve-list/cve-source.ts';
import type { OpenedCves } from '../cve-list/cve-table.ts';
import { splitEcosystem } from '../ecosystem.ts';
import { type EndOfLife, parseEndOfLife } from '../end-of-life/parse-end-of-life.ts';
import { type OpenedEpss, openEpss, parseEpss } from '../epss.ts';
import { parseKev } from '../kev.ts';
import { matcherVersion } from '../matcher.ts';
import { type OpenedShard, openShard } from '../open-shard.ts';
import { forgetShard, readShard, writeShard } from '../published.ts';
import { type ReadProgress, readEcosystem } from '../read-ecosystem.ts';
import type {
  AdvisoryBook,
  AdvisorySource,
  BrokenRecord,
  DocumentSource,
  KevEntry,
  Shard,
  ShardEntry,
  ShardManifest,
} from '../types.ts';
import { unlessBroken } from '../unless-broken.ts';
import { cachedCves } from './cached-cves.ts';

/** What a book over a source needs. */
export interface SourceBookOptions {
  readonly source: AdvisorySource;
  /** built shards stay here and serve again while the source's stamp is the same */
  readonly cacheFolder: string;
  readonly kev?: DocumentSource;
  readonly epss?: DocumentSource;
  readonly cves?: CveListSource;
  readonly endOfLife?: DocumentSource;
  readonly progress?: ReadProgress;
  /** told of records that were skipped */
  readonly broken?: (records: readonly BrokenRecord[], count: number) => void;
}

const noteSchema = z.object({
  stamp: z.string(),
  matcher: z.string(),
  entry: z
    .object({ hash: z.string(), bytes: z.number(), records: z.number(), asOf: z.string(), source: z.string() })
    .optional(),
});

/**
 * A book straight over a source, for a command that needs no store: builds the shards that are asked for, once, into a cache folder. Its
 * manifest (generation 1) names the shards that were asked for so far. Source errors are thrown: FeedRefused, SourceUnavailable.
 */
export function folderBook(options: SourceBookOptions): AdvisoryBook {
  const blobs = folderBlobs(options.cacheFolder);
  const opened = new Map<string, Promise<Opened | undefined>>();
  const entries: Record<string, ShardEntry> = {};
  let kev: Promise<ReadonlyMap<string, KevEntry>> | undefined;
  let epss: Promise<OpenedEpss | undefined> | undefined;
  let cves: Promise<OpenedCves | undefined> | undefined;
  let ends: Promise<EndOfLife | undefined> | undefined;

  const shard = async (name: string): Promise<Shard | undefined> => {
    const known = opened.get(name) ?? load(options, blobs, name);
    opened.set(name, known);
    try {
      const found = await known;
      if (found !== undefined) entries[name] = found.entry;
      return found?.shard;
    } catch (error) {
      opened.delete(name);
      throw error;
    }
  };

  return {
    async manifest(): Promise<ShardManifest> {
      const newest =
        Object.values(entries)
          .map((entry) => entry.asOf)
          .sort()
          .at(-1) ?? '1970-01-01T00:00:00Z';
      return { schemaVersion: 1, generation: 1, matcher: matcherVersion, builtAt: newest, shards: { ...entries } };
    },
    shard,
    async kev(cve) {
      kev ??= readKevSource(options.kev);
      return (await kev).get(cve);
    },
    async epss(cve) {
      epss ??= readEpssSource(options.epss);
      return (await epss)?.lookup(cve);
    },
    cves() {
      cves ??= readCveSource(options.cves, blobs);
      return cves;
    },
    endOfLife() {
      ends ??= readEndOfLifeSource(options.endOfLife);
      return ends;
    },
    // a source says what it has, not what it had
    withdrawn: async () => [],
  };
}

async function readKevSource(source: DocumentSource | undefined): Promise<ReadonlyMap<string, KevEntry>> {
  const bytes = await source?.read();
  return new Map(
    bytes === undefined || source === undefined
      ? []
      : parseKev(bytes, source.describe).entries.map((entry) => [entry.cve, entry]),
  );
}

async function readEpssSource(source: DocumentSource | undefined): Promise<OpenedEpss | undefined> {
  const bytes = await source?.read();
  if (bytes === undefined || source === undefined) return undefined;
  const scores = parseEpss(bytes, source.describe);
  return openEpss(scores.bytes, scores.hash);
}

async function readEndOfLifeSource(source: DocumentSource | undefined): Promise<EndOfLife | undefined> {
  const bytes = await source?.read();
  return bytes === undefined || source === undefined ? undefined : parseEndOfLife(bytes, source.describe);
}

const readCveSource = async (source: CveListSource | undefined, blobs: Blobs): Promise<OpenedCves | undefined> =>
  source === undefined ? undefined : (await cachedCves(source, blobs, new Date()))?.table;

interface Opened {
  readonly shard: OpenedShard;
  readonly entry: ShardEntry;
}

async function load(options: SourceBookOptions, blobs: Blobs, name: string): Promise<Opened | undefined> {
  const { source } = options;
  const ecosystem = splitEcosystem(name).base;
  const stamp = await source.modified(ecosystem);
  if (stamp === undefined) return undefined;
  const noteKey = `notes/${createHash('sha256').update(`${source.describe}\n${name}`).digest('hex')}`;
  const note = await readNote(blobs, noteKey);
  if (note?.stamp === stamp && note.matcher === matcherVersion) {
    if (note.entry === undefined) return undefined;
    const shard = await cached(blobs, note.entry.hash);
    if (shard !== undefined) return { shard, entry: note.entry };
  }
  const read = await readEcosystem(source, ecosystem, new Set([name]), options.progress);
  if (read.brokenCount > 0) options.broken?.(read.broken, read.brokenCount);
  const built = read.shards.get(name);
  // of each source the newest only; where another had the same, that one is read once more
  const replace = async (entry: ShardEntry | undefined): Promise<void> => {
    await writeNote(blobs, noteKey, { stamp, matcher: matcherVersion, ...(entry === undefined ? {} : { entry }) });
    if (note?.entry !== undefined && note.entry.hash !== entry?.hash) await forgetShard(blobs, note.entry.hash);
  };
  if (built === undefined) {
    await replace(undefined);
    return undefined;
  }
  await writeShard(blobs, built);
  const entry: ShardEntry = {
    hash: built.hash,
    bytes: built.bytes.length,
    records: built.records,
    // a record dated tomorrow says nothing of how new the data are
    asOf: built.modified.findLast((time) => time <= new Date().toISOString()) ?? '1970-01-01T00:00:00Z',
    source: source.describeOf?.(ecosystem) ?? source.describe,
  };
  await replace(entry);
  return { shard: openShard(built.bytes, built.hash), entry };
}

/** A cached shard that is gone or damaged is built again. */
const cached = (blobs: Blobs, hash: string): Promise<OpenedShard | undefined> =>
  unlessBroken(() => readShard(blobs, hash));

type Note = z.infer<typeof noteSchema>;

async function readNote(blobs: Blobs, key: string): Promise<Note | undefined> {
  const bytes = await blobs.get(key);
  try {
    const read = noteSchema.safeParse(bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8')));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

const writeNote = (blobs: Blobs, key: string, note: Note): Promise<void> =>
  blobs.put(key, Buffer.from(JSON.stringify(note)));
