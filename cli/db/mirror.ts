import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import {
  AdvisoryError,
  type CveListSource,
  cveListFeed,
  cveTableFile,
  type DocumentSource,
  endOfLifeFeed,
  FeedRefused,
  feedSource,
  type HttpSource,
  type OpenedFeed,
  parseEndOfLife,
  parseEpss,
  parseKev,
} from '#shared/advisories';
import { endOfLifeFile } from '../scan/end-of-life.ts';
import { stagedBulk } from './bulk-part.ts';
import { fillCveList } from './cve-part.ts';
import { extentOf } from './extent.ts';
import { replaceFile } from './replace-file.ts';
import { feedFolder, stagedFeed } from './staged-feed.ts';

const entry = z.object({
  source: z.string(),
  /** what the source calls this state */
  stamp: z.string(),
  records: z.number(),
  bytes: z.number(),
  /** when it was fetched, ISO */
  fetchedAt: z.string(),
  /** the day or time that the source itself gives its newest state; absent: it gives none */
  asOf: z.string().optional(),
  /** records that could not be read and were left out when it was fetched */
  broken: z.number().optional(),
  /** when the source last answered well, ISO; absent: when it was fetched */
  okAt: z.string().optional(),
  /** of which bulk export the list of changes is in it, and up to when: what the next time begins from */
  watermark: z.object({ of: z.string(), at: z.string() }).optional(),
  /** since when it does not answer, or is refused */
  failing: z.object({ since: z.string(), text: z.string() }).optional(),
});
const indexSchema = z.object({ schemaVersion: z.literal(1), parts: z.record(z.string(), entry) });

/** What is known of one part of a mirror: an ecosystem, or `kev`, `epss`, `end-of-life`, `cve-list`. */
export type MirrorPart = z.infer<typeof entry>;

/** Where a mirror is filled from. */
export interface MirrorSources {
  readonly bulk: HttpSource;
  readonly feeds: readonly OpenedFeed[];
  readonly kev: DocumentSource;
  readonly epss: DocumentSource;
  readonly 'end-of-life': DocumentSource;
  /** absent: it is left out */
  readonly cves?: CveListSource;
  readonly now: () => Date;
}

/** What became of one part. */
export type PartOutcome =
  | { readonly part: string; readonly outcome: 'unchanged' | 'fetched'; readonly entry: MirrorPart }
  | { readonly part: string; readonly outcome: 'refused'; readonly why: string };

const indexFile = 'drydock-db.json';
const keptShare = 0.6;
const documents = ['kev', 'epss', endOfLifeFeed] as const;
const catalogues: readonly string[] = [...documents, cveListFeed];

/** The parts of a mirror by name; none when the folder is not one. */
export async function readMirror(folder: string): Promise<Readonly<Record<string, MirrorPart>>> {
  try {
    return indexSchema.parse(JSON.parse(await readFile(path.join(folder, indexFile), 'utf8'))).parts;
  } catch {
    return {};
  }
}

/**
 * Brings a mirror up to its sources: `<ecosystem>/all.zip`, `feeds/<id>/…`, `kev.json`, `epss.csv.gz`, the CVE List as a table, the form that `--advisories <folder>` reads. Each part is
 * read to its end before it replaces the one before; what is cut, empty or much smaller is refused and the part before stays.
 */
export async function fillMirror(
  folder: string,
  ecosystems: readonly string[],
  sources: MirrorSources,
  told: (outcome: PartOutcome) => void,
): Promise<readonly PartOutcome[]> {
  await mkdir(folder, { recursive: true });
  const outcomes: PartOutcome[] = [];
  for (const part of [...ecosystems, ...documents, ...(sources.cves === undefined ? [] : [cveListFeed])]) {
    const parts = await readMirror(folder);
    const outcome = await fill(folder, part, parts[part], sources);
    const entry = outcome.outcome === 'refused' ? failed(parts[part], outcome.why, sources.now()) : outcome.entry;
    if (entry !== undefined) await writeIndex(folder, { ...parts, [part]: entry });
    told(outcome);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** What is kept of a part whose source failed; undefined: it was never fetched. */
const failed = (known: MirrorPart | undefined, why: string, now: Date): MirrorPart | undefined =>
  known === undefined
    ? undefined
    : { ...known, failing: { since: known.failing?.since ?? now.toISOString(), text: why.slice(0, 500) } };

async function fill(
  folder: string,
  part: string,
  known: MirrorPart | undefined,
  sources: MirrorSources,
): Promise<PartOutcome> {
  try {
    const fresh = await fillPart(folder, part, known, sources);
    const okAt = sources.now().toISOString();
    if (fresh === undefined && known !== undefined) {
      const { failing: _, ...kept } = known;
      return { part, outcome: 'unchanged', entry: { ...kept, okAt } };
    }
    if (fresh === undefined) throw new FeedRefused(part, 'empty', 'nobody publishes it');
    return { part, outcome: 'fetched', entry: { ...fresh, fetchedAt: okAt, okAt } };
  } catch (error) {
    if (!(error instanceof AdvisoryError)) throw error;
    return { part, outcome: 'refused', why: error.message };
  }
}

type Fresh = Omit<MirrorPart, 'fetchedAt' | 'okAt' | 'failing'>;

/** undefined: nothing is new. */
async function fillPart(
  folder: string,
  part: string,
  known: MirrorPart | undefined,
  sources: MirrorSources,
): Promise<Fresh | undefined> {
  const document = documents.find((one) => one === part);
  if (document !== undefined) return fillDocument(folder, document, known, sources[document]);
  if (part === cveListFeed && sources.cves !== undefined)
    return fillCveList(path.join(folder, cveTableFile), known, sources.cves, sources.now());
  return fillEcosystem(folder, part, known, sources);
}

/** How a document is read to its end before it replaces the one before, and what it is called in the mirror. */
const readers: Readonly<
  Record<
    (typeof documents)[number],
    { readonly file: string; readonly read: (bytes: Buffer, about: string) => { asOf: string; records: number } }
  >
> = {
  kev: {
    file: 'kev.json',
    read(bytes, about) {
      const { asOf, entries } = parseKev(bytes, about);
      return { asOf, records: entries.length };
    },
  },
  epss: {
    file: 'epss.csv.gz',
    read(bytes, about) {
      const { asOf, entries } = parseEpss(bytes, about);
      return { asOf, records: entries };
    },
  },
  'end-of-life': {
    file: endOfLifeFile,
    read(bytes, about) {
      const { asOf, ends } = parseEndOfLife(bytes, about);
      return { asOf, records: ends.size };
    },
  },
};

async function fillDocument(
  folder: string,
  part: keyof typeof readers,
  known: MirrorPart | undefined,
  source: DocumentSource,
): Promise<Fresh> {
  const bytes = await source.read();
  if (bytes === undefined) throw new FeedRefused(source.describe, 'empty', 'it is not there');
  const { file, read } = readers[part];
  const { asOf, records } = read(bytes, source.describe);
  if (known?.source === source.describe) checkSize(source.describe, records, known);
  await replace(path.join(folder, file), bytes);
  return { source: source.describe, stamp: asOf, records, bytes: bytes.length, asOf };
}

async function fillEcosystem(
  folder: string,
  ecosystem: string,
  known: MirrorPart | undefined,
  sources: MirrorSources,
): Promise<Fresh | undefined> {
  const opened = sources.feeds.find(({ row }) => row.feed.ecosystem === ecosystem);
  const ahead =
    opened?.row.osv === 'none' ? undefined : await stagedBulk(folder, ecosystem, known, sources.bulk, sources.now());
  const bulk = ahead?.bulk ?? sources.bulk;
  const source = feedSource(bulk, opened === undefined ? [] : [opened]);
  const stamp = await source.modified(ecosystem);
  if (stamp === undefined) throw new FeedRefused(ecosystem, 'empty', `${source.describe} does not hold it`);
  if (known?.stamp === stamp) return undefined;
  const staged = opened === undefined ? undefined : stagedFeed(opened, feedFolder(folder, opened));
  try {
    // Read to the end first: a damaged publication must not replace what is here.
    const read = staged === undefined ? source : feedSource(bulk, [staged.opened]);
    const { records, asOf } = await extentOf(read, ecosystem, sources.now());
    if (records === 0) throw new FeedRefused(ecosystem, 'empty', `${source.describe} holds no record`);
    if (known !== undefined) checkSize(ecosystem, records, known);
    let bytes = (await staged?.keep()) ?? 0;
    const archive = opened?.row.osv === 'none' ? undefined : await bulk.archive(ecosystem);
    if (archive !== undefined) bytes += await copy(archive, path.join(folder, ecosystem, 'all.zip'));
    return {
      source: source.describeOf?.(ecosystem) ?? source.describe,
      stamp,
      records,
      bytes,
      ...(asOf === '' ? {} : { asOf }),
      ...(ahead?.watermark === undefined ? {} : { watermark: ahead.watermark }),
    };
  } finally {
    await ahead?.drop();
    await staged?.drop();
  }
}

function checkSize(about: string, records: number, known: MirrorPart): void {
  if (records < known.records * keptShare)
    throw new FeedRefused(about, 'smaller', `${records} records instead of ${known.records}`);
}

async function copy(from: string, to: string): Promise<number> {
  await mkdir(path.dirname(to), { recursive: true });
  return replaceFile(to, async (beside) => {
    const out = createWriteStream(beside);
    await pipeline(createReadStream(from), out);
    return out.bytesWritten;
  });
}

const replace = (file: string, bytes: Buffer | string): Promise<void> =>
  replaceFile(file, (beside) => writeFile(beside, bytes));

const writeIndex = (folder: string, parts: Readonly<Record<string, MirrorPart>>): Promise<void> =>
  replace(path.join(folder, indexFile), `${JSON.stringify({ schemaVersion: 1, parts }, undefined, 1)}\n`);

/** The ecosystems of a mirror, without the catalogues. */
export const ecosystemsOf = (parts: Readonly<Record<string, MirrorPart>>): readonly string[] =>
  Object.keys(parts).filter((part) => !catalogues.includes(part));
