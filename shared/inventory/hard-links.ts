import { packageKeyId } from './package-key.ts';
import { baseOf } from './path.ts';
import type { InstalledPackage } from './types.ts';

/**
 * Packages that are read out of programs, once for each file, whatever number of names it has: Docker's busybox is one program with four hundred hard links. `fileOf` tells the file
 * of those packages that are read out of one. The name that stays is one that a package owns, else the product's own, else the first; the others are kept with it.
 */
export function onceForEachFile(
  packages: readonly InstalledPackage[],
  fileOf: ReadonlyMap<InstalledPackage, object>,
  isOwned: (path: string) => boolean,
): InstalledPackage[] {
  const byFile = Map.groupBy(packages, (found) => fileOf.get(found));
  byFile.delete(undefined);
  const others = new Map<InstalledPackage, readonly string[]>();
  const left = new Set<InstalledPackage>();
  for (const [first, ...more] of byFile.values()) {
    // nearly all files have one name
    if (first === undefined || more.every(({ path }) => split(path)[0] === split(first.path)[0])) continue;
    const alike = Map.groupBy([first, ...more], ({ key, purl, path }) =>
      [packageKeyId(key), purl, split(path)[1]].join(' '),
    );
    for (const same of alike.values()) {
      const [best, ...rest] = same
        .map((found) => ({ found, rank: rankOf(found, isOwned) }))
        .sort((a, b) => a.rank - b.rank || (a.found.path < b.found.path ? -1 : 1))
        .map(({ found }) => found);
      if (best === undefined || rest.length === 0) continue;
      for (const found of rest) left.add(found);
      others.set(
        best,
        rest.map(({ path }) => split(path)[0]),
      );
    }
  }
  return packages.flatMap((found) => {
    if (left.has(found)) return [];
    const alsoAt = others.get(found);
    return [alsoAt === undefined ? found : { ...found, alsoAt }];
  });
}

function rankOf({ path, key }: InstalledPackage, isOwned: (path: string) => boolean): number {
  const [file] = split(path);
  if (isOwned(file)) return 0;
  return baseOf(file) === key.name ? 1 : 2;
}

function split(path: string): [file: string, inner?: string] {
  const at = path.indexOf('!/');
  return at < 0 ? [path] : [path.slice(0, at), path.slice(at)];
}
