import { createHash } from 'node:crypto';
import type { Digest } from '#shared/oci';
import { packageKeyId } from './package-key.ts';
import type { Inventory, PackageKey, PackageSet } from './types.ts';

/**
 * The packages of an image by the layer that brought them, base first (glossary: package set). A key that a layer brought at several
 * paths is in its set once. Equal sets of different images have equal ids: that is how images share judgements of their base.
 */
export function packageSets(inventory: Pick<Inventory, 'layers' | 'packages'>): PackageSet[] {
  const byLayer = new Map<Digest, Map<string, PackageKey>>();
  for (const { layer, key } of inventory.packages) {
    const keys = byLayer.get(layer) ?? new Map<string, PackageKey>();
    byLayer.set(layer, keys.set(packageKeyId(key), key));
  }
  const sets: PackageSet[] = [];
  for (const { digest } of inventory.layers) {
    const keys = byLayer.get(digest);
    if (keys === undefined) continue;
    // the same blob may stand twice in a manifest
    byLayer.delete(digest);
    const sorted = [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
    sets.push({ id: setId(sorted.map(([id]) => id)), layer: digest, keys: sorted.map(([, key]) => key) });
  }
  return sets;
}

function setId(sortedIds: readonly string[]): string {
  const hash = createHash('sha256');
  for (const id of sortedIds) hash.update(id).update('\n');
  return hash.digest('hex');
}
