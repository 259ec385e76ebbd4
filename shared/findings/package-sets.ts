import {
  matchName,
  matchVersion,
  type PackageKey,
  type PackageSet,
  packageKeyId,
  parsePackageKeyId,
  shardName,
} from '#shared/inventory';
import type { Digest } from '#shared/oci';
import { type Blobs, type Item, keyId, keys, packJson, StoreError, type Table, unpackJson } from '#shared/store';

const blobOf = (set: string): string => `sets/${set}`;

/**
 * Keeps package sets: the edge to the image, the blob with the keys, the edges from each package name, the head. A set is immutable and known by its
 * content, so a head that is there means that its edges are too. The image's edge comes before the look at the head: a sweep that means to take a set away
 * says so in its head first and asks for such edges then, so that either it sees this one, or the head is seen to be leaving, and all of it is written again.
 */
export async function writePackageSets(
  table: Table,
  blobs: Blobs,
  sets: readonly PackageSet[],
  digest: Digest,
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  await table.batchWrite(sets.map((set) => ({ ...keys.setImage(set.id, digest), digest, at })));
  const heads = await table.batchGet(
    sets.map((set) => keys.set(set.id)),
    { consistent: true },
  );
  const known = new Set(heads.filter((head) => head.leaving === undefined).map((head) => head.pk));
  for (const set of sets) {
    if (known.has(keys.set(set.id).pk)) continue;
    await blobs.put(blobOf(set.id), packJson(set.keys.map(packageKeyId)));
    await table.batchWrite(edgesOf(set, at));
    // whatever stands there: all below it was written by us just now
    await table.put({ ...keys.set(set.id), packages: set.keys.length, at });
  }
}

/** The edge from each package of a set, at its version, to the set. */
function edgesOf(set: PackageSet, at: string): Item[] {
  const edges = new Map<string, Item>();
  for (const key of set.keys) {
    const edge = keys.packageEdge(shardName(key), matchName(key), matchVersion(key), set.id);
    edges.set(keyId(edge), { ...edge, set: set.id, at });
  }
  return [...edges.values()];
}

/** The package keys of a set. Throws when its blob is gone: the sweep must read the image again. */
export async function readPackageSet(blobs: Blobs, set: string): Promise<PackageKey[]> {
  return (await readPackageSetIds(blobs, set)).map(parsePackageKeyId);
}

/** The same as they are written, by packageKeyId. */
export async function readPackageSetIds(blobs: Blobs, set: string): Promise<string[]> {
  const bytes = await blobs.get(blobOf(set));
  if (bytes === undefined)
    throw new StoreError('missing', blobOf(set), 'read the image again: drydock scan, or wait for the nightly sweep');
  return unpackJson(bytes) as string[];
}
