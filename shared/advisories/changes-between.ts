import type { Blobs } from '#shared/store';
import { epssCrossings } from './epss.ts';
import { BrokenShard } from './errors.ts';
import type { OpenedShard } from './open-shard.ts';
import { type PublishPorts, readEpss, readManifest, readPointer, readShard } from './published.ts';
import { changedNames, someChanges } from './shard-changes.ts';
import type { ShardChange, ShardManifest } from './types.ts';

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
  const changes: ShardChange[] = [];
  for (const shard of names) {
    const [old, fresh] = [before?.shards[shard]?.hash, after.shards[shard]?.hash];
    if (old === fresh && !everything) continue;
    changes.push({ shard, names: changedNames(await oldShard(blobs, old), await newShard(blobs, fresh), everything) });
  }
  return someChanges(changes);
}

async function newShard(blobs: Blobs, hash: string | undefined): Promise<OpenedShard | undefined> {
  if (hash === undefined) return undefined;
  const shard = await readShard(blobs, hash);
  if (shard === undefined) throw new BrokenShard(hash, 'the shard is gone');
  return shard;
}

async function oldShard(blobs: Blobs, hash: string | undefined): Promise<OpenedShard | undefined> {
  try {
    return hash === undefined ? undefined : await readShard(blobs, hash);
  } catch (error) {
    if (error instanceof BrokenShard) return undefined;
    throw error;
  }
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
    before = before.previous === undefined ? undefined : await known(ports.blobs, before.previous);
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
  const old = before?.epss === undefined ? undefined : await readEpss(blobs, before.epss.hash).catch(() => undefined);
  const fresh = after.epss === undefined ? undefined : await readEpss(blobs, after.epss.hash);
  const { reached, fell } = epssCrossings(old, fresh, threshold);
  return reached.length + fell.length > 0;
}

async function known(blobs: Blobs, key: string): Promise<ShardManifest | undefined> {
  try {
    return await readManifest(blobs, key);
  } catch (error) {
    if (error instanceof BrokenShard) return undefined;
    throw error;
  }
}
