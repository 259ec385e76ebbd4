import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { BrokenArchive } from '../errors.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';
import { crc64 } from './crc64.ts';
import { LzmaDamaged, LzmaDecoder, LzmaWindow } from './lzma.ts';

/** The largest dictionary that is accepted: `xz -9` takes 64 MiB. */
const mostWindow = 128 << 20;
const magic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/**
 * Unpacks .xz (streams of LZMA2 without other filters, as tar and everybody writes them), chunk by chunk: in memory are the dictionary and at most two megabytes
 * of output. Headers, each block's check (CRC32, CRC64, SHA-256) and the end are verified. Source: The .xz File Format 1.2.1.
 *
 * @throws BrokenArchive when it is cut, damaged, or needs what is not read here
 */
export async function* unxz(pieces: AsyncIterable<Buffer>, about: string): AsyncGenerator<Buffer> {
  const reader = byteReader(pieces, about);
  let streams = 0;
  for (;;) {
    const head = await reader.atMost(12);
    if (head.length === 0 && streams > 0) return;
    // padding between streams comes by fours
    if (streams > 0 && head.length % 4 === 0 && head.every((byte) => byte === 0)) continue;
    if (head.length < 12 || !head.subarray(0, 6).equals(magic) || crc32(head.subarray(6, 8)) !== head.readUInt32LE(8))
      throw new BrokenArchive(about, 'it is no xz file, or cut');
    yield* stream(reader, head[7] ?? 0, about);
    streams += 1;
  }
}

async function* stream(reader: ByteReader, checkType: number, about: string): AsyncGenerator<Buffer> {
  for (;;) {
    const size = (await reader.exactly(1))[0] ?? 0;
    if (size === 0) break;
    const header = await reader.exactly(size * 4 + 3);
    const body = Buffer.concat([Buffer.from([size]), header]);
    if (crc32(body.subarray(0, -4)) !== body.readUInt32LE(body.length - 4))
      throw new BrokenArchive(about, 'the header of a block is damaged');
    yield* block(reader, windowSize(body, about), checkType, about);
  }
  await skipIndex(reader, about);
  const footer = await reader.exactly(12);
  if (footer[10] !== 0x59 || footer[11] !== 0x5a || crc32(footer.subarray(4, 10)) !== footer.readUInt32LE(0))
    throw new BrokenArchive(about, 'its end is damaged');
}

/** The size of the dictionary that a block's header asks for. */
function windowSize(header: Buffer, about: string): number {
  const flags = header[1] ?? 0;
  let at = 2;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = header[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new BrokenArchive(about, 'the header of a block is damaged');
  };
  if ((flags & 0x40) !== 0) number();
  if ((flags & 0x80) !== 0) number();
  const [filter, length] = [number(), number()];
  if ((flags & 0x3f) !== 0 || filter !== 0x21 || length !== 1)
    throw new BrokenArchive(about, 'it is packed by filters that are not read here');
  const bits = header[at] ?? 0xff;
  const size =
    bits > 40 ? Number.POSITIVE_INFINITY : bits === 40 ? 0xffffffff : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
  if (size > mostWindow) throw new BrokenArchive(about, `it needs a dictionary of ${size} bytes`);
  return size;
}

async function* block(reader: ByteReader, size: number, checkType: number, about: string): AsyncGenerator<Buffer> {
  const window = new LzmaWindow(size);
  const decoder = new LzmaDecoder(window);
  const check = checkOf(checkType, about);
  const began = reader.consumed();
  let configured = false;
  let begun = false;
  for (;;) {
    const control = (await reader.exactly(1))[0] ?? 0;
    if (control === 0) break;
    const plain = control < 0x80;
    if (control > 2 && plain) throw new BrokenArchive(about, 'a chunk of it is damaged');
    if (control === 1 || control >= 0xe0) {
      window.reset();
      decoder.restart();
      begun = true;
    }
    if (!begun) throw new BrokenArchive(about, 'a block of it does not begin as one');
    let output: Buffer;
    if (plain) {
      output = await reader.exactly((await reader.exactly(2)).readUInt16BE(0) + 1);
      for (const byte of output) window.put(byte);
      decoder.skipped(output.length);
    } else {
      const sizes = await reader.exactly(4);
      const unpacked = ((control & 0x1f) << 16) + sizes.readUInt16BE(0) + 1;
      const packed = sizes.readUInt16BE(2) + 1;
      try {
        if (control >= 0xc0) {
          decoder.configure((await reader.exactly(1))[0] ?? 0);
          configured = true;
        } else if (control >= 0xa0) decoder.reset();
        if (!configured || packed < 5) throw new LzmaDamaged('a chunk without properties');
        output = Buffer.allocUnsafe(unpacked);
        decoder.decode(await reader.exactly(packed), output);
      } catch (cause) {
        if (!(cause instanceof LzmaDamaged)) throw cause;
        throw new BrokenArchive(about, `it is damaged: ${cause.message}`, { cause });
      }
    }
    check.update(output);
    yield output;
  }
  await reader.exactly((4 - ((reader.consumed() - began) % 4)) % 4);
  if (!(await reader.exactly(check.length)).equals(check.digest()))
    throw new BrokenArchive(about, 'a block of it is damaged');
}

interface Check {
  readonly length: number;
  update(bytes: Buffer): void;
  digest(): Buffer;
}

function checkOf(type: number, about: string): Check {
  switch (type) {
    case 0:
      return { length: 0, update: () => undefined, digest: () => Buffer.alloc(0) };
    case 1: {
      let value = 0;
      return {
        length: 4,
        update: (bytes) => {
          value = crc32(bytes, value);
        },
        digest: () => {
          const bytes = Buffer.alloc(4);
          bytes.writeUInt32LE(value);
          return bytes;
        },
      };
    }
    case 4:
      return { length: 8, ...crc64() };
    case 10: {
      const hash = createHash('sha256');
      return { length: 32, update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
    }
    default:
      throw new BrokenArchive(about, `its check of kind ${type} is not known`);
  }
}

/** The index repeats the blocks' sizes; what it holds was verified by reading. Its own check tells whether the end is there. */
async function skipIndex(reader: ByteReader, about: string): Promise<void> {
  const began = reader.consumed() - 1;
  let crc = crc32(Buffer.from([0]));
  const byte = async (): Promise<number> => {
    const one = await reader.exactly(1);
    crc = crc32(one, crc);
    return one[0] ?? 0;
  };
  const number = async (): Promise<number> => {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const part = await byte();
      value += (part & 0x7f) * 2 ** shift;
      if (part < 0x80) return value;
    }
    throw new BrokenArchive(about, 'its index is damaged');
  };
  const records = await number();
  if (records > 1_000_000) throw new BrokenArchive(about, 'its index is damaged');
  for (let n = 0; n < records * 2; n += 1) await number();
  while ((reader.consumed() - began) % 4 !== 0) await byte();
  if ((await reader.exactly(4)).readUInt32LE(0) !== crc) throw new BrokenArchive(about, 'its index is damaged');
}
