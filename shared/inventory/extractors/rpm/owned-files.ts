import { cleanPath } from '../../path.ts';
import { pathHash } from '../../path-table.ts';
import { type RpmHeader, tag } from './header-blob.ts';

const folderBits = 0o040000;
const kindBits = 0o170000;
const longestPath = 4096;
const mostFolders = 1_000_000;

/** Bytes of paths that one database may still make of its file lists: a name is stored once and its folder many times. */
export interface PathBudget {
  bytes: number;
}

/** The files of a package as path hashes, high and low half in turn; folders are shared and left out. Stops where the budget ends. */
export function ownedFiles(header: RpmHeader, budget: PathBudget): Uint32Array {
  const halves: number[] = [];
  for (const path of pathsOf(header)) {
    budget.bytes -= path.length + 1;
    if (budget.bytes < 0) break;
    const clean = cleanPath(path);
    if (clean === '') continue;
    const { high, low } = pathHash(clean);
    halves.push(high, low);
  }
  return Uint32Array.from(halves);
}

function* pathsOf(header: RpmHeader): Generator<string> {
  const folders: string[] = [];
  for (const folder of header.texts(tag.dirNames)) if (folders.push(folder) >= mostFolders) break;
  let index = -1;
  for (const name of header.texts(tag.baseNames)) {
    index += 1;
    const folder = folders[header.number(tag.dirIndexes, index) ?? -1];
    if (folder === undefined || isFolder(header, index) || folder.length + name.length > longestPath) continue;
    yield folder + name;
  }
  // rpm 3 wrote whole paths
  if (index >= 0) return;
  for (const path of header.texts(tag.oldFileNames)) {
    index += 1;
    if (!isFolder(header, index) && path.length <= longestPath) yield path;
  }
}

function isFolder(header: RpmHeader, index: number): boolean {
  return ((header.number(tag.fileModes, index) ?? 0) & kindBits) === folderBits;
}
