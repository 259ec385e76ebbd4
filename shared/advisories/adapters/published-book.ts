import { cveListEcosystem, cveListFeed } from '../cve-list/cve-judges.ts';
import { BrokenShard } from '../errors.ts';
import { type FeedFreshness, staleFeeds } from '../freshness.ts';
import { matcherVersion } from '../matcher.ts';
import { type PublishPorts, readManifest, readPointer, readShard } from '../published.ts';
import { readCves, readEndOfLife, readEpss, readKev } from '../published-catalogues.ts';
import type { AdvisoryBook, ShardManifest } from '../types.ts';
import { warmShards } from '../warm-shards.ts';
import { readWithdrawn, tracesOf } from '../withdrawn.ts';

/** How fresh the book is kept. */
export interface BookOptions {
  /** how long a read pointer is believed, ms; `manifest({ fresh: true })` always reads it */
  readonly maxAge?: number;
  readonly clock?: () => number;
}

const nothing: ShardManifest = {
  schemaVersion: 1,
  generation: 0,
  matcher: matcherVersion,
  builtAt: '1970-01-01T00:00:00Z',
  shards: {},
};

/**
 * The published advisories: loads only the shards that are asked for and keeps them warm by hash, so that a new generation costs only what
 * changed. Generation 0 without shards while nothing is published.
 */
export function advisoryBook(ports: PublishPorts, options: BookOptions = {}): AdvisoryBook {
  const { maxAge = 60_000, clock = Date.now } = options;
  const shards = warmShards((hash) => readShard(ports.blobs, hash));
  let current:
    | {
        readonly key: string | undefined;
        readonly manifest: ShardManifest;
        readonly readAt: number;
        readonly feeds: Readonly<Record<string, FeedFreshness>>;
      }
    | undefined;
  let reading: Promise<ShardManifest> | undefined;
  const kev = warmByHash((hash) => readKev(ports.blobs, hash));
  const epss = warmByHash((hash) => readEpss(ports.blobs, hash));
  const cves = warmByHash((hash) => readCves(ports.blobs, hash));
  const ends = warmByHash((hash) => readEndOfLife(ports.blobs, hash));

  const read = async (): Promise<ShardManifest> => {
    // The time before the read: what is published during it is not yet known.
    const readAt = clock();
    const pointer = await readPointer(ports.table, { consistent: true });
    const unchanged = current !== undefined && current.key === pointer?.manifest;
    const manifest =
      pointer === undefined
        ? nothing
        : unchanged && current !== undefined
          ? current.manifest
          : await readManifest(ports.blobs, pointer.manifest);
    // Two reads may overlap; the book never goes back.
    if (current === undefined || manifest.generation >= current.manifest.generation)
      current = { key: pointer?.manifest, manifest, readAt, feeds: pointer?.feeds ?? {} };
    return current.manifest;
  };

  const manifest = async (fresh: boolean): Promise<ShardManifest> => {
    if (fresh) return read();
    if (current !== undefined && clock() - current.readAt < maxAge) return current.manifest;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    manifest: (asked) => manifest(asked?.fresh === true),
    async shard(name) {
      const { shards: known } = await manifest(false);
      const entry = Object.hasOwn(known, name) ? known[name] : undefined;
      if (entry === undefined) return undefined;
      const shard = await shards.get(entry.hash, entry.bytes);
      if (shard === undefined) throw new BrokenShard(name, `the shard ${entry.hash} is gone`);
      return shard;
    },
    async kev(cve) {
      const { kev: known } = await manifest(false);
      if (known === undefined) return undefined;
      return (await kev(known.hash)).get(cve);
    },
    async epss(cve) {
      const { epss: known } = await manifest(false);
      return known === undefined ? undefined : (await epss(known.hash)).lookup(cve);
    },
    async cves() {
      const { cves: known } = await manifest(false);
      return known === undefined ? undefined : cves(known.hash);
    },
    async endOfLife() {
      const { endOfLife: known } = await manifest(false);
      return known === undefined ? undefined : { asOf: known.asOf, ends: await ends(known.hash) };
    },
    async stale() {
      await manifest(false);
      const stale = new Map(staleFeeds(current?.feeds ?? {}, new Date(clock())).map(({ feed, text }) => [feed, text]));
      // what is made of the list is as old as the list
      const list = stale.get(cveListFeed);
      if (list !== undefined) stale.set(cveListEcosystem, list);
      return stale;
    },
    async withdrawn(id) {
      const { withdrawn: known } = await manifest(false);
      return known === undefined ? [] : tracesOf(await readWithdrawn(ports.blobs, known.hash), id);
    },
  };
}

/** Keeps the last that was asked for; one that could not be read is read again. */
function warmByHash<T>(read: (hash: string) => Promise<T>): (hash: string) => Promise<T> {
  let warm: { readonly hash: string; readonly value: Promise<T> } | undefined;
  return async (hash) => {
    if (warm?.hash !== hash) warm = { hash, value: read(hash) };
    const asked = warm;
    try {
      return await asked.value;
    } catch (error) {
      if (warm === asked) warm = undefined;
      throw error;
    }
  };
}
