import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileOrigin } from '../feeds/feed.ts';
import { folderFiles, isInnerPath } from './folder-files.ts';

/** A file that was copied. */
export interface CopiedFile {
  /** relative to the folder */
  readonly path: string;
  readonly bytes: number;
}

/**
 * An origin that leaves a copy of each file that is asked for in a folder, where `folderFiles` finds it again with the publisher's time: how a mirror is made
 * of exactly what a feed reads. What is forgotten is forgotten by the origin; the copy stays.
 */
export function copyingOrigin(origin: FileOrigin, folder: string, copied: (file: CopiedFile) => void): FileOrigin {
  const local = folderFiles(folder);
  return {
    describe: origin.describe,
    async file(path, keptAs) {
      const found = await origin.file(path, keptAs);
      if (found === undefined || !isInnerPath(path)) return undefined;
      const place = join(folder, path);
      await mkdir(dirname(place), { recursive: true });
      const temporary = `${place}.${randomUUID()}.part`;
      let bytes = 0;
      const file = await open(temporary, 'w');
      try {
        for await (const piece of found.open()) {
          bytes += piece.length;
          await file.write(piece);
        }
        await file.close();
        const time = new Date(found.modified);
        await utimes(temporary, time, time);
        await rename(temporary, place);
      } catch (error) {
        await file.close().catch(() => undefined);
        await rm(temporary, { force: true });
        throw error;
      }
      copied({ path, bytes });
      const copy = await local.file(path);
      return copy === undefined ? undefined : { ...copy, forget: () => found.forget() };
    },
  };
}
