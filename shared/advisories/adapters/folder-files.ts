import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceUnavailable } from '../errors.ts';
import type { FileOrigin } from '../feeds/feed.ts';

/** True for a path that stays inside its origin: names joined by `/`, none of them `..`. */
export const isInnerPath = (path: string): boolean =>
  path.length <= 500 && path.split('/').every((name) => /^[\w.+@:~=-]+$/.test(name) && !/^\.+$/.test(name));

/** Files of a publication in a folder: a mirror that somebody carried over. */
export function folderFiles(folder: string): FileOrigin {
  return {
    describe: folder,
    async file(path) {
      // An absolute address is the publisher's own host, which whoever names a folder does not want to be asked.
      if (!isInnerPath(path)) return undefined;
      const place = join(folder, path);
      const found = await stat(place).catch(() => undefined);
      if (found?.isFile() !== true) return undefined;
      return {
        about: place,
        stamp: `file ${found.size} ${found.mtimeMs}`,
        modified: `${found.mtime.toISOString().slice(0, 19)}Z`,
        open: () => piecesOf(place),
        forget: async () => undefined,
      };
    },
  };
}

/** A file's bytes. Throws SourceUnavailable. */
export async function* piecesOf(path: string, about = path): AsyncGenerator<Buffer> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 256 << 10 })) yield piece as Buffer;
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause)
      throw new SourceUnavailable(about, 'it cannot be read', { cause });
    throw cause;
  }
}
