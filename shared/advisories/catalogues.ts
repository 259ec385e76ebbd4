import type { CveListSource } from './cve-list/cve-source.ts';
import { endOfLifeFeed, parseEndOfLife } from './end-of-life/parse-end-of-life.ts';
import { parseEpss } from './epss.ts';
import { BrokenArchive, FeedRefused, SourceUnavailable } from './errors.ts';
import type { FeedOutcome } from './freshness.ts';
import { parseKev } from './kev.ts';
import type { PublishPorts } from './published.ts';
import { readKev, writeEndOfLife, writeEpss, writeKev } from './published-catalogues.ts';
import type { CatalogueEntry, DocumentSource, KevEntry, ShardManifest } from './types.ts';
import { unlessBroken } from './unless-broken.ts';

/** The publications of a manifest beside its shards: joined by CVE or by release (design decision 6). */
export type Catalogues = Pick<ShardManifest, 'kev' | 'epss' | 'endOfLife' | 'cves'>;

/** What a refresh is told of them. */
export interface CatalogueRequest extends PublishPorts {
  readonly kev?: DocumentSource;
  readonly epss?: DocumentSource;
  readonly endOfLife?: DocumentSource;
  readonly cves?: CveListSource;
  /** take also one that is much smaller or older than the last good one */
  readonly acceptAnything?: boolean;
}

const documents = ['kev', 'epss', 'endOfLife'] as const;
const kinds = [...documents, 'cves'] as const;
const keptShare = 0.9;

/** What a reader made of a document: kept on `keep`. */
interface ReadCatalogue extends Omit<CatalogueEntry, 'source' | 'hash'> {
  readonly keep: () => Promise<string>;
}

const readers: Readonly<
  Record<(typeof documents)[number], (ports: PublishPorts, bytes: Buffer, about: string) => ReadCatalogue>
> = {
  kev: ({ blobs }, bytes, about) => {
    const { entries, asOf } = parseKev(bytes, about);
    return { entries: entries.length, asOf, keep: () => writeKev(blobs, entries) };
  },
  epss: ({ blobs }, bytes, about) => {
    const scores = parseEpss(bytes, about);
    const keep = async (): Promise<string> => {
      await writeEpss(blobs, scores);
      return scores.hash;
    };
    return { entries: scores.entries, asOf: scores.asOf, keep };
  },
  endOfLife: ({ blobs }, bytes, about) => {
    const read = parseEndOfLife(bytes, about);
    return { entries: read.ends.size, asOf: read.asOf, keep: () => writeEndOfLife(blobs, read) };
  },
};

/** What a document is called among the feeds. */
const feedNames: Readonly<Record<(typeof documents)[number], string>> = {
  kev: 'kev',
  epss: 'epss',
  endOfLife: endOfLifeFeed,
};

/** Reads the documents that were asked for; what is empty, broken, much smaller or older than the last good one is refused, and that one stays. */
export async function gatherCatalogues(
  request: CatalogueRequest & { readonly now: () => Date },
  base: Catalogues | undefined,
  refused: FeedRefused[],
  asked: Map<string, FeedOutcome>,
): Promise<Catalogues> {
  const gathered: { -readonly [Kind in keyof Catalogues]: Catalogues[Kind] } = {};
  for (const kind of documents) {
    const source = request[kind];
    if (source === undefined) continue;
    const { describe } = source;
    try {
      const bytes = await source.read();
      if (bytes === undefined) throw new FeedRefused(describe, 'empty', 'it is not there');
      const said = readers[kind](request, bytes, describe);
      // one that is dated in the future would make every later one look old
      const latest = request.now().toISOString();
      const read = Date.parse(said.asOf) > Date.parse(latest) ? { ...said, asOf: latest } : said;
      const known = base?.[kind];
      if (request.acceptAnything !== true && known?.source === describe) checkCatalogue(describe, known, read);
      gathered[kind] = { hash: await read.keep(), entries: read.entries, asOf: read.asOf, source: describe };
      asked.set(feedNames[kind], {
        source: describe,
        outcome: known?.hash === gathered[kind].hash ? 'unchanged' : 'read',
      });
    } catch (error) {
      const { reason, message } = noteRefusal(refused, refusal(error, describe));
      asked.set(feedNames[kind], { source: describe, outcome: 'refused', reason, text: message });
    }
  }
  return gathered;
}

/** Remembers a refusal, and hands it back. */
export const noteRefusal = (refused: FeedRefused[], one: FeedRefused): FeedRefused => {
  refused.push(one);
  return one;
};

function checkCatalogue(about: string, known: CatalogueEntry, read: ReadCatalogue): void {
  if (read.entries < known.entries * keptShare)
    throw new FeedRefused(about, 'smaller', `${read.entries} entries instead of ${known.entries}`);
  if (Date.parse(read.asOf) < Date.parse(known.asOf))
    throw new FeedRefused(about, 'older', `it is of ${read.asOf}, known is that of ${known.asOf}`);
}

/** An error as a refusal, if it is one of a source; others are thrown. */
export function refusal(error: unknown, about: string): FeedRefused {
  if (error instanceof FeedRefused) return error;
  if (error instanceof BrokenArchive) return new FeedRefused(about, 'broken', error.message, { cause: error });
  if (error instanceof SourceUnavailable) return new FeedRefused(about, 'unavailable', error.message, { cause: error });
  throw error;
}

/** What was gathered, on top of what is published now. Of one that somebody else published meanwhile the newer one stays. */
export function mergeCatalogues(
  gathered: Catalogues,
  base: Catalogues | undefined,
  first: Catalogues | undefined,
): Catalogues {
  return Object.fromEntries(
    kinds.flatMap((kind) => {
      const [fresh, theirs] = [gathered[kind], base?.[kind]];
      const moved = theirs !== undefined && theirs.hash !== first?.[kind]?.hash && theirs.asOf >= (fresh?.asOf ?? '');
      const chosen = moved ? theirs : (fresh ?? theirs);
      return chosen === undefined ? [] : [[kind, chosen]];
    }),
  );
}

/** The hashes of a manifest's catalogues, to compare two. */
export const catalogueHashes = (catalogues: Catalogues): readonly (string | undefined)[] =>
  kinds.map((kind) => catalogues[kind]?.hash);

/** CVEs that the catalogue of known exploited vulnerabilities gained or lost. */
export async function exploitedChanges(
  { blobs }: PublishPorts,
  before: Catalogues | undefined,
  after: Catalogues,
): Promise<{ readonly added: readonly string[]; readonly removed: readonly string[] }> {
  if (before?.kev?.hash === after.kev?.hash) return { added: [], removed: [] };
  const none: ReadonlyMap<string, KevEntry> = new Map();
  const known = before?.kev;
  const old = known === undefined ? none : ((await unlessBroken(() => readKev(blobs, known.hash))) ?? none);
  const fresh = after.kev === undefined ? none : await readKev(blobs, after.kev.hash);
  return {
    added: [...fresh.keys()].filter((cve) => !old.has(cve)),
    removed: [...old.keys()].filter((cve) => !fresh.has(cve)),
  };
}
