import { applyDelta } from './apply-delta.ts';
import type { BuiltShard } from './build-shard.ts';
import { refusal } from './catalogues.ts';
import { splitEcosystem } from './ecosystem.ts';
import { FeedRefused } from './errors.ts';
import { type FeedOutcome, isLossSettled } from './freshness.ts';
import { matcherVersion } from './matcher.ts';
import { watermarkOf } from './modified-ids.ts';
import { checkParts, checkPlausible, isMissed } from './plausible-shard.ts';
import { type Pointer, writeShard } from './published.ts';
import { readEcosystem } from './read-ecosystem.ts';
import type { RefreshRequest } from './refresh-types.ts';
import type { AdvisorySource, BrokenRecord, ShardEntry, ShardManifest } from './types.ts';

/** What a source came to, before anything of it is published. */
export interface Gathered {
  /** undefined: the source no longer has it */
  readonly shards: Map<string, ShardEntry | undefined>;
  /** by ecosystem, what to remember of its source */
  readonly stamps: Map<string, Readonly<Record<string, string>>>;
  /** what asking each feed came to */
  readonly asked: Map<string, FeedOutcome>;
  readonly broken: BrokenRecord[];
  brokenCount: number;
  /** when records say themselves that they are withdrawn, by id */
  readonly withdrawn: Map<string, string>;
  readonly refused: FeedRefused[];
}

/**
 * Reads what a refresh asks for and writes the blobs of its shards. What is empty, half-written, older or much smaller is refused by ecosystem or shard, and
 * counts as not asked for.
 */
export async function gather(
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
    withdrawn: new Map(),
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
  const acceptLoss = request.acceptAnything === true || isLossSettled(pointer?.feeds[ecosystem], now);
  const keep = (shards: ReadonlyMap<string, BuiltShard | undefined>): Promise<boolean> =>
    keepShards(request, ecosystem, shards, base, gathered, acceptLoss);
  const journal = only === undefined ? await source.journal?.(ecosystem) : undefined;
  const since = pointer?.stamps[marks.since];
  if (trusted && journal !== undefined && since !== undefined) {
    if (pointer?.stamps[marks.stamp] === journal.stamp) return 'unchanged';
    const delta = await applyDelta(request.blobs, base, journal, { ecosystem, source: about, since, now });
    if (delta !== undefined) {
      gathered.broken.push(...delta.broken);
      gathered.brokenCount += delta.broken.length;
      for (const [id, at] of delta.withdrawn) gathered.withdrawn.set(id, at);
      if (await keep(delta.shards))
        gathered.stamps.set(ecosystem, { [marks.stamp]: journal.stamp, [marks.since]: delta.watermark });
      return delta.shards.size === 0 ? 'unchanged' : 'read';
    }
  }
  const stamp = await source.modified(ecosystem);
  if (stamp === undefined) throw new FeedRefused(ecosystem, 'empty', `${about} does not hold it`);
  if (trusted && pointer?.stamps[stampKey] === stamp && (journal === undefined || since !== undefined))
    return 'unchanged';
  const parts = await source.parts?.(ecosystem);
  const partsKey = `${about} ${ecosystem} parts`;
  if (parts !== undefined && !acceptLoss) checkParts(ecosystem, pointer?.stamps[partsKey], parts);
  // Before the records: what changes while they are read is then asked for again.
  const mark = journal === undefined ? undefined : watermarkOf(await journal.ids(), now);
  const read = await readEcosystem(source, ecosystem, only, request.progress);
  gathered.broken.push(...read.broken);
  gathered.brokenCount += read.brokenCount;
  for (const [id, at] of read.withdrawn) gathered.withdrawn.set(id, at);
  const missing = missingShards(request, ecosystem, read.shards, base);
  const shards = new Map<string, BuiltShard | undefined>([...read.shards, ...missing]);
  // A refused shard must be looked at again although the file is the same.
  if (await keep(shards))
    gathered.stamps.set(ecosystem, {
      [stampKey]: stamp,
      ...(parts === undefined ? {} : { [partsKey]: JSON.stringify(parts) }),
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
    .filter(([, { givenUpAt }]) => givenUpAt === undefined)
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
  acceptLoss: boolean,
): Promise<boolean> {
  const source = sourceOf(request.source, ecosystem);
  const now = request.now().toISOString();
  let whole = true;
  for (const [name, shard] of [...built].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const asOf = newestBefore(shard, now);
    const known = base?.shards[name];
    if (shard === undefined && request.acceptAnything !== true && acceptLoss && isMissed(known)) {
      gathered.shards.set(name, { ...known, givenUpAt: now });
      continue;
    }
    try {
      if (request.acceptAnything !== true) checkPlausible(name, known, shard, asOf, source, acceptLoss);
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
