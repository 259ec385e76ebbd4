import { crc32, inflateRawSync } from 'node:zlib';

/** A zip that cannot be read, or one that asks for more than is allowed. `limit` tells them apart. */
export class BadZip extends Error {
  readonly code = 'bad-zip';
  readonly limit: boolean;

  constructor(text: string, limit = false, options?: ErrorOptions) {
    super(text, options);
    this.name = 'BadZip';
    this.limit = limit;
  }
}

/** An entry as the central directory claims it; `name` is hostile text. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly packedSize: number;
  readonly size: number;
  readonly crc: number;
  /** where the local header begins */
  readonly offset: number;
}

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
const mostEntries = 500_000;

/** True for bytes that begin with a zip's first entry, or are an empty zip. */
export const isZip = (bytes: Buffer): boolean =>
  bytes.length >= 4 && (bytes.readUInt32LE(0) === localSignature || bytes.readUInt32LE(0) === endSignature);

/**
 * The central directory of a zip in memory (APPNOTE 4.3, zip64 included). It stands at the end and is what every reader believes; a
 * script may stand before the archive (executable jars). Throws BadZip.
 */
export function* zipEntries(bytes: Buffer): Generator<ZipEntry> {
  const { count, start, end, shift } = directoryOf(bytes);
  if (count > mostEntries) throw new BadZip(`${count} entries are more than ${mostEntries}`, true);
  let at = start;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > end || bytes.readUInt32LE(at) !== centralSignature)
      throw new BadZip('its central directory is broken');
    const nameLength = bytes.readUInt16LE(at + 28);
    const extraLength = bytes.readUInt16LE(at + 30);
    const next = at + 46 + nameLength + extraLength + bytes.readUInt16LE(at + 32);
    if (next > end) throw new BadZip('its central directory is cut');
    const sizes = widened(bytes, at, at + 46 + nameLength, extraLength);
    yield {
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      packedSize: sizes.packedSize,
      size: sizes.size,
      offset: sizes.offset + shift,
    };
    at = next;
  }
}

/** The content of an entry, at most `most` bytes of it. Throws BadZip: broken, too large (`limit`), encrypted or in another method. */
export function zipContent(bytes: Buffer, entry: ZipEntry, most: number): Buffer {
  const { offset, packedSize, method, size } = entry;
  if (size > most) throw new BadZip(`an entry of ${size} bytes is more than the ${most} that are unpacked`, true);
  if (offset < 0 || offset + 30 > bytes.length || bytes.readUInt32LE(offset) !== localSignature)
    throw new BadZip('an entry is not where the directory says');
  const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  if (start + packedSize > bytes.length) throw new BadZip('an entry is cut');
  if (bytes.readUInt16LE(offset + 6) & 1) throw new BadZip('an entry is encrypted');
  const packed = bytes.subarray(start, start + packedSize);
  const content = unpacked(packed, method, most);
  if (content.length !== size || crc32(content) !== entry.crc)
    throw new BadZip('an entry does not have the content that the directory says');
  return content;
}

function unpacked(packed: Buffer, method: number, most: number): Buffer {
  if (method === 0) return packed;
  if (method !== 8) throw new BadZip(`compression method ${method} is not read`);
  try {
    return inflateRawSync(packed, { maxOutputLength: most });
  } catch (cause) {
    const tooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    throw new BadZip(
      tooLarge ? `an entry unpacks to more than ${most} bytes` : 'an entry cannot be unpacked',
      tooLarge,
      { cause },
    );
  }
}

interface Directory {
  readonly count: number;
  readonly start: number;
  readonly end: number;
  /** bytes before the archive that its offsets do not count */
  readonly shift: number;
}

function directoryOf(bytes: Buffer): Directory {
  const lowest = Math.max(0, bytes.length - endBytes - 0xffff);
  for (let at = bytes.length - endBytes; at >= lowest; at -= 1) {
    if (bytes.readUInt32LE(at) !== endSignature) continue;
    const wide = wideDirectory(bytes, at);
    const count = wide?.count ?? bytes.readUInt16LE(at + 10);
    const size = wide?.size ?? bytes.readUInt32LE(at + 12);
    const offset = wide?.offset ?? bytes.readUInt32LE(at + 16);
    const end = wide?.end ?? at;
    const start = end - size;
    if (start < 0 || start < offset) throw new BadZip('its directory does not fit');
    return { count, start, end, shift: start - offset };
  }
  throw new BadZip('it has no zip directory');
}

function wideDirectory(
  bytes: Buffer,
  end: number,
): { count: number; size: number; offset: number; end: number } | undefined {
  const locator = end - 20;
  if (locator < 0 || bytes.readUInt32LE(locator) !== locator64Signature) return undefined;
  // the locator counts from the archive's beginning, so look where a record without extensions has to be, too
  const claimed = big(bytes, locator + 8);
  for (const at of [claimed, locator - 56]) {
    if (at < 0 || at + 56 > locator || bytes.readUInt32LE(at) !== end64Signature) continue;
    return { count: big(bytes, at + 32), size: big(bytes, at + 40), offset: big(bytes, at + 48), end: at };
  }
  throw new BadZip('its zip64 directory is broken');
}

/** Sizes of 0xffffffff stand in the zip64 extra field, in a fixed order, only those that are needed (APPNOTE 4.5.3). */
function widened(
  bytes: Buffer,
  at: number,
  extra: number,
  extraLength: number,
): { packedSize: number; size: number; offset: number } {
  let packedSize = bytes.readUInt32LE(at + 20);
  let size = bytes.readUInt32LE(at + 24);
  let offset = bytes.readUInt32LE(at + 42);
  if (packedSize !== 0xffffffff && size !== 0xffffffff && offset !== 0xffffffff) return { packedSize, size, offset };
  for (let field = extra; field + 4 <= extra + extraLength; ) {
    const length = bytes.readUInt16LE(field + 2);
    const last = field + 4 + length;
    if (bytes.readUInt16LE(field) === 1 && last <= extra + extraLength) {
      let value = field + 4;
      const take = (): number => {
        if (value + 8 > last) throw new BadZip('a zip64 field is cut');
        value += 8;
        return big(bytes, value - 8);
      };
      if (size === 0xffffffff) size = take();
      if (packedSize === 0xffffffff) packedSize = take();
      if (offset === 0xffffffff) offset = take();
      return { packedSize, size, offset };
    }
    field = last;
  }
  return { packedSize, size, offset };
}

function big(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadZip('a size that no file has');
  return Number(value);
}
