import type { Blobs } from '#shared/store';
import { changedCves } from './cve-list/changed-cves.ts';
import type { OpenedCves } from './cve-list/cve-table.ts';
import { namesOfCves } from './cve-list/names-of-cves.ts';
import { epssCrossings, type OpenedEpss } from './epss.ts';
import { BrokenShard } from './errors.ts';
import type { OpenedShard } from './open-shard.ts';
import { type PublishPorts, readManifest, readPointer, readShard } from './published.ts';
import { readCves, readEpss } from './published-catalogues.ts';
import { changedNames, someChanges } from './shard-changes.ts';
import type { ShardChange, ShardManifest } from './types.ts';
import { unlessBroken } from './unless-broken.ts';

/**
 * What two manifests can judge differently. A shard of the older one that is gone counts as one that knew nothing; so do its
 * names if nothing else knows them, which is why shards must outlive the manifests that name them.
 */
export async function changesBetween(
  blobs: Blobs,
  before: ShardManifest | undefined,
  after: ShardManifest,
): Promise<readonly ShardChange[]> {
  const everything = before !== undefined && before.matcher !== after.matcher;
  const names = [...new Set([...Object.keys(before?.shards ?? {}), ...Object.keys(after.shards)])].sort();
  const cves =
    before?.cves?.hash === after.cves?.hash
      ? noChanges
      : changedCves(await unlessBroken(() => cvesOf(blobs, before?.cves?.hash)), await cvesOf(blobs, after.cves?.hash));
  const changes: ShardChange[] = [];
  for (const shard of names) {
    const [old, fresh] = [before?.shards[shard]?.hash, after.shards[shard]?.hash];
    if (old === fresh && !everything && cves.size === 0) continue;
    const opened = await shardOf(blobs, fresh);
    const changed = changedNames(
      old === fresh ? opened : await unlessBroken(() => shardOf(blobs, old)),
      opened,
      everything,
    );
    changes.push({ shard, names: opened === undefined ? changed : together(changed, namesOfCves(opened, cves)) });
  }
  return someChanges(changes);
}

const noChanges: ReturnType<typeof changedCves> = new Map();

/** Names of both, each once, in byte order. */
function together(changed: readonly string[], more: readonly string[]): readonly string[] {
  if (more.length === 0) return changed;
  return [...new Set([...changed, ...more])].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

const cvesOf = async (blobs: Blobs, hash: string | undefined): Promise<OpenedCves | undefined> =>
  hash === undefined ? undefined : readCves(blobs, hash);

async function shardOf(blobs: Blobs, hash: string | undefined): Promise<OpenedShard | undefined> {
  if (hash === undefined) return undefined;
  const shard = await readShard(blobs, hash);
  if (shard === undefined) throw new BrokenShard(hash, 'the shard is gone');
  return shard;
}

/** What is different since a generation. */
export interface ChangesSince {
  /** the newest generation */
  readonly generation: number;
  readonly changes: readonly ShardChange[];
  /** the catalogue of known exploited vulnerabilities is another, or a likelihood crossed the threshold */
  readonly exploited: boolean;
}

/**
 * Everything that can be judged differently since a generation, up to the newest: what a re-match that died, or was never told, has to
 * do. If the manifest of that generation is no longer known, everything.
 *
 * @param likelyFrom the threshold of EPSS whose crossing counts; without it none does
 */
export async function changesSince(
  ports: PublishPorts,
  generation: number,
  likelyFrom?: number,
): Promise<ChangesSince> {
  const pointer = await readPointer(ports.table, { consistent: true });
  if (pointer === undefined || pointer.generation <= generation)
    return { generation: pointer?.generation ?? 0, changes: [], exploited: false };
  const newest = await readManifest(ports.blobs, pointer.manifest);
  let before: ShardManifest | undefined = newest;
  while (before !== undefined && before.generation > generation)
    before = before.previous === undefined ? undefined : await olderManifest(ports.blobs, before.previous);
  const exploited =
    before?.kev?.hash !== newest.kev?.hash ||
    (likelyFrom !== undefined && (await crosses(ports.blobs, before, newest, likelyFrom)));
  return { generation: pointer.generation, changes: await changesBetween(ports.blobs, before, newest), exploited };
}

async function crosses(
  blobs: Blobs,
  before: ShardManifest | undefined,
  after: ShardManifest,
  threshold: number,
): Promise<boolean> {
  if (before?.epss?.hash === after.epss?.hash) return false;
  const old = await unlessBroken(() => epssOf(blobs, before));
  const fresh = await epssOf(blobs, after);
  const { reached, fell } = epssCrossings(old, fresh, threshold);
  return reached.length + fell.length > 0;
}

const epssOf = async (blobs: Blobs, manifest: ShardManifest | undefined): Promise<OpenedEpss | undefined> =>
  manifest?.epss === undefined ? undefined : readEpss(blobs, manifest.epss.hash);

const olderManifest = (blobs: Blobs, key: string): Promise<ShardManifest | undefined> =>
  unlessBroken(() => readManifest(blobs, key));
