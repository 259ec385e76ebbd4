import { isOsPackage } from './keys-of-packages.ts';
import type { PackageType } from './layer-facts.ts';
import type { Owner, Ownership } from './ownership.ts';
import type { InstalledPackage } from './types.ts';

/**
 * Marks language packages that are the same thing as an OS package (python3-requests as dist-info), which the distribution patches without
 * changing their version. Only when that OS package is the distribution's own, has advisories, and its upstream version begins with the
 * language package's (detection.md section 4, trap 22): a bundled or third-party copy stays judged by its own advisories.
 */
export function markOwned(packages: readonly InstalledPackage[], ownership: Ownership): InstalledPackage[] {
  if (!ownership.isKnown) return [...packages];
  const byName = new Map<string, InstalledPackage[]>();
  for (const found of packages) {
    if (!isOsPackage(found.type as PackageType)) continue;
    const id = `${found.type}:${found.key.name}`;
    byName.set(id, [...(byName.get(id) ?? []), found]);
  }
  return packages.map((found) => {
    if (isOsPackage(found.type as PackageType)) return found;
    const owner = ownership.ownerOf(found.path.split('!/')[0] ?? found.path);
    return owner !== undefined && speaksFor(owner, found, byName) ? { ...found, ownedBy: owner.id } : found;
  });
}

function speaksFor(
  owner: Owner,
  found: InstalledPackage,
  byName: ReadonlyMap<string, readonly InstalledPackage[]>,
): boolean {
  const candidates = byName.get(owner.id) ?? [];
  return candidates.some(
    ({ key }) =>
      key.vendor === undefined &&
      !key.ecosystem.startsWith('os-') &&
      upstream(key.version).startsWith(found.key.version),
  );
}

/** `1:2.28.1+dfsg-1` -> `2.28.1+dfsg` */
function upstream(version: string): string {
  const noEpoch = version.replace(/^\d+:/, '');
  const dash = noEpoch.lastIndexOf('-');
  return dash < 0 ? noEpoch : noEpoch.slice(0, dash);
}
