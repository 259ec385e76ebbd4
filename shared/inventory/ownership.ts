import { ownerType } from './databases.ts';
import { isOsPackage } from './keys-of-packages.ts';
import type { OwnedEvidence } from './layer-facts.ts';
import type { MergedFiles } from './merged-files.ts';
import { below, folderOf } from './path.ts';
import { PathNumbers } from './path-numbers.ts';
import { pathHash } from './path-table.ts';

/** The package that owns a file: one of the operating system, or of a language that lists its files. */
export interface Owner {
  /** `deb:python3-requests`, `nuget:Newtonsoft.Json` */
  readonly id: string;
  readonly system: OwnedEvidence['system'];
  readonly home: string;
  readonly name: string;
  /** index of the layer that its list of files is from */
  readonly layer: number;
  /** the package is one of the operating system, which has patches of its own */
  readonly ofSystem: boolean;
}

const mostAliases = 16;

/**
 * Which package owns a path; where both list it, the operating system's: it patches the file. Databases list paths as packages spell them
 * (`/lib/x`), files lie where links lead (`/usr/lib/x`): both are compared, and every other spelling through a folder link (detection.md,
 * section 4, trap 23). The database of a root filesystem that lies inside of the image speaks of what lies there, and of nothing else.
 */
export class Ownership {
  readonly #owners: Owner[] = [];
  /** root -> path from there -> index of its owner; '' is the image's own root */
  readonly #byRoot = new Map<string, PathNumbers>();
  readonly #spellings = new Map<string, string[]>();

  constructor(merged: MergedFiles) {
    const lists: { readonly fact: OwnedEvidence; readonly layer: number }[] = [];
    for (const { evidence, layer } of merged.files())
      for (const fact of evidence) if (fact.kind === 'owned') lists.push({ fact, layer });
    for (const [root, ofRoot] of Map.groupBy(lists, ({ fact }) => rootOf(fact, merged))) {
      const numbers = new PathNumbers(ofRoot.reduce((sum, { fact }) => sum + fact.paths.length / 2, 0));
      for (const { fact, layer } of ofRoot) this.#add(fact, layer, numbers);
      this.#byRoot.set(root, numbers);
    }
    if (this.#owners.length === 0) return;
    for (const { path, target } of merged.links()) {
      if (path === target || path.startsWith(`${target}/`)) continue;
      const known = this.#spellings.get(target);
      if (known === undefined) this.#spellings.set(target, [path]);
      else if (known.length < mostAliases) known.push(path);
    }
  }

  /** true when some database of an operating system says which files its packages own */
  get isKnown(): boolean {
    return this.#owners.some(({ ofSystem }) => ofSystem);
  }

  ownerOf(path: string): Owner | undefined {
    if (this.#owners.length === 0) return undefined;
    const found = this.#listed(path);
    if (found !== undefined) return found;
    for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) {
      for (const other of this.#spellings.get(folder) ?? []) {
        const owner = this.#listed(below(other, path.slice(folder.length + 1)));
        if (owner !== undefined) return owner;
      }
    }
    return undefined;
  }

  #listed(path: string): Owner | undefined {
    const own = this.#byRoot.get('');
    // nearly all images have no other
    if (this.#byRoot.size > (own === undefined ? 0 : 1)) {
      for (let root = folderOf(path); root !== ''; root = folderOf(root)) {
        const index = this.#byRoot.get(root)?.get(pathHash(path.slice(root.length + 1)));
        if (index !== undefined) return this.#owners[index];
      }
    }
    const index = own?.get(pathHash(path));
    return index === undefined ? undefined : this.#owners[index];
  }

  #add({ system, home, owner, paths }: OwnedEvidence, layer: number, numbers: PathNumbers): void {
    const type = ownerType(system);
    const ofSystem = isOsPackage(type);
    const index = this.#owners.push({ id: `${type}:${owner}`, system, home, name: owner, layer, ofSystem }) - 1;
    numbers.setAll(paths, index, !ofSystem);
  }
}

/** Where the paths of a list begin. A database that the image's own root reaches by a link (`/var` -> `/data/var`) is that root's. */
function rootOf({ root, home }: OwnedEvidence, merged: MergedFiles): string {
  return root !== '' && merged.follow(home.slice(root.length + 1)) === home ? '' : root;
}
