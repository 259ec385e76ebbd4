import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type AdvisoryBook,
  type AdvisoryError,
  type AdvisorySource,
  cveAdvisories,
  cveListEcosystem,
  FeedRefused,
  feedSource,
  folderBook,
  folderSource,
  httpSource,
  isAddress,
  openFeeds,
  type Shard,
  type ShardEntry,
  SourceUnavailable,
  shardForPeople,
  splitEcosystem,
  starterSource,
} from '#shared/advisories';
import type { CoverageReason } from '#shared/inventory';
import { CommandFailed } from '../exit-codes.ts';
import { type Joined, joinedBook } from './joined.ts';
import { ownFeeds, tellingOfCopies } from './own-feeds.ts';
import { type RememberedSource, rememberedSource } from './remembered-source.ts';

/** Where OSV publishes its bulk export (one all.zip for each ecosystem). */
export const osvBulk = 'https://storage.googleapis.com/osv-vulnerabilities/';

const starter = fileURLToPath(new URL('../../local/starter/', import.meta.url));
const hour = 3_600_000;

/** Which advisories a scan judges by. */
export interface ScanBookOptions {
  /** a folder or address in OSV's bulk layout; absent: OSV's own, and the bundled starter advisories where it does not answer */
  readonly advisories?: string;
  /** a file or address of the catalogue of known exploited vulnerabilities */
  readonly kev?: string;
  /** a file or address of FIRST's EPSS scores */
  readonly epss?: string;
  /** a file, folder or address of the CVE List; `none`: it is left out */
  readonly cveList?: string;
  /** a file or address of endoflife.date's products */
  readonly endOfLife?: string;
  /** where OSV's own export is; a test gives another */
  readonly osv?: string;
  readonly offline: boolean;
  readonly cacheFolder: string;
  readonly now: () => Date;
  readonly progress?: (text: string) => void;
  /** something that people should know and that stops nothing */
  readonly warn: (text: string) => void;
}

/** Advisories that one package's shard came from, for "data as of". */
export interface UsedAdvisories {
  readonly shard: string;
  readonly records: number;
  /** newest change among them, ISO */
  readonly asOf: string;
  readonly source: string;
  /** when the source was last asked, ISO; absent for folders */
  readonly askedAt?: string;
}

/** An advisory book for one scan, which can say what it served and what it could not. */
export interface ScanBook extends AdvisoryBook, Joined {
  readonly used: () => readonly UsedAdvisories[];
  /** why what it served is not all that there should be */
  readonly reasons: () => readonly CoverageReason[];
  /** true when advisories could not be fetched that might exist: a gate that is passed then would be open */
  readonly missed: () => boolean;
}

/** Opens the advisories of a scan. Nothing is read before it is asked for. Throws CommandFailed for a folder that is not there. */
export async function openScanBook(options: ScanBookOptions): Promise<ScanBook> {
  const { advisories } = options;
  if (advisories !== undefined && !isAddress(advisories)) await checkFolder(advisories);
  const joined = await joinedBook(options, starter);
  const shelves =
    advisories === undefined
      ? [osvShelf(options), ...(await fetchedShelf(options)), starterShelf(options)]
      : [isAddress(advisories) ? addressShelf(options, advisories) : folderShelf(options, advisories)];
  return bookOf(shelves, cveShelf(options, joined), joined);
}

/** One place that shards may come from. */
interface Shelf {
  readonly book: AdvisoryBook;
  readonly remembered?: RememberedSource;
  /** what to do when it cannot be reached: go on with the next shelf, or fail */
  readonly needed: boolean;
  /** it may not be asked, and the person knows: that it has nothing is no news */
  readonly silent?: boolean;
  readonly warn: (text: string) => void;
}

function folderShelf(options: ScanBookOptions, folder: string): Shelf {
  const at = path.resolve(folder);
  const feeds = openFeeds(path.join(at, 'feeds'), { cacheFolder: options.cacheFolder });
  return { book: sourceBook(options, feedSource(folderSource(at), feeds)), needed: true, warn: options.warn };
}

/** The products that the CVE List judges; a scan has it from where it has the list. */
function cveShelf(options: ScanBookOptions, joined: Joined): Shelf {
  const source = cveAdvisories('the CVE List', joined.cves);
  return { book: sourceBook(options, source), needed: false, warn: options.warn };
}

function starterShelf(options: ScanBookOptions): Shelf {
  return {
    book: sourceBook(options, { ...folderSource(path.join(starter, 'advisories')), describe: starterSource }),
    needed: false,
    warn: options.warn,
  };
}

/** What `drydock db update` fetched, for when OSV does not answer or may not be asked. */
async function fetchedShelf(options: ScanBookOptions): Promise<readonly Shelf[]> {
  const folder = path.join(options.cacheFolder, 'db');
  const found = await stat(folder).catch(() => undefined);
  return found?.isDirectory() === true ? [{ ...folderShelf(options, folder), needed: false }] : [];
}

function addressShelf(options: ScanBookOptions, address: string): Shelf {
  return { ...httpShelf(options, address), needed: !options.offline };
}

const osvShelf = (options: ScanBookOptions): Shelf => ({
  ...httpShelf(options, options.osv ?? osvBulk, options.osv === undefined),
  needed: false,
});

function httpShelf(options: ScanBookOptions, address: string, home = false): Omit<Shelf, 'needed'> {
  const { cacheFolder, now, offline, progress } = options;
  const bulk = httpSource(address, {
    cacheFolder: path.join(cacheFolder, 'advisories'),
    pauses: [300],
    progress: ({ ecosystem, bytes, total }) =>
      progress?.(
        `advisories of ${ecosystem}: ${megabytes(bytes)}${total === undefined ? '' : ` of ${megabytes(total)}`}`,
      ),
  });
  const feeds = home ? ownFeeds(options) : undefined;
  const source = feeds === undefined ? bulk : feedSource(bulk, feeds);
  const remembered = rememberedSource(source, {
    folder: path.join(cacheFolder, 'asked', encodeURIComponent(source.describe).slice(0, 150)),
    now,
    freshFor: 6 * hour,
    staleAfter: 24 * hour,
    offline,
  });
  const book = sourceBook(options, remembered);
  return {
    book: feeds === undefined ? book : tellingOfCopies(book, feeds, options.warn),
    remembered,
    silent: offline,
    warn: options.warn,
  };
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

const sourceBook = (options: ScanBookOptions, source: AdvisorySource): AdvisoryBook =>
  folderBook({
    source,
    cacheFolder: path.join(options.cacheFolder, 'shards'),
    progress: ({ ecosystem, records }) => options.progress?.(`advisories of ${ecosystem}: ${records} records read`),
    broken: (records, count) =>
      options.warn(
        `${count === 1 ? '1 advisory' : `${count} advisories`} of ${source.describe} cannot be read and ${count === 1 ? 'was' : 'were'} left out: ${records
          .slice(0, 3)
          .map(({ id }) => id)
          .join(', ')}${count > 3 ? ' …' : ''}`,
      ),
  });

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new CommandFailed(
    `--advisories ${JSON.stringify(folder)}: ${found === undefined ? 'there is no such folder' : 'it is not a folder'}; name a folder or address in OSV's bulk layout (<ecosystem>/all.zip or <ecosystem>/<id>.json)`,
  );
}

function bookOf(shelves: readonly Shelf[], ofCves: Shelf, joined: Joined): ScanBook {
  const served = new Map<string, { readonly shelf: Shelf; readonly entry: ShardEntry }>();
  const missed = new Map<string, string>();
  const shards = new Map<string, Promise<Shard | undefined>>();

  const find = async (name: string): Promise<Shard | undefined> => {
    for (const shelf of name === cveListEcosystem ? [ofCves] : shelves) {
      const shard = await take(shelf, name, missed);
      const entry = shard === undefined ? undefined : (await shelf.book.manifest()).shards[name];
      if (shard === undefined || entry === undefined) continue;
      served.set(name, { shelf, entry });
      return shard;
    }
    return undefined;
  };

  return {
    ...joined,
    async manifest() {
      const [first] = shelves;
      if (first === undefined) throw new CommandFailed('there are no advisories to judge by');
      const shards = Object.fromEntries([...served].map(([name, { entry }]) => [name, entry]));
      return { ...(await first.book.manifest()), shards };
    },
    shard(name) {
      const known = shards.get(name) ?? find(name);
      shards.set(name, known);
      return known;
    },
    used: () =>
      [...served]
        .map(([shard, { shelf, entry }]) => {
          const outcome = shelf.remembered?.outcome(splitEcosystem(shard).base);
          const askedAt = outcome === undefined || outcome.kind === 'none' ? undefined : outcome.at;
          const { records, asOf, source } = entry;
          return { shard, records, asOf, source, ...(askedAt === undefined ? {} : { askedAt }) };
        })
        .sort((a, b) => (a.shard < b.shard ? -1 : 1)),
    reasons: () => [...served].flatMap(([shard, { shelf }]) => caveats(shelf, shard)),
    missed: () => missed.size > 0,
  };
}

/** A shard of one shelf; a shelf that is not needed and cannot be reached has none. */
async function take(shelf: Shelf, name: string, missed: Map<string, string>): Promise<Shard | undefined> {
  try {
    return await shelf.book.shard(name);
  } catch (error) {
    const unreachable = error instanceof SourceUnavailable || error instanceof FeedRefused;
    if (shelf.needed || !unreachable) throw error;
    const why = whyMissed(shelf, name, error);
    if (!shelf.silent && ![...missed.values()].includes(why)) shelf.warn(why);
    if (!shelf.silent) missed.set(name, why);
    return undefined;
  }
}

function whyMissed(shelf: Shelf, name: string, error: AdvisoryError): string {
  const outcome = shelf.remembered?.outcome(splitEcosystem(name).base);
  const why = outcome?.kind === 'none' || outcome?.kind === 'old' ? outcome.why : error.message;
  return `advisories could not be fetched from ${error.about}: ${why}; name a mirror or folder with --advisories`;
}

/** What people should know of a shard that was served. */
function caveats(shelf: Shelf, shard: string): CoverageReason[] {
  const outcome = shelf.remembered?.outcome(splitEcosystem(shard).base);
  if (outcome?.kind !== 'old') return [];
  const text = `advisories for ${shardForPeople(shard)} were last asked for on ${outcome.at.slice(0, 10)}: ${outcome.why}`;
  return [{ code: 'stale-advisories', text }];
}
