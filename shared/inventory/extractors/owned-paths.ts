import { cleanPath } from '../path.ts';
import { pathHash } from '../path-table.ts';

/** Paths of an owner as hashes, high and low half in turn: 8 bytes each instead of the text. */
export function ownedPaths(paths: Iterable<string>): Uint32Array {
  const halves: number[] = [];
  for (const path of paths) {
    const clean = cleanPath(path);
    if (clean === '') continue;
    const { high, low } = pathHash(clean);
    halves.push(high, low);
  }
  return Uint32Array.from(halves);
}
