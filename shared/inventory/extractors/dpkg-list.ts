import { isUtf8 } from 'node:buffer';
import { OwnedPaths } from './owned-paths.ts';

const newline = 10;
const slash = 47;

/**
 * The files of a `.list` of dpkg as path hashes, a path a line (an image has some 100,000: no text is made of them). A folder stands before what lies in it
 * and is left out: only files are owned by one package. `beside` are paths that belong to it too.
 */
export function listedFiles(list: Buffer, beside: readonly string[] = []): Uint32Array {
  // what is no UTF-8 is hashed as the text that it is read as elsewhere
  const bytes = isUtf8(list) ? list : Buffer.from(list.toString('utf8'));
  const files = new OwnedPaths();
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(newline, start);
    const end = found < 0 ? bytes.length : found;
    if (!isFolder(bytes, start, end)) files.addBytes(bytes, start, end);
    start = end + 1;
  }
  for (const path of beside) files.add(path);
  return files.all();
}

/** Whether the next line is a path below this one. */
function isFolder(bytes: Buffer, start: number, end: number): boolean {
  const next = end + 1;
  const length = end - start;
  if (bytes[next + length] !== slash) return false;
  // paths of one package differ at their ends
  for (let at = length - 1; at >= 0; at -= 1) if (bytes[start + at] !== bytes[next + at]) return false;
  return true;
}
