import { randomUUID } from 'node:crypto';
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkBlobKey } from '../blob-key.ts';
import { StoreError } from '../errors.ts';
import type { Blobs } from '../types.ts';

const staleTemp = 60 * 60 * 1000;

// Everything but lower case, digits, '_' and '-' is escaped: no dots that mean something, no two keys that one case-blind disk joins, no
// characters that Windows refuses. '~' never comes out of it, so it marks what is no folder.
const safe = (segment: string): string =>
  segment.replace(/[^a-z0-9_-]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

const unsafe = (name: string): string =>
  name.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const errorCode = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** How blobs are kept in a folder. */
export interface FolderBlobsOptions {
  /**
   * Whether a put waits until the disk has the bytes (default: true). Without that, a crash of the whole machine may leave other bytes than were put: for what is checked when it
   * is read, and can be made again in less time than the disk takes.
   */
  readonly synced?: boolean;
}

/**
 * Blobs as files below `folder`, made on the first put. A put writes and syncs a temporary file and renames it, so that readers and a crash
 * see all of it or nothing. Keys never become paths as they are.
 */
export function folderBlobs(folder: string, { synced = true }: FolderBlobsOptions = {}): Blobs {
  const temps = join(folder, '~temp');
  let ready: Promise<void> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  // what replaces a file and what takes one away must not come in between each other; one process has the folder
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work);
    turn = mine;
    return mine;
  };

  const path = (key: string): string => {
    const parts = checkBlobKey(key).map(safe);
    if (parts.some((name) => name.length > 240))
      throw new StoreError(
        'bad-key',
        `blob ${JSON.stringify(key.slice(0, 200))}`,
        'a part of it is too long for a file name',
      );
    return `${join(folder, ...parts)}~`;
  };
  // what a crash left behind; young files may be another process's
  const prepare = async (): Promise<void> => {
    await mkdir(temps, { recursive: true });
    for (const name of await readdir(temps)) {
      const file = join(temps, name);
      const age = await stat(file).then(
        (found) => Date.now() - found.mtimeMs,
        () => 0,
      );
      if (age > staleTemp) await rm(file, { force: true });
    }
  };
  const failed = (key: string, cause: unknown): StoreError =>
    new StoreError(
      'unavailable',
      `blob ${key}`,
      `the disk said ${String(errorCode(cause) ?? cause)}; look at the space and rights of the data folder`,
      { cause },
    );

  return {
    async get(key) {
      const file = path(key);
      try {
        return await readFile(file);
      } catch (cause) {
        if (errorCode(cause) === 'ENOENT') return undefined;
        throw failed(key, cause);
      }
    },
    async put(key, bytes) {
      const file = path(key);
      const temp = join(temps, randomUUID());
      try {
        ready ??= prepare();
        await ready;
        await mkdir(dirname(file), { recursive: true });
        const handle = await open(temp, 'wx', 0o600);
        try {
          await handle.writeFile(bytes);
          if (synced) await handle.sync();
        } finally {
          await handle.close();
        }
        await alone(() => rename(temp, file));
      } catch (cause) {
        ready = undefined;
        await rm(temp, { force: true }).catch(() => undefined);
        throw failed(key, cause);
      }
    },
    async has(key) {
      const file = path(key);
      try {
        await access(file);
        return true;
      } catch (cause) {
        if (errorCode(cause) === 'ENOENT') return false;
        throw failed(key, cause);
      }
    },
    async delete(key) {
      const file = path(key);
      try {
        await rm(file, { force: true });
      } catch (cause) {
        throw failed(key, cause);
      }
    },
    async *list({ after } = {}) {
      const behind = after === undefined ? [] : namesOf(after);
      for await (const names of filesBelow(folder, behind)) {
        const key = names.map((name) => unsafe(name.replace(/~$/, ''))).join('/');
        const found = await stat(join(folder, ...names), { bigint: true }).catch(() => undefined);
        if (found !== undefined) yield { key, at: found.mtime.toISOString(), version: versionOf(found) };
      }
    },
    async remove({ key, version }) {
      const file = path(key);
      try {
        await alone(async () => {
          const found = await stat(file, { bigint: true });
          if (versionOf(found) === version) await rm(file, { force: true });
        });
      } catch (cause) {
        if (errorCode(cause) !== 'ENOENT') throw failed(key, cause);
      }
    },
  };
}

/** A file that replaces another is another file, and written later. */
const versionOf = ({ ino, mtimeNs }: { readonly ino: bigint; readonly mtimeNs: bigint }): string => `${ino}-${mtimeNs}`;

/** The names of a blob's folders and of its file. */
function namesOf(key: string): string[] {
  const names = checkBlobKey(key).map(safe);
  return [...names.slice(0, -1), `${names.at(-1) ?? ''}~`];
}

/** Files of blobs, folder by folder in the order of names, behind those that `behind` names. */
async function* filesBelow(folder: string, behind: readonly string[]): AsyncIterable<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    if (errorCode(cause) === 'ENOENT') return [];
    throw new StoreError('unavailable', 'the blobs', `the disk said ${String(errorCode(cause) ?? cause)}`, { cause });
  });
  const [from = '', ...rest] = behind;
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name < from) continue;
    const here = entry.name === from;
    if (entry.isDirectory() && !entry.name.startsWith('~')) {
      for await (const names of filesBelow(join(folder, entry.name), here ? rest : [])) yield [entry.name, ...names];
    } else if (entry.isFile() && entry.name.endsWith('~') && !here) yield [entry.name];
  }
}
