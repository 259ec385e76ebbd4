import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isEcosystemName } from '../ecosystem.ts';
import { SourceUnavailable } from '../errors.ts';
import type { AdvisorySource } from '../types.ts';
import { type ZipLimits, zipEntries, zipLimits } from './zip-reader.ts';

const archive = 'all.zip';

/** OSV records from a folder in the bulk layout: `<ecosystem>/all.zip`, or loose `<ecosystem>/<id>.json` files where there is none. */
export function folderSource(folder: string, limits: ZipLimits = zipLimits): AdvisorySource {
  const place = (ecosystem: string): string | undefined =>
    isEcosystemName(ecosystem) ? join(folder, ecosystem) : undefined;
  return {
    describe: folder,
    async ecosystems() {
      const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
        throw new SourceUnavailable(folder, 'the folder cannot be read', { cause });
      });
      const names = entries
        .filter((entry) => entry.isDirectory() && isEcosystemName(entry.name))
        .map((entry) => entry.name);
      const held = await Promise.all(
        names.map(async (name) => ((await stampOf(join(folder, name))) === undefined ? [] : [name])),
      );
      return held.flat().sort();
    },
    async *records(ecosystem) {
      const path = place(ecosystem);
      if (path === undefined) return;
      const zip = await openIfThere(join(path, archive));
      if (zip === undefined) {
        for (const name of await looseRecords(path))
          yield { id: name.slice(0, -'.json'.length), bytes: await readLoose(join(path, name), limits.entry) };
        return;
      }
      try {
        yield* recordsOfZip(zip, join(path, archive), limits);
      } finally {
        await zip.close();
      }
    },
    async modified(ecosystem) {
      const path = place(ecosystem);
      return path === undefined ? undefined : stampOf(path);
    },
  };
}

/** The records of an opened bulk archive. */
export async function* recordsOfZip(
  zip: FileHandle,
  about: string,
  limits: ZipLimits,
): AsyncGenerator<{ readonly id: string; readonly bytes: Buffer }> {
  for await (const { name, bytes } of zipEntries(zip, about, (entry) => entry.endsWith('.json'), limits))
    yield { id: name.slice(name.lastIndexOf('/') + 1, -'.json'.length), bytes };
}

async function stampOf(path: string): Promise<string | undefined> {
  const zip = await stat(join(path, archive)).catch(() => undefined);
  if (zip?.isFile()) return `zip ${zip.size} ${zip.mtimeMs}`;
  const names = await looseRecords(path);
  if (names.length === 0) return undefined;
  const hash = createHash('sha256');
  for (const name of names) {
    const { size, mtimeMs } = await stat(join(path, name));
    hash.update(`${name}\n${size} ${mtimeMs}\n`);
  }
  return `files ${names.length} ${hash.digest('hex')}`;
}

async function looseRecords(path: string): Promise<readonly string[]> {
  const names = await readdir(path).catch(() => []);
  return names.filter((name) => name.endsWith('.json')).sort();
}

async function readLoose(path: string, limit: number): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > limit) throw new SourceUnavailable(path, `it has ${size} bytes`);
  return readFile(path);
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return undefined;
    throw new SourceUnavailable(path, 'it cannot be opened', { cause });
  }
}
