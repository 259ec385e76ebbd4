import type { FileHandle } from 'node:fs/promises';
import { crc32, inflateRawSync } from 'node:zlib';
import { BrokenArchive } from '../errors.ts';

/** What an archive may hold at most; a bulk export of a million records stays far below. */
export interface ZipLimits {
  /** unpacked bytes of one entry */
  readonly entry: number;
  /** unpacked bytes of all entries that are read */
  readonly total: number;
  readonly entries: number;
}

/** The limits unless told otherwise. */
export const zipLimits: ZipLimits = { entry: 32 << 20, total: 64 * 2 ** 30, entries: 5_000_000 };

const windowBytes = 1 << 20;

/**
 * Reads the entries of a zip archive (zip64 too) one after the other, through two windows of a megabyte; nothing is written. Source: PKWARE
 * APPNOTE 6.3.10, section 4.3.
 *
 * @param wanted which entries to unpack, by name
 * @throws BrokenArchive when it is cut, damaged (every entry's CRC is checked), encrypted or beyond a limit
 */
export async function* zipEntries(
  file: FileHandle,
  about: string,
  wanted: (name: string) => boolean,
  limits: ZipLimits = zipLimits,
): AsyncGenerator<{ readonly name: string; readonly bytes: Buffer }> {
  const size = (await file.stat()).size;
  const directory = await findDirectory(file, size, about);
  if (directory.entries > limits.entries) throw new BrokenArchive(about, `it has ${directory.entries} entries`);
  const central = windowOver(file, directory.end, about);
  const data = windowOver(file, directory.start, about);
  let at = directory.start;
  let packed = 0;
  let total = 0;
  for (let count = 0; count < directory.entries; count += 1) {
    const entry = await readCentral(central, at, about);
    at = entry.next;
    packed += entry.packed;
    // Entries that share bytes are how small archives grow without end.
    if (packed > size) throw new BrokenArchive(about, 'its entries overlap');
    if (!wanted(entry.name)) continue;
    total += entry.unpacked;
    if (entry.unpacked > limits.entry)
      throw new BrokenArchive(about, `${entry.name} unpacks to ${entry.unpacked} bytes`);
    if (total > limits.total) throw new BrokenArchive(about, `it unpacks to more than ${limits.total} bytes`);
    yield { name: entry.name, bytes: await unpack(data, entry, about) };
  }
  if (at !== directory.end) throw new BrokenArchive(about, 'its directory does not end where it should');
}

/** Reads a piece of the file; valid until the next call. */
export type Window = (offset: number, length: number) => Promise<Buffer>;

/** Reads pieces that mostly follow each other from one buffer; a piece is valid until the next call. */
export function windowOver(file: FileHandle, end: number, about: string): Window {
  let buffer: Buffer = Buffer.alloc(0);
  let start = 0;
  return async (offset, length) => {
    if (offset < 0 || length < 0 || offset + length > end)
      throw new BrokenArchive(about, 'it is cut or its directory is damaged');
    if (offset < start || offset + length > start + buffer.length) {
      const next = Buffer.allocUnsafe(Math.min(Math.max(length, windowBytes), end - offset));
      let filled = 0;
      while (filled < next.length) {
        const { bytesRead } = await file.read(next, filled, next.length - filled, offset + filled);
        if (bytesRead === 0) throw new BrokenArchive(about, 'it became shorter while it was read');
        filled += bytesRead;
      }
      buffer = next;
      start = offset;
    }
    return buffer.subarray(offset - start, offset - start + length);
  };
}

/** Where the directory of an archive lies, and how many entries it has. */
export interface Directory {
  readonly start: number;
  readonly end: number;
  readonly entries: number;
}

/** Finds the directory, zip64's too. Throws BrokenArchive. */
export async function findDirectory(file: FileHandle, size: number, about: string): Promise<Directory> {
  const read = windowOver(file, size, about);
  const tailLength = Math.min(size, 22 + 65_535);
  const tail = Buffer.from(await read(size - tailLength, tailLength));
  for (let at = tail.length - 22; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== 0x06054b50 || at + 22 + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const place = size - tailLength + at;
    const plain = {
      entries: tail.readUInt16LE(at + 10),
      length: tail.readUInt32LE(at + 12),
      start: tail.readUInt32LE(at + 16),
    };
    const big = plain.entries === 0xffff || plain.length === 0xffffffff || plain.start === 0xffffffff;
    const found = big ? await findBigDirectory(read, place, about) : { ...plain, limit: place };
    const end = found.start + found.length;
    if (end > found.limit) throw new BrokenArchive(about, 'its directory is damaged');
    return { start: found.start, end, entries: found.entries };
  }
  throw new BrokenArchive(about, 'it has no end: it is cut, or no zip archive');
}

async function findBigDirectory(
  read: Window,
  place: number,
  about: string,
): Promise<{ start: number; length: number; entries: number; limit: number }> {
  const locator = await read(place - 20, 20);
  if (locator.readUInt32LE(0) !== 0x07064b50) throw new BrokenArchive(about, 'its zip64 locator is missing');
  const at = safe(locator.readBigUInt64LE(8), about);
  const record = await read(at, 56);
  if (record.readUInt32LE(0) !== 0x06064b50) throw new BrokenArchive(about, 'its zip64 directory is missing');
  return {
    entries: safe(record.readBigUInt64LE(32), about),
    length: safe(record.readBigUInt64LE(40), about),
    start: safe(record.readBigUInt64LE(48), about),
    limit: at,
  };
}

function safe(value: bigint, about: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new BrokenArchive(about, 'its directory is damaged');
  return Number(value);
}

/** An entry as the directory tells it. */
export interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly offset: number;
  readonly next: number;
}

/** The directory's entry at a place. Throws BrokenArchive. */
export async function readCentral(read: Window, at: number, about: string): Promise<Entry> {
  const head = Buffer.from(await read(at, 46));
  if (head.readUInt32LE(0) !== 0x02014b50) throw new BrokenArchive(about, 'its directory is damaged');
  const nameLength = head.readUInt16LE(28);
  const extraLength = head.readUInt16LE(30);
  const rest = await read(at + 46, nameLength + extraLength);
  const sizes = bigSizes(
    rest.subarray(nameLength),
    [head.readUInt32LE(24), head.readUInt32LE(20), head.readUInt32LE(42)],
    about,
  );
  return {
    name: rest.subarray(0, nameLength).toString('utf8'),
    flags: head.readUInt16LE(8),
    method: head.readUInt16LE(10),
    crc: head.readUInt32LE(16),
    unpacked: sizes[0] ?? 0,
    packed: sizes[1] ?? 0,
    offset: sizes[2] ?? 0,
    next: at + 46 + nameLength + extraLength + head.readUInt16LE(32),
  };
}

/** Sizes that stand as 0xffffffff are in the zip64 extra field, in this order. */
function bigSizes(extra: Buffer, plain: readonly number[], about: string): readonly number[] {
  if (!plain.includes(0xffffffff)) return plain;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let place = 0;
    return plain.map((value) => {
      if (value !== 0xffffffff) return value;
      if (place + 8 > field.length) throw new BrokenArchive(about, 'a zip64 field is cut');
      place += 8;
      return safe(field.readBigUInt64LE(place - 8), about);
    });
  }
  throw new BrokenArchive(about, 'a zip64 field is missing');
}

/** Where the packed bytes of an entry begin. Throws BrokenArchive. */
export async function startOf(read: Window, entry: Entry, about: string): Promise<number> {
  if ((entry.flags & 1) !== 0) throw new BrokenArchive(about, `${entry.name} is encrypted`);
  const head = await read(entry.offset, 30);
  if (head.readUInt32LE(0) !== 0x04034b50)
    throw new BrokenArchive(about, `${entry.name} is not where the directory says`);
  return entry.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
}

async function unpack(read: Window, entry: Entry, about: string): Promise<Buffer> {
  const start = await startOf(read, entry, about);
  const packed = await read(start, entry.packed);
  const bytes =
    entry.method === 0 ? Buffer.from(packed) : entry.method === 8 ? inflate(packed, entry, about) : undefined;
  if (bytes === undefined)
    throw new BrokenArchive(about, `${entry.name} is packed by a method (${entry.method}) that is not read here`);
  if (bytes.length !== entry.unpacked || crc32(bytes) !== entry.crc)
    throw new BrokenArchive(about, `${entry.name} is damaged`);
  return bytes;
}

function inflate(packed: Buffer, entry: Entry, about: string): Buffer {
  try {
    // what it unpacks to is known: the usual 16 KiB for each of a million small records would only feed the collector
    const chunkSize = Math.min(Math.max(64, entry.unpacked + 1), 1 << 20);
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.unpacked), chunkSize });
  } catch (cause) {
    throw new BrokenArchive(about, `${entry.name} is damaged`, { cause });
  }
}
