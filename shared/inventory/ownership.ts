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
 * section 4, trap 23).
 */
export class Ownership {
  readonly #owners: Owner[] = [];
  /** path -> index of its owner */
  readonly #byPath: PathNumbers;
  readonly #spellings = new Map<string, string[]>();

  constructor(merged: MergedFiles) {
    const lists: { readonly fact: OwnedEvidence; readonly layer: number }[] = [];
    let paths = 0;
    for (const { evidence, layer } of merged.files()) {
      for (const fact of evidence) {
        if (fact.kind !== 'owned') continue;
        lists.push({ fact, layer });
        paths += fact.paths.length / 2;
      }
    }
    this.#byPath = new PathNumbers(paths);
    for (const { fact, layer } of lists) this.#add(fact, layer);
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
    const index = this.#byPath.get(pathHash(path));
    return index === undefined ? undefined : this.#owners[index];
  }

  #add({ system, home, owner, paths }: OwnedEvidence, layer: number): void {
    const type = ownerType(system);
    const ofSystem = isOsPackage(type);
    const index = this.#owners.push({ id: `${type}:${owner}`, system, home, name: owner, layer, ofSystem }) - 1;
    this.#byPath.setAll(paths, index, !ofSystem);
  }
}
