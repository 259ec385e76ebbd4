import type { LayerFacts } from './layer-facts.ts';
import type { MergedFiles } from './merged-files.ts';
import type { Ownership } from './ownership.ts';
import type { FoundSecret, InventoryLayer } from './types.ts';

/**
 * Keys and tokens of all layers, those that a later one deletes or replaces too: each (path, kind) once, as it is in the end or as the last layer had it. What an OS package
 * owns is public. In the order of their paths.
 */
export function secretsOf(
  facts: readonly LayerFacts[],
  layers: readonly InventoryLayer[],
  merged: MergedFiles,
  ownership: Ownership,
): FoundSecret[] {
  const found = new Map<string, FoundSecret>();
  for (const [index, { digest }] of layers.entries()) {
    for (const fact of facts[index]?.evidence ?? []) {
      if (fact.kind !== 'secret') continue;
      const path = merged.real(fact.path);
      if (ownership.ownerOf(path)?.ofSystem === true) continue;
      const isThere = merged.at(path)?.evidence.some((now) => now.kind === 'secret' && now.what === fact.what) ?? false;
      found.set(`${fact.what} ${path}`, { path, what: fact.what, layer: digest, isThere });
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
