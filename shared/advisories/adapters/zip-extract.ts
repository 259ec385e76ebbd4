import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { BrokenArchive } from '../errors.ts';
import { type Entry, findDirectory, readCentral, startOf, type Window, windowOver } from './zip-reader.ts';

const pieceBytes = 256 << 10;

/**
 * Writes one entry of a zip archive to a file, through bounded memory: for an archive within an archive. False: there is no such entry among the first
 * thousand.
 *
 * @param wanted which entry, by name: the first counts
 * @throws BrokenArchive when it is cut, damaged, encrypted or larger than `limit` bytes
 */
export async function extractEntry(
  file: FileHandle,
  about: string,
  wanted: (name: string) => boolean,
  to: string,
  limit: number,
): Promise<boolean> {
  const directory = await findDirectory(file, (await file.stat()).size, about);
  const central = windowOver(file, directory.end, about);
  const data = windowOver(file, directory.start, about);
  let at = directory.start;
  for (let count = 0; count < Math.min(directory.entries, 1_000); count += 1) {
    const entry = await readCentral(central, at, about);
    at = entry.next;
    if (!wanted(entry.name)) continue;
    if (entry.unpacked > limit) throw new BrokenArchive(about, `${entry.name} unpacks to ${entry.unpacked} bytes`);
    await write(unpacked(data, entry, about), entry, about, to);
    return true;
  }
  return false;
}

async function write(pieces: AsyncIterable<Buffer>, entry: Entry, about: string, to: string): Promise<void> {
  const out = await open(to, 'w');
  let bytes = 0;
  let crc = 0;
  try {
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bytes > entry.unpacked) throw new BrokenArchive(about, `${entry.name} is damaged`);
      crc = crc32(piece, crc);
      await out.write(piece);
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_'))
      throw new BrokenArchive(about, `${entry.name} is damaged`, { cause });
    throw cause;
  } finally {
    await out.close();
  }
  if (bytes !== entry.unpacked || crc !== entry.crc) throw new BrokenArchive(about, `${entry.name} is damaged`);
}

function unpacked(read: Window, entry: Entry, about: string): AsyncIterable<Buffer> {
  const packed = piecesOf(read, entry, about);
  if (entry.method === 0) return packed;
  if (entry.method !== 8)
    throw new BrokenArchive(about, `${entry.name} is packed by a method (${entry.method}) that is not read here`);
  const source = Readable.from(packed);
  const inflate = createInflateRaw({ chunkSize: pieceBytes });
  source.on('error', (error) => inflate.destroy(error));
  return source.pipe(inflate);
}

async function* piecesOf(read: Window, entry: Entry, about: string): AsyncGenerator<Buffer> {
  const start = await startOf(read, entry, about);
  for (let at = 0; at < entry.packed; at += pieceBytes)
    // the next piece may overwrite the window while this one is still under way
    yield Buffer.from(await read(start + at, Math.min(pieceBytes, entry.packed - at)));
}
