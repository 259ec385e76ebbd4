import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { copyingOrigin, type OpenedFeed } from '#shared/advisories';

/** A publication that is read from a copy which is made of it meanwhile. */
export interface StagedFeed {
  readonly opened: OpenedFeed;
  /** The copy takes the place of the one before; returns its bytes. */
  keep(): Promise<number>;
  /** Nothing of it stays. Safe to repeat, and after `keep`. */
  drop(): Promise<void>;
}

/**
 * Copies every file that reading a publication asks for, single records too, into a folder beside the mirror's own: what is refused replaces nothing, and what
 * is kept is exactly what was read.
 */
export function stagedFeed(opened: OpenedFeed, folder: string): StagedFeed {
  const staging = `${folder}.${randomUUID()}.part`;
  let bytes = 0;
  const origin = copyingOrigin(opened.origin, staging, (file) => {
    bytes += file.bytes;
  });
  return {
    opened: { ...opened, origin },
    async keep() {
      const before = `${staging}.old`;
      await mkdir(staging, { recursive: true });
      await mkdir(folder, { recursive: true });
      await rename(folder, before);
      await rename(staging, folder);
      await rm(before, { recursive: true, force: true });
      return bytes;
    },
    drop: () => rm(staging, { recursive: true, force: true }),
  };
}

/** Where a publication lies in a mirror. */
export const feedFolder = (mirror: string, opened: OpenedFeed): string =>
  path.join(mirror, 'feeds', opened.row.feed.id);
