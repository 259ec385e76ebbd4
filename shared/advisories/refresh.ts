import { applyDelta } from './apply-delta.ts';
import type { BuiltShard } from './build-shard.ts';
import {
  type CatalogueRequest,
  type Catalogues,
  catalogueHashes,
  exploitedChanges,
  gatherCatalogues,
  mergeCatalogues,
  refusal,
} from './catalogues.ts';
import { changesBetween } from './changes-between.ts';
import { splitEcosystem } from './ecosystem.ts';
import { AdvisoryError, FeedRefused } from './errors.ts';
import { type FeedOutcome, freshnessAfter } from './freshness.ts';
import { gatherCves } from './gather-cves.ts';
import { matcherVersion } from './matcher.ts';
import { watermarkOf } from './modified-ids.ts';
import { checkPlausible } from './plausible-shard.ts';
import { type Pointer, pointerItem, readManifest, readPointer, writeManifest, writeShard } from './published.ts';
import { type ReadProgress, readEcosystem } from './read-ecosystem.ts';
import type { AdvisorySource, BrokenRecord, ShardChange, ShardEntry, ShardManifest } from './types.ts';

/** What a refresh is asked to do. */
export interface RefreshRequest extends CatalogueRequest {
  readonly source: AdvisorySource;
  /** base ecosystems; without them and `shards` all that the source holds */
  readonly ecosystems?: readonly string[];
  /** only these shards, e.g. those that images need */
  readonly shards?: readonly string[];
  readonly now: () => Date;
  /** read also what the source says is unchanged */
  readonly force?: boolean;
  readonly progress?: ReadProgress;
}

/** What a refresh came to. */
export interface RefreshResult {
  /** the newest generation, after it */
  readonly generation: number;
  /** false: nothing was different, or everything was refused */
  readonly published: boolean;
  /** names that can be judged differently, against the generation that was replaced */
  readonly changes: readonly ShardChange[];
  /** CVEs that the catalogue of known exploited vulnerabilities gained or lost */
  readonly exploited: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** records that were skipped: the first hundred per ecosystem; `brokenCount` counts all */
  readonly broken: readonly BrokenRecord[];
  readonly brokenCount: number;
  /** what kept its last good state, and why */
  readonly refused: readonly FeedRefused[];
}

/**
 * Brings the published advisories up to a source: builds its shards, compares them with the newest generation and publishes the next one, or
 * none if nothing differs. Blobs go first, the pointer last and only if nobody else moved it; then once more on top of theirs. What is empty,
 * half-written, older or much smaller is refused by ecosystem or shard, and the last good one stays.
 */
export async function refreshAdvisories(request: RefreshRequest): Promise<RefreshResult> {
  const pointer = await readPointer(request.table, { consistent: true });
  const base = pointer === undefined ? undefined : await readManifest(request.blobs, pointer.manifest);
  const gathered = await gather(request, base, pointer);
  const catalogues = await gatherCatalogues(request, base, gathered.refused, gathered.asked);
  const cves = await gatherCves(request, base, pointer?.stamps, gathered.refused, gathered.asked);
  const { broken, brokenCount, refused } = gathered;
  const list = cves === undefined ? {} : { cves: cves.entry };
  const done = await publish(request, { ...gathered, catalogues: { ...catalogues, ...list } }, base, cves?.stamps);
  return { ...done, broken, brokenCount, refused };
}

interface Gathered {
  /** undefined: the source no longer has it */
  readonly shards: Map<string, ShardEntry | undefined>;
  /** by ecosystem, what to remember of its source */
  readonly stamps: Map<string, Readonly<Record<string, string>>>;
  /** what asking each feed came to */
  readonly asked: Map<string, FeedOutcome>;
  readonly broken: BrokenRecord[];
  brokenCount: number;
  readonly refused: FeedRefused[];
}

async function gather(
  request: RefreshRequest,
  base: ShardManifest | undefined,
  pointer: Pointer | undefined,
): Promise<Gathered> {
  const gathered: Gathered = {
    shards: new Map(),
    stamps: new Map(),
    asked: new Map(),
    broken: [],
    brokenCount: 0,
    refused: [],
  };
  for (const ecosystem of await wantedEcosystems(request, gathered.refused)) {
    const source = sourceOf(request.source, ecosystem);
    const before = gathered.refused.length;
    try {
      const outcome = await gatherEcosystem(request, base, pointer, ecosystem, gathered);
      gathered.asked.set(ecosystem, { source, outcome });
    } catch (error) {
      gathered.refused.push(refusal(error, ecosystem));
    }
    const refused = gathered.refused[before];
    if (refused !== undefined)
      gathered.asked.set(ecosystem, { source, outcome: 'refused', reason: refused.reason, text: refused.message });
  }
  return gathered;
}

async function gatherEcosystem(
  request: RefreshRequest,
  base: ShardManifest | undefined,
  pointer: Pointer | undefined,
  ecosystem: string,
  gathered: Gathered,
): Promise<'unchanged' | 'read'> {
  const { source } = request;
  const about = sourceOf(source, ecosystem);
  const only = request.shards === undefined ? undefined : new Set(request.shards);
  // Which shards were asked for is part of the stamp: another set must be built from the same file.
  const stampKey = `${about} ${ecosystem} ${only === undefined ? '' : [...only].sort().join(',')}`;
  const marks = { stamp: `${about} ${ecosystem} journal`, since: `${about} ${ecosystem} watermark` };
  const trusted = request.force !== true && base?.matcher === matcherVersion;
  const now = request.now();
  const journal = only === undefined ? await source.journal?.(ecosystem) : undefined;
  const since = pointer?.stamps[marks.since];
  if (trusted && journal !== undefined && since !== undefined) {
    if (pointer?.stamps[marks.stamp] === journal.stamp) return 'unchanged';
    const delta = await applyDelta(request.blobs, base, journal, { ecosystem, source: about, since, now });
    if (delta !== undefined) {
      gathered.broken.push(...delta.broken);
      gathered.brokenCount += delta.broken.length;
      if (await keepShards(request, ecosystem, delta.shards, base, gathered))
        gathered.stamps.set(ecosystem, { [marks.stamp]: journal.stamp, [marks.since]: delta.watermark });
      return delta.shards.size === 0 ? 'unchanged' : 'read';
    }
  }
  const stamp = await source.modified(ecosystem);
  if (stamp === undefined) throw new FeedRefused(ecosystem, 'empty', `${about} does not hold it`);
  if (trusted && pointer?.stamps[stampKey] === stamp && (journal === undefined || since !== undefined))
    return 'unchanged';
  // Before the records: what changes while they are read is then asked for again.
  const mark = journal === undefined ? undefined : watermarkOf(await journal.ids(), now);
  const read = await readEcosystem(source, ecosystem, only, request.progress);
  gathered.broken.push(...read.broken);
  gathered.brokenCount += read.brokenCount;
  const missing = missingShards(request, ecosystem, read.shards, base);
  const shards = new Map<string, BuiltShard | undefined>([...read.shards, ...missing]);
  // A refused shard must be looked at again although the file is the same.
  if (await keepShards(request, ecosystem, shards, base, gathered))
    gathered.stamps.set(ecosystem, {
      [stampKey]: stamp,
      ...(journal === undefined || mark === undefined ? {} : { [marks.stamp]: journal.stamp, [marks.since]: mark }),
    });
  return 'read';
}

/** What an ecosystem's shards name as their source. */
const sourceOf = (source: AdvisorySource, ecosystem: string): string =>
  source.describeOf?.(ecosystem) ?? source.describe;

async function wantedEcosystems(request: RefreshRequest, refused: FeedRefused[]): Promise<readonly string[]> {
  if (request.shards !== undefined)
    return [...new Set(request.shards.map((shard) => splitEcosystem(shard).base))].sort();
  if (request.ecosystems !== undefined) return request.ecosystems;
  try {
    // [EMPTY] holds withdrawn records that name no package.
    return (await request.source.ecosystems()).filter((name) => !name.startsWith('['));
  } catch (error) {
    refused.push(refusal(error, request.source.describe));
    return [];
  }
}

/** The shards of an ecosystem that this source had and has no more. */
function missingShards(
  request: RefreshRequest,
  ecosystem: string,
  built: ReadonlyMap<string, BuiltShard>,
  base: ShardManifest | undefined,
): readonly (readonly [string, undefined])[] {
  const source = sourceOf(request.source, ecosystem);
  return Object.entries(base?.shards ?? {})
    .filter(([name, entry]) => splitEcosystem(name).base === ecosystem && entry.source === source && !built.has(name))
    .filter(([name]) => request.shards === undefined || request.shards.includes(name))
    .map(([name]) => [name, undefined]);
}

/** Keeps what may replace the last good shards; false when one was refused. */
async function keepShards(
  request: RefreshRequest,
  ecosystem: string,
  built: ReadonlyMap<string, BuiltShard | undefined>,
  base: ShardManifest | undefined,
  gathered: Gathered,
): Promise<boolean> {
  const source = sourceOf(request.source, ecosystem);
  const now = request.now().toISOString();
  let whole = true;
  for (const [name, shard] of [...built].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const asOf = newestBefore(shard, now);
    try {
      if (request.acceptAnything !== true) checkPlausible(name, base?.shards[name], shard, asOf, source);
      if (shard !== undefined) await writeShard(request.blobs, shard);
      gathered.shards.set(
        name,
        shard === undefined
          ? undefined
          : { hash: shard.hash, bytes: shard.bytes.length, records: shard.records, asOf, source },
      );
    } catch (error) {
      if (!(error instanceof FeedRefused)) throw error;
      gathered.refused.push(error);
      whole = false;
    }
  }
  return whole;
}

/** A record dated in the future must not make everything after it look old (reference advisories.md section 6, defect 6). */
const newestBefore = (shard: BuiltShard | undefined, now: string): string =>
  shard?.modified.findLast((time) => time <= now) ?? '1970-01-01T00:00:00Z';

async function publish(
  request: RefreshRequest,
  gathered: Gathered & { readonly catalogues: Catalogues },
  first: ShardManifest | undefined,
  listStamps: Readonly<Record<string, string>> = {},
): Promise<Pick<RefreshResult, 'generation' | 'published' | 'changes' | 'exploited'>> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const pointer = await readPointer(request.table, { consistent: true });
    const base = pointer === undefined ? undefined : await readManifest(request.blobs, pointer.manifest);
    const { overtaken, ...next } = merge(gathered, base, first);
    const builtAt = request.now().toISOString();
    // What somebody else published meanwhile is not what our stamps speak of.
    const stamps = Object.assign(
      { ...pointer?.stamps },
      ...[...gathered.stamps].flatMap(([ecosystem, own]) => (overtaken.has(ecosystem) ? [] : [own])),
      next.cves?.hash === gathered.catalogues.cves?.hash ? listStamps : {},
    ) as Readonly<Record<string, string>>;
    const feeds = freshFeeds(pointer?.feeds, gathered.asked, builtAt);
    const condition =
      pointer === undefined
        ? ({ absent: true } as const)
        : ({ equals: { attribute: 'generation', value: pointer.generation } } as const);
    if (base !== undefined && same(base, next)) {
      if (pointer !== undefined)
        await request.table.put(pointerItem({ ...pointer, stamps, feeds, checkedAt: builtAt }), condition);
      return { generation: base.generation, published: false, changes: [], exploited: { added: [], removed: [] } };
    }
    if (
      base === undefined &&
      Object.keys(next.shards).length === 0 &&
      catalogueHashes(next).every((hash) => hash === undefined)
    )
      return { generation: 0, published: false, changes: [], exploited: { added: [], removed: [] } };
    const manifest: ShardManifest = {
      schemaVersion: 1,
      generation: (base?.generation ?? 0) + 1,
      matcher: matcherVersion,
      builtAt,
      ...next,
      ...(pointer === undefined ? {} : { previous: pointer.manifest }),
    };
    const changes = await changesBetween(request.blobs, base, manifest);
    const exploited = await exploitedChanges(request, base, manifest);
    const key = await writeManifest(request.blobs, manifest);
    const written = await request.table.put(
      pointerItem({ generation: manifest.generation, manifest: key, stamps, feeds, checkedAt: builtAt }),
      condition,
    );
    if (written === 'written') return { generation: manifest.generation, published: true, changes, exploited };
  }
  throw new AdvisoryError(
    'busy',
    request.source.describe,
    `${request.source.describe}: other refreshes publish all the time; this one will be tried again`,
  );
}

const freshFeeds = (before: Pointer['feeds'] | undefined, asked: Gathered['asked'], now: string): Pointer['feeds'] => ({
  ...before,
  ...Object.fromEntries([...asked].map(([feed, seen]) => [feed, freshnessAfter(before?.[feed], seen, now)])),
});

/** What was gathered, on top of what is published now. Of a shard that somebody else published meanwhile the newer one stays. */
function merge(
  gathered: Gathered & { readonly catalogues: Catalogues },
  base: ShardManifest | undefined,
  first: ShardManifest | undefined,
): Pick<ShardManifest, 'shards'> & Catalogues & { readonly overtaken: ReadonlySet<string> } {
  const overtaken = new Set<string>();
  const shards = new Map(Object.entries(base?.shards ?? {}));
  for (const [name, entry] of gathered.shards) {
    const theirs = base?.shards[name];
    const moved = theirs !== undefined && theirs.hash !== first?.shards[name]?.hash;
    if (moved && theirs.source === (entry?.source ?? theirs.source) && theirs.asOf >= (entry?.asOf ?? '')) {
      overtaken.add(splitEcosystem(name).base);
      continue;
    }
    if (entry === undefined) shards.delete(name);
    else shards.set(name, entry);
  }
  return {
    shards: Object.fromEntries([...shards].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...mergeCatalogues(gathered.catalogues, base, first),
    overtaken,
  };
}

function same(base: ShardManifest, next: Pick<ShardManifest, 'shards'> & Catalogues): boolean {
  const hashes = (manifest: Pick<ShardManifest, 'shards'> & Catalogues): string =>
    JSON.stringify([
      Object.entries(manifest.shards)
        .map(([name, entry]) => [name, entry.hash, entry.source])
        .sort(),
      catalogueHashes(manifest),
    ]);
  return base.matcher === matcherVersion && hashes(base) === hashes(next);
}
