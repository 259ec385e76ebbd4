import { type FileHandle, open } from 'node:fs/promises';
import { crc32, deflateRawSync } from 'node:zlib';
import { BrokenArchive } from '../errors.ts';
import { type Entry, findDirectory, readCentral, startOf, windowOver, zipLimits } from './zip-reader.ts';

/** What is to be another in an archive. */
export interface ZipChanges {
  /** entries that are left out, by name */
  readonly without: ReadonlySet<string>;
  /** entries that are added */
  readonly add: ReadonlyMap<string, Uint8Array>;
}

type Packed = Pick<Entry, 'name' | 'method' | 'crc' | 'packed' | 'unpacked'>;

const pieceBytes = 1 << 20;
/** Sizes and places are written in four bytes; a bulk export has a tenth of that. */
const most = 0xffff_ffff;
const utf8 = 1 << 11;

/** Names of all entries, from the directory alone. Throws BrokenArchive. */
export async function namesInZip(file: FileHandle, about: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of directoryOf(file, about)) names.push(name);
  return names;
}

/**
 * Writes an archive as another one is but for some entries; what stays is copied as it is packed. Entries are counted in zip64's form where they are too many for the
 * other one. Source: PKWARE APPNOTE 6.3.10, section 4.3.
 *
 * @throws BrokenArchive when the archive is damaged, or the new one would have more than 4 GB
 */
export async function rewriteZip(from: string, to: string, { without, add }: ZipChanges): Promise<void> {
  const old = await open(from, 'r');
  try {
    const { size } = await old.stat();
    const data = windowOver(old, size, from);
    const file = await open(to, 'w');
    try {
      const zip = writer(file, to);
      for await (const entry of directoryOf(old, from)) {
        if (without.has(entry.name) || add.has(entry.name)) continue;
        const start = await startOf(data, entry, from);
        await zip.add(entry, await data(start, entry.packed));
      }
      for (const [name, bytes] of add) {
        const packed = deflateRawSync(bytes);
        const sizes = { packed: packed.length, unpacked: bytes.length };
        await zip.add({ name, method: 8, crc: crc32(bytes), ...sizes }, packed);
      }
      await zip.end();
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await old.close();
  }
}

async function* directoryOf(file: FileHandle, about: string): AsyncGenerator<Entry> {
  const directory = await findDirectory(file, (await file.stat()).size, about);
  if (directory.entries > zipLimits.entries) throw new BrokenArchive(about, `it has ${directory.entries} entries`);
  const central = windowOver(file, directory.end, about);
  let at = directory.start;
  for (let count = 0; count < directory.entries; count += 1) {
    const entry = await readCentral(central, at, about);
    at = entry.next;
    yield entry;
  }
}

function writer(file: FileHandle, about: string) {
  const directory: Buffer[] = [];
  let waiting: Buffer[] = [];
  let [written, held] = [0, 0];
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    held = 0;
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
  };
  const write = async (bytes: Buffer): Promise<void> => {
    waiting.push(bytes);
    held += bytes.length;
    written += bytes.length;
    if (written > most) throw new BrokenArchive(about, 'it would have more than 4 GB');
    if (held > pieceBytes) await flush();
  };
  return {
    /** `packed` need not be valid after the call. */
    async add(entry: Packed, packed: Buffer): Promise<void> {
      const [name, place, fields] = [Buffer.from(entry.name), written, fieldsOf(entry)];
      directory.push(signed(0x02014b50, u16(45), fields, Buffer.alloc(10), u32(place), name));
      await write(Buffer.concat([signed(0x04034b50, fields, name), packed]));
    },
    async end(): Promise<void> {
      const [start, central] = [written, Buffer.concat(directory)];
      await write(central);
      const isBig = directory.length >= 0xffff;
      if (isBig) await write(bigEnd(directory.length, central.length, start));
      const count = u16(isBig ? 0xffff : directory.length);
      await write(signed(0x06054b50, Buffer.alloc(4), count, count, u32(central.length), u32(start), u16(0)));
      await flush();
    },
  };
}

/** What a local header and the directory both say, from the version needed on; all times are the first that the form knows. */
const fieldsOf = ({ name, method, crc, packed, unpacked }: Packed): Buffer =>
  Buffer.concat([
    u16(20),
    u16(utf8),
    u16(method),
    u16(0),
    u16(0x21),
    u32(crc),
    u32(packed),
    u32(unpacked),
    u16(Buffer.byteLength(name)),
    u16(0),
  ]);

function bigEnd(entries: number, length: number, start: number): Buffer {
  const [count, size, place] = [u64(entries), u64(length), u64(start)];
  const record = signed(0x06064b50, u64(44), u16(45), u16(45), Buffer.alloc(8), count, count, size, place);
  return Buffer.concat([record, signed(0x07064b50, Buffer.alloc(4), u64(start + length), u32(1))]);
}

const signed = (signature: number, ...parts: readonly Buffer[]): Buffer => Buffer.concat([u32(signature), ...parts]);

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
