import { BrokenDatabase } from '../broken-database.ts';

// rpm's own database (lib/backend/ndb/rpmpkg.c): pages of slots of 16 bytes, the first two of them the header, then blobs in blocks
// of 16 bytes between a head and a tail. All little-endian.
const magic = { file: 0x506d7052, slot: 0x746f6c53, head: 0x53626c42, tail: 0x45626c42 } as const;
const pageSize = 4096;
const slotSize = 16;
const blockSize = 16;
const headSize = 16;
const tailSize = 12;

/** True when the bytes begin as rpm's ndb. */
export function isNdb(bytes: Buffer): boolean {
  return bytes.length >= pageSize && bytes.readUInt32LE(0) === magic.file;
}

/** The header blobs of rpm's `Packages.db`, in the order of the slots. Throws BrokenDatabase. */
export function* ndbBlobs(bytes: Buffer): Generator<Buffer> {
  const version = bytes.readUInt32LE(4);
  if (version !== 0) throw new BrokenDatabase(`it has version ${version}, and only 0 is known`);
  const slotsEnd = bytes.readUInt32LE(12) * pageSize;
  if (slotsEnd > bytes.length) throw new BrokenDatabase('it is cut off within its slots');
  for (let at = 2 * slotSize; at < slotsEnd; at += slotSize) {
    if (bytes.readUInt32LE(at) !== magic.slot) throw new BrokenDatabase(`no slot at byte ${at}`);
    const block = bytes.readUInt32LE(at + 8);
    if (block === 0) continue;
    yield blobAt(bytes, block * blockSize, bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 12) * blockSize);
  }
}

function blobAt(bytes: Buffer, start: number, number: number, room: number): Buffer {
  const end = start + room;
  if (end > bytes.length || room < headSize + tailSize)
    throw new BrokenDatabase(`it is cut off: package ${number} ends at byte ${end}`);
  const length = bytes.readUInt32LE(start + 12);
  const whole =
    bytes.readUInt32LE(start) === magic.head &&
    bytes.readUInt32LE(start + 4) === number &&
    headSize + length + tailSize <= room &&
    bytes.readUInt32LE(end - 8) === length &&
    bytes.readUInt32LE(end - 4) === magic.tail;
  if (!whole) throw new BrokenDatabase(`package ${number} is not where its slot says`);
  return bytes.subarray(start + headSize, start + headSize + length);
}
