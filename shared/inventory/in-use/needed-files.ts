import { baseOf } from '../path.ts';
import type { ExecutableFile } from '../types.ts';
import type { ProgramFinder } from './program-finder.ts';

/** Files that are loaded together, each with what leads to it, and the names that nothing in the image answers to. */
export interface NeededFiles {
  readonly files: ReadonlyMap<ExecutableFile, string>;
  /** `libfoo.so.1, which nginx needs`; undefined: everything was found */
  readonly missing?: string;
}

/** chains are for people; a longer one says no more */
const longestChain = 400;

/**
 * Everything that the loader brings into memory for some files: their loader, the libraries that they need, and what those need (DT_NEEDED, gABI "Dynamic Linking"). A name
 * that several libraries have counts for all of them: which one is loaded depends on how the program is called. Pure; each file is looked at once.
 */
export function neededFiles(starts: ReadonlyMap<ExecutableFile, string>, finder: ProgramFinder): NeededFiles {
  const files = new Map(starts);
  let missing: string | undefined;
  // a map gives what is put into it while it is gone through, so that each is reached once
  for (const [{ path, linkage }, chain] of files) {
    if (linkage === undefined) continue;
    const loader = linkage.loader === undefined ? [] : [linkage.loader];
    for (const name of [...loader, ...linkage.needed.map((each) => each.name)]) {
      // a loader is named by a path that only a link may lead to; its own name is the last part of it
      const at = finder.library(name, linkage.machine);
      const found = at.length === 0 && loader.includes(name) ? finder.library(baseOf(name), linkage.machine) : at;
      if (found.length === 0 && !loader.includes(name)) missing ??= `${name}, which ${baseOf(path)} needs`;
      for (const file of found) {
        const longer = `${chain} -> ${baseOf(name)}`;
        if (!files.has(file)) files.set(file, longer.length > longestChain ? `… -> ${baseOf(name)}` : longer);
      }
    }
  }
  return { files, ...(missing === undefined ? {} : { missing }) };
}
