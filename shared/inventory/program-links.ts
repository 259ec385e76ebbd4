import { folderOf } from './path.ts';
import type { ExecutableFile, ProgramLink } from './types.ts';

/** Alternatives and busybox bring some hundreds; more is made to hurt. */
const mostLinks = 5_000;

/**
 * The links by which programs are called: to an executable that is no library, or to a folder that one lies in. Libraries are found by the name that they give themselves,
 * so links to them say nothing more.
 */
export function programLinks(links: readonly ProgramLink[], executables: readonly ExecutableFile[]): ProgramLink[] {
  const programs = executables.filter(({ linkage }) => linkage?.kind !== 'library' && linkage?.kind !== 'object');
  const wanted = new Set(programs.map(({ path }) => path));
  for (const { path } of programs)
    for (let folder = folderOf(path); folder !== '' && !wanted.has(folder); folder = folderOf(folder))
      wanted.add(folder);
  const found: ProgramLink[] = [];
  for (const { path, target } of links) {
    if (path !== target && wanted.has(target)) found.push({ path, target });
    if (found.length >= mostLinks) break;
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
