import { baseOf, below, cleanPath } from '../path.ts';
import type { ExecutableFile, Inventory } from '../types.ts';

/** Where programs that are named without a folder are looked for, in this order: images keep to it, and of PATH only the name is known. */
const folders = [
  'usr/local/sbin',
  'usr/local/bin',
  'usr/sbin',
  'usr/bin',
  'sbin',
  'bin',
  'usr/local/go/bin',
  'opt/venv/bin',
] as const;

/** of one library in one image */
const mostCopies = 20;

/** Finds the executables of an image by what they are called: a path, a name, or the name of a library. */
export class ProgramFinder {
  readonly #byPath: ReadonlyMap<string, ExecutableFile>;
  readonly #links: ReadonlyMap<string, string>;
  readonly #byName = new Map<string, Set<ExecutableFile>>();
  readonly #libraries = new Map<string, ExecutableFile[]>();
  readonly #workingDir: string;

  constructor({
    executables,
    programLinks = [],
    config,
  }: Pick<Inventory, 'executables' | 'programLinks'> & { readonly config: { readonly workingDir?: string } }) {
    this.#byPath = new Map(executables.map((file) => [file.path, file]));
    this.#links = new Map(programLinks.map(({ path, target }) => [path, target]));
    this.#workingDir = cleanPath(config.workingDir ?? '');
    for (const file of executables) {
      if (isLibrary(file)) {
        for (const name of new Set([file.linkage?.soname ?? baseOf(file.path), baseOf(file.path)])) {
          const known = this.#libraries.get(name);
          if (known === undefined) this.#libraries.set(name, [file]);
          else if (known.length < mostCopies) known.push(file);
        }
      } else this.#call(baseOf(file.path), file);
    }
    for (const { path, target } of programLinks) {
      const file = this.#byPath.get(target);
      if (file !== undefined) this.#call(baseOf(path), file);
    }
  }

  #call(name: string, file: ExecutableFile): void {
    const known = this.#byName.get(name) ?? new Set();
    known.add(file);
    this.#byName.set(name, known);
  }

  /** The program that a word of a command line names: by its path, else by its name, if only one in the image has it. */
  named(word: string): ExecutableFile | undefined {
    if (word.includes('/')) return this.at(word.startsWith('/') ? word : below(this.#workingDir, word));
    for (const folder of folders) {
      const found = this.at(below(folder, word));
      if (found !== undefined && !isLibrary(found)) return found;
    }
    const [only, ...others] = this.#byName.get(word) ?? [];
    return others.length === 0 ? only : undefined;
  }

  /** The executable at a path, links followed. */
  at(path: string): ExecutableFile | undefined {
    let place = '';
    for (const part of cleanPath(path).split('/')) {
      const next = below(place, part);
      place = this.#links.get(next) ?? next;
    }
    return this.#byPath.get(place);
  }

  /** Libraries that call themselves so, for the same machine; several are there when something brought its own copy. */
  library(name: string, machine: number | undefined): readonly ExecutableFile[] {
    if (name.includes('/')) return [this.at(name)].flatMap((file) => file ?? []);
    return (this.#libraries.get(name) ?? []).filter(({ linkage }) => linkage?.machine === machine);
  }
}

/** Whether a file is there to be loaded by others. */
export const isLibrary = ({ linkage }: ExecutableFile): boolean =>
  linkage?.kind === 'library' || linkage?.kind === 'object';
