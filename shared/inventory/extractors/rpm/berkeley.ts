import { BrokenDatabase, PagesOnce } from '../broken-database.ts';

// Berkeley DB's hash access method, as it lies on disk (db/dbinc/db_page.h): a meta page, then pages of 26 bytes of header and a table of
// 16-bit offsets. Keys and values take turns; a value that does not fit is a chain of overflow pages.
const hashMagic = 0x061561;
const pageHeader = 26;
const type = { hashUnsorted: 2, overflow: 7, hash: 13 } as const;
const item = { inPage: 1, offPage: 3 } as const;
const smallestValue = 16;

type ReadNumber = (at: number) => number;

/** True when the bytes begin as a Berkeley DB hash, in either byte order. */
export function isBerkeley(bytes: Buffer): boolean {
  return bytes.length >= 512 && (bytes.readUInt32LE(12) === hashMagic || bytes.readUInt32BE(12) === hashMagic);
}

/**
 * The values of rpm's `Packages`: header blobs, in the order of the pages. Every page is looked at, as free ones have a type of their own, so the
 * hash itself need not be understood. Throws BrokenDatabase.
 */
export function* berkeleyBlobs(bytes: Buffer): Generator<Buffer> {
  const little = bytes.readUInt32LE(12) === hashMagic;
  const u32: ReadNumber = (at) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const u16: ReadNumber = (at) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const pageSize = u32(20);
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0)
    throw new BrokenDatabase(`a page size of ${pageSize} bytes`);
  if (bytes[24] !== 0) throw new BrokenDatabase('it is encrypted');
  const pages = Math.floor(bytes.length / pageSize);
  const last = u32(32);
  const overflow = new PagesOnce(pages);
  for (let page = 1; page < pages && page <= last; page += 1) {
    const start = page * pageSize;
    const kind = bytes[start + 25];
    if (kind !== type.hash && kind !== type.hashUnsorted) continue;
    const entries = u16(start + 20);
    if (pageHeader + 2 * entries > pageSize) throw new BrokenDatabase(`page ${page} has ${entries} items`);
    for (let index = 1; index < entries; index += 2) {
      const from = u16(start + pageHeader + 2 * index);
      const end = u16(start + pageHeader + 2 * (index - 1));
      if (from < pageHeader || end > pageSize || from >= end)
        throw new BrokenDatabase(`an item of page ${page} lies outside`);
      const value = valueAt(bytes, start + from, start + end, (first, length) =>
        chained({ bytes, u32, u16, pageSize, overflow }, first, length),
      );
      // number 0 is rpm's counter of headers
      if (value !== undefined && value.length >= smallestValue) yield value;
    }
  }
  if (last >= pages) throw new BrokenDatabase(`it is cut off: ${last + 1 - pages} of ${last + 1} pages are not there`);
}

function valueAt(
  bytes: Buffer,
  from: number,
  end: number,
  chain: (first: number, length: number) => Buffer,
): Buffer | undefined {
  switch (bytes[from]) {
    case item.inPage:
      return bytes.subarray(from + 1, end);
    case item.offPage: {
      if (end - from < 12) throw new BrokenDatabase('an item on other pages does not say where');
      return chain(from + 4, from + 8);
    }
    default:
      return undefined;
  }
}

interface Chain {
  readonly bytes: Buffer;
  readonly u32: ReadNumber;
  readonly u16: ReadNumber;
  readonly pageSize: number;
  readonly overflow: PagesOnce;
}

/** A value on overflow pages; `firstAt` and `lengthAt` are where the item keeps its first page and its length. */
function chained({ bytes, u32, u16, pageSize, overflow }: Chain, firstAt: number, lengthAt: number): Buffer {
  const length = u32(lengthAt);
  const parts: Buffer[] = [];
  let got = 0;
  for (let page = u32(firstAt); page !== 0; page = u32(page * pageSize + 16)) {
    overflow.take(page);
    const start = page * pageSize;
    if (bytes[start + 25] !== type.overflow) throw new BrokenDatabase(`page ${page} is no overflow page`);
    const used = u16(start + 22);
    if (pageHeader + used > pageSize) throw new BrokenDatabase(`page ${page} holds more than a page`);
    parts.push(bytes.subarray(start + pageHeader, start + pageHeader + used));
    got += used;
  }
  if (got !== length) throw new BrokenDatabase(`a header of ${length} bytes has ${got}`);
  return Buffer.concat(parts, got);
}
