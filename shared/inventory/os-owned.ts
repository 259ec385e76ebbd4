import { isOsPackage } from './keys-of-packages.ts';
import type { Owner, Ownership } from './ownership.ts';
import { folderOf } from './path.ts';
import type { InstalledPackage, InventoryLayer } from './types.ts';
import { isUnjudgedDistribution } from './unjudged.ts';

/** of one name, one for each architecture or version that may lie beside another; more are somebody's attempt */
const mostOfOneName = 64;

/** When packages came: the index of the layer that brought each, and of an OS package by the id that owners have (`deb:curl`). */
export class Arrivals {
  readonly #order = new Map<string, number>();
  readonly #owners = new Map<string, { readonly packages: InstalledPackage[]; last: number }>();

  constructor(packages: readonly InstalledPackage[], layers: readonly InventoryLayer[]) {
    for (const [index, { digest }] of layers.entries()) if (!this.#order.has(digest)) this.#order.set(digest, index);
    for (const found of packages) {
      if (!isOsPackage(found.type)) continue;
      const id = `${found.type}:${found.key.name}`;
      const known = this.#owners.get(id) ?? { packages: [], last: 0 };
      if (known.packages.length < mostOfOneName) known.packages.push(found);
      known.last = Math.max(known.last, this.indexOf(found));
      this.#owners.set(id, known);
    }
  }

  /** The OS packages of an owner's id, one for each architecture. */
  packagesOf(owner: Pick<Owner, 'id'>): readonly InstalledPackage[] {
    return this.#owners.get(owner.id)?.packages ?? [];
  }

  indexOf({ layer }: InstalledPackage): number {
    return this.#order.get(layer) ?? 0;
  }

  /** Whether a file whose content is from layer `index` was changed after its owner was installed: then it is no longer the owner's. */
  isChangedSince(owner: OwnerId, index: number): boolean {
    if (!owner.ofSystem) return index > owner.layer;
    const known = this.#owners.get(owner.id);
    return known !== undefined && index > known.last;
  }
}

/**
 * Marks language packages that are the same thing as an OS package (python3-requests as dist-info), which the distribution patches without
 * changing their version. Only when that OS package is the distribution's own, has advisories, was installed no earlier than they were, and its upstream
 * version is the language package's (detection.md section 4, trap 22): a bundled, third-party or later copy stays judged by its own advisories.
 */
export function markOwned(
  packages: readonly InstalledPackage[],
  ownership: Ownership,
  arrivals: Arrivals,
  installers: ReadonlyMap<string, 'rpm' | 'deb'> = new Map(),
): InstalledPackage[] {
  if (!ownership.isKnown) return installers.size === 0 ? [...packages] : markInstalled(packages, arrivals, installers);
  return packages.map((found) => {
    if (isOsPackage(found.type)) return found;
    const owner = ownership.ownerOf(found.path.split('!/')[0] ?? found.path);
    return owner !== undefined && speaksFor(owner, found, arrivals) ? { ...found, ownedBy: owner.id } : found;
  });
}

/**
 * The same where nothing lists files (images without a database of their own): a Python package that says that rpm or dpkg installed it is the one of its name, if
 * that is there in its version.
 */
function markInstalled(
  packages: readonly InstalledPackage[],
  arrivals: Arrivals,
  installers: ReadonlyMap<string, 'rpm' | 'deb'>,
): InstalledPackage[] {
  return packages.map((found) => {
    const by = found.type === 'pypi' ? installers.get(folderOf(found.path)) : undefined;
    if (by === undefined) return found;
    const { name } = found.key;
    const names = [`python3-${name}`, `python3-${name.replace(/^python-/, '')}`, `python-${name}`, name];
    const owner = names
      .map((each) => ({ id: `${by}:${each}`, layer: 0, ofSystem: true }))
      .find((each) => speaksFor(each, found, arrivals));
    return owner === undefined ? found : { ...found, ownedBy: owner.id };
  });
}

type OwnerId = Pick<Owner, 'id' | 'layer' | 'ofSystem'>;

function speaksFor(owner: OwnerId, found: InstalledPackage, arrivals: Arrivals): boolean {
  return (
    !arrivals.isChangedSince(owner, arrivals.indexOf(found)) &&
    arrivals
      .packagesOf(owner)
      .some(
        ({ key }) =>
          key.vendor === undefined &&
          !isUnjudgedDistribution(key.ecosystem) &&
          isUpstream(found.key.version, key.version),
      )
  );
}

/**
 * Whether `1:2.28.1+dfsg-1` packages `2.28.1`: what follows in the upstream part may be zeros or a word, but no further number. Of
 * `3.1.7+really3.1.2` the second is what it is; `7.3.5+~7.3.9` is several upstream projects in one, each with its version. What Go adds to a
 * version (`+incompatible`) is no part of it, nor are Java's words for a release (`4.1.48.Final`, `31.1-jre`), which distributions leave out.
 */
export function isUpstream(stated: string, packaged: string): boolean {
  const version = stated
    .replace(/(?:\+(?:incompatible|dirty))+$/, '')
    .replace(/(?<=\d)[.-](?:final|release|ga|jre|android)$/i, '');
  const noEpoch = packaged.replace(/^\d+:/, '');
  const dash = noEpoch.lastIndexOf('-');
  const upstream = (dash < 0 ? noEpoch : noEpoch.slice(0, dash)).replace(/^.*really/, '');
  return upstream
    .split('+~')
    .flatMap((part) => [part, part.replaceAll(/[~_]/g, '')])
    .some((part) => part.startsWith(version) && /^(?:\.0+)*(?:$|[^0-9.])/.test(part.slice(version.length)));
}
