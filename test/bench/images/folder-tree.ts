import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import path from 'node:path';
import type { TarInput } from '../../../shared/oci/index.ts';

/** what one tar entry may hold: the writer takes a file as one buffer */
const largest = 2 ** 28;

/**
 * A folder of this machine as tar entries below `name`, in the order of names, read lazily and only read. What cannot be read, is a device, or is
 * larger than 256 MiB is left out.
 */
export function* folderTree(folder: string, name: string): Generator<TarInput> {
  const stats = statsOf(folder);
  if (stats === undefined) return;
  const mode = stats.mode & 0o7777;
  if (stats.isSymbolicLink()) yield { path: name, kind: 'symlink', linkTarget: readlinkSync(folder), mode };
  else if (stats.isDirectory()) {
    if (name !== '') yield { path: `${name}/`, mode };
    for (const child of readdirSync(folder).sort())
      yield* folderTree(path.join(folder, child), name === '' ? child : `${name}/${child}`);
  } else if (stats.isFile() && stats.size < largest) {
    const content = bytesOf(folder, stats);
    if (content !== undefined) yield { path: name, content, mode };
  }
}

function statsOf(file: string): Stats | undefined {
  try {
    return lstatSync(file);
  } catch {
    return undefined;
  }
}

function bytesOf(file: string, { size }: Stats): Buffer | undefined {
  try {
    return size === 0 ? Buffer.alloc(0) : readFileSync(file);
  } catch {
    return undefined;
  }
}
