import { Hiding } from './hiding.ts';
import type {
  DatabaseHome,
  Evidence,
  ExecutableFact,
  FoundPackage,
  LayerFacts,
  PackagesEvidence,
} from './layer-facts.ts';
import { baseOf, below, folderOf } from './path.ts';

/** A path of the merged image that something is known of. */
export interface MergedFile {
  /** where it really is, folder links resolved */
  readonly path: string;
  /** index of the layer that it is from */
  readonly layer: number;
  readonly evidence: readonly Evidence[];
  readonly executable?: ExecutableFact;
  /** index of the layer that gave it the content that it has: writing the same executable again (chmod -R) changes nothing */
  readonly contentLayer: number;
  /** package (type, name, version, architecture) -> index of the first layer from which on it stays */
  readonly origins: ReadonlyMap<string, number>;
}

/** A link, and where it leads in the end. */
export interface ResolvedLink {
  readonly path: string;
  readonly target: string;
}

/** A package database that is no longer there. */
export interface LostDatabase {
  readonly database: DatabaseHome;
  readonly packages: readonly FoundPackage[];
}

/** as Linux (ELOOP) */
const mostLinks = 40;
/** PATH_MAX: longer targets cannot be followed by Linux either */
const longestTarget = 4095;
const mostSteps = 50_000_000;
/** packages that hard links list once more: a few kilobytes could claim billions. The store of a large monorepo has some 20,000 */
const mostLinkedPackages = 100_000;
/** OSTree keeps the content of every file under its checksum as well; known by the file's own name it is what its owner says, and there once */
const ostreeObject = /(?:^|\/)ostree\/repo\/objects\/[0-9a-f]{2}\/[^/]+$/;

/**
 * The files that are known of while layers are laid on each other, base first: links are resolved by what is below, and whatever a
 * layer puts at or above a path takes away what was there (detection.md section 3).
 */
export class MergedFiles {
  readonly #files = new Map<string, MergedFile>();
  readonly #links = new Map<string, string>();
  readonly #layers: Hiding[] = [];
  readonly #realFolders = new Map<string, string>();
  #resolved: readonly ResolvedLink[] | undefined;
  /** databases that were there once, by home, with the packages that they listed last */
  readonly #databases = new Map<string, LostDatabase>();
  #steps = 0;
  /** set when a layer changes links while it writes through them: only the order in a runtime says where its files end up */
  isUncertain = false;
  #linkedPackages = 0;
  /** hard links to evidence of which nothing is known */
  readonly dangling: { readonly path: string; readonly target: string }[] = [];

  /** executables of which only their hashes could tell whether a layer wrote the same content again; until then they count as changed */
  readonly inDoubt = new Set<ExecutableFact>();

  /** true when so many links were followed that no more will be: paths are then known by their text alone */
  get exhausted(): boolean {
    return this.#steps > mostSteps;
  }

  /** true when hard links list so many packages that further ones do not */
  get isFullOfLinked(): boolean {
    return this.#linkedPackages > mostLinkedPackages;
  }

  /** Lays the next layer on top. `index` counts from the base. */
  add(facts: LayerFacts, index: number): void {
    this.#resolved = undefined;
    const hiding = new Hiding(facts.paths, this.#links, (path) => this.real(path));
    const gone = new Map<string, MergedFile>();
    for (const [path, file] of this.#files) {
      if (!hiding.hides(path)) continue;
      gone.set(path, file);
      this.#files.delete(path);
    }
    for (const path of this.#links.keys()) {
      if (hiding.isUnsureOf(path)) this.isUncertain = true;
      if (hiding.hides(path)) this.#links.delete(path);
    }
    this.#realFolders.clear();
    if (hiding.leadsElsewhere((path) => this.real(path))) this.isUncertain = true;
    this.#layers.push(hiding);
    this.#lay(facts, index, gone);
  }

  /** Files of the merged image, in no order that means anything. */
  files(): IterableIterator<MergedFile> {
    return this.#files.values();
  }

  /** Databases that a layer had and that are no longer there, with what they listed last and no other of their kind in the same root lists by name. */
  lostDatabases(): LostDatabase[] {
    const there = new Set<string>();
    const lists: PackagesEvidence[] = [];
    for (const { evidence } of this.#files.values()) {
      for (const fact of evidence) {
        const home = homeOf(fact);
        if (home === undefined || fact.kind !== 'packages') continue;
        there.add(home);
        lists.push(fact);
      }
    }
    const gone = [...this.#databases].flatMap(([home, lost]) => (there.has(home) ? [] : [lost]));
    if (gone.length === 0) return [];
    const listed = new Set(
      lists.flatMap(({ database, packages }) => packages.map(({ name }) => `${kindOf(database)} ${name}`)),
    );
    return gone.flatMap(({ database, packages }) => {
      const lost = packages.filter(({ name }) => !listed.has(`${kindOf(database)} ${name}`));
      return lost.length === 0 ? [] : [{ database, packages: lost }];
    });
  }

  /** The file at a path, links followed to their end. */
  at(path: string): MergedFile | undefined {
    return this.#files.get(this.#follow(path, true));
  }

  /** Whether a folder is there in the merged image. */
  hasFolder(path: string): boolean {
    return this.#top(path, (layer, real) => layer.hasFolder(real));
  }

  /** Whether something that is no folder is there at the end of a path's links. */
  hasOther(path: string): boolean {
    return this.#top(path, (layer, real) => layer.hasOther(real));
  }

  #top(path: string, has: (layer: Hiding, real: string) => boolean): boolean {
    const real = this.#follow(path, true);
    for (const layer of this.#layers.toReversed()) {
      if (has(layer, real)) return true;
      if (layer.hides(real)) return false;
    }
    return false;
  }

  /** A path with all links followed to their end. */
  follow(path: string): string {
    return this.#follow(path, true);
  }

  /** A path with the links of its folders resolved; its last part stays, be it a link or not. */
  real(path: string): string {
    const folder = folderOf(path);
    if (folder === '') return path;
    const real = this.#realFolder(folder);
    return real === folder ? path : below(real, baseOf(path));
  }

  /** Visible links: where they are and where they lead, resolved. */
  links(): readonly ResolvedLink[] {
    this.#resolved ??= [...this.#links.keys()].map((path) => ({ path, target: this.#follow(path, true) }));
    return this.#resolved;
  }

  #realFolder(folder: string): string {
    const known = this.#realFolders.get(folder);
    if (known !== undefined) return known;
    const real = this.#follow(folder, true);
    this.#realFolders.set(folder, real);
    return real;
  }

  #follow(path: string, last: boolean): string {
    if (this.#links.size === 0 || this.exhausted) return path;
    const todo = path.split('/').reverse();
    let place = '';
    let followed = 0;
    for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
      this.#steps += 1;
      if (part === '' || part === '.') continue;
      if (part === '..') {
        place = folderOf(place);
        continue;
      }
      const next = below(place, part);
      const target = todo.length > 0 || last ? this.#links.get(next) : undefined;
      if (target === undefined) {
        place = next;
        continue;
      }
      followed += 1;
      // a loop leads nowhere at run time; by its text the path stays known
      if (followed > mostLinks || target.length > longestTarget || this.exhausted) return path;
      if (target.startsWith('/')) place = '';
      for (const piece of target.split('/').reverse()) todo.push(piece);
    }
    return place;
  }

  /** Puts the layer's own things in the order of its archive, so that what is written through a link lands where it leads. */
  #lay(facts: LayerFacts, index: number, gone: ReadonlyMap<string, MergedFile>): void {
    const linkedObjects: string[] = [];
    for (const step of inOrder(facts)) {
      const path = this.real(step.path);
      if ('unlink' in step) {
        if (this.#links.get(path) === step.unlink) this.#links.delete(path);
        this.#realFolders.clear();
        continue;
      }
      if ('link' in step) {
        this.#files.delete(path);
        this.#links.set(path, step.link);
        this.#realFolders.clear();
        continue;
      }
      if ('hard' in step) {
        const target = this.real(step.hard);
        // a target that this very layer removes may still have been there when the link was made
        const from = this.#files.get(target) ?? gone.get(target);
        if (step.evidence !== undefined) {
          const executable = from?.executable;
          const known = { evidence: step.evidence, ...(executable === undefined ? {} : { executable }) };
          this.#place(path, index, known, gone.get(path));
          if (ostreeObject.test(target)) linkedObjects.push(target);
        } else if (from !== undefined && isWhereItSays(from, path)) {
          this.#place(path, index, this.#linked(from), gone.get(path));
          if (ostreeObject.test(target)) linkedObjects.push(target);
        } else if (step.wanted && !(step.alike && from === undefined)) this.dangling.push({ path, target: step.hard });
        continue;
      }
      if (this.#links.delete(path)) this.#realFolders.clear();
      this.#place(path, index, step, this.#files.get(path) ?? gone.get(path));
    }
    for (const path of linkedObjects) this.#files.delete(path);
  }

  /** What is known of a file under one more name. */
  #linked({ evidence, executable }: MergedFile): Pick<MergedFile, 'evidence' | 'executable'> {
    for (const fact of evidence) if (fact.kind === 'packages') this.#linkedPackages += fact.packages.length;
    const kept = this.isFullOfLinked ? evidence.filter(({ kind }) => kind !== 'packages') : evidence;
    return { evidence: kept, ...(executable === undefined ? {} : { executable }) };
  }

  #isSameContent(now: ExecutableFact | undefined, { executable: before }: MergedFile): boolean {
    if (now === undefined || before === undefined) return false;
    if (now === before) return true;
    if (now.size !== before.size) return false;
    if (now.sha256 !== undefined && before.sha256 !== undefined) return now.sha256 === before.sha256;
    this.inDoubt.add(now).add(before);
    return false;
  }

  #place(
    path: string,
    layer: number,
    { evidence, executable }: Pick<MergedFile, 'evidence' | 'executable'>,
    before: MergedFile | undefined,
  ): void {
    this.#files.set(path, {
      path,
      layer,
      evidence,
      ...(executable === undefined ? {} : { executable }),
      contentLayer: before !== undefined && this.#isSameContent(executable, before) ? before.contentLayer : layer,
      origins: this.#originsOf(evidence, layer, before),
    });
  }

  #originsOf(evidence: readonly Evidence[], layer: number, before: MergedFile | undefined): MergedFile['origins'] {
    let origins: Map<string, number> | undefined;
    for (const fact of evidence) {
      if (fact.kind !== 'packages') continue;
      const { database, packages } = fact;
      const home = homeOf(fact);
      if (home !== undefined && database !== undefined) this.#databases.set(home, { database, packages });
      origins ??= new Map();
      for (const found of packages) {
        const id = foundId(found);
        origins.set(id, before?.origins.get(id) ?? layer);
      }
    }
    return origins ?? noOrigins;
  }
}

/** of the many files that list no packages */
const noOrigins: MergedFile['origins'] = new Map();

/** What makes a package the same one in the next version of its database. */
export function foundId(found: {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  readonly inner?: string;
}): string {
  return `${found.type}|${found.name}|${found.version}|${found.architecture ?? ''}|${found.inner ?? ''}`;
}

/**
 * Evidence of a database holds for the folder that it was read in; under another name it would be judged wrongly. Lists of a Python package's files do not: conda links
 * them from its cache into environments.
 */
function isWhereItSays(file: MergedFile, path: string): boolean {
  return (
    folderOf(file.path) === folderOf(path) ||
    !file.evidence.some((fact) => (fact.kind === 'owned' && fact.system !== 'pypi') || homeOf(fact) !== undefined)
  );
}

/** databases of one package manager in one root filesystem list the same packages, wherever they lie */
function kindOf(database: DatabaseHome | undefined): string {
  return `${database?.system} ${database?.root}`;
}

function homeOf(fact: Evidence): string | undefined {
  if (fact.kind !== 'packages' || fact.database === undefined || fact.packages.length === 0) return undefined;
  return `${fact.database.system} ${fact.database.home}`;
}

type Step =
  | { readonly path: string; readonly order: number; readonly link: string }
  | { readonly path: string; readonly order: number; readonly unlink: string }
  | {
      readonly path: string;
      readonly order: number;
      readonly hard: string;
      readonly wanted: boolean;
      readonly alike: boolean;
      /** what was read of the content under this name */
      readonly evidence?: Evidence[];
    }
  | { readonly path: string; readonly order: number; readonly evidence: Evidence[]; executable?: ExecutableFact };

function inOrder(facts: LayerFacts): Step[] {
  const files = new Map<number, { path: string; order: number; evidence: Evidence[]; executable?: ExecutableFact }>();
  const file = (path: string, order: number) => {
    const known = files.get(order) ?? { path, order, evidence: [] };
    files.set(order, known);
    return known;
  };
  for (const fact of facts.evidence) file(fact.path, fact.order).evidence.push(fact);
  for (const fact of facts.executables) file(fact.path, fact.order).executable = fact;
  const hardLinks = facts.hardLinks.map(({ path, order, target: hard, wanted, alike }) => {
    const own = files.get(order);
    files.delete(order);
    return { path, order, hard, wanted, alike, ...(own === undefined ? {} : { evidence: own.evidence }) };
  });
  return [
    ...files.values(),
    ...hardLinks,
    ...facts.links.map(({ path, order, target }) => ({ path, order, link: target })),
    ...facts.links.flatMap(({ path, until, target }) =>
      until === undefined ? [] : [{ path, order: until - 0.5, unlink: target }],
    ),
  ].sort((a, b) => a.order - b.order);
}
