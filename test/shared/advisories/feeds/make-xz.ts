import { crc32 } from 'node:zlib';

/** An .xz file that packs nothing: chunks of LZMA2 that stand as they are. For tests only; `bomb` says a dictionary of 3 GiB. */
export function storedXz(bytes: Buffer, options: { readonly bomb?: boolean } = {}): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 0x10000) {
    const part = bytes.subarray(at, at + 0x10000);
    const head = Buffer.from([at === 0 ? 1 : 2, 0, 0]);
    head.writeUInt16BE(part.length - 1, 1);
    chunks.push(head, part);
  }
  const packed = Buffer.concat([...chunks, Buffer.from([0])]);
  const header = Buffer.from([0x02, 0x00, 0x21, 0x01, options.bomb === true ? 39 : 0x08, 0, 0, 0]);
  const blockHeader = Buffer.concat([header, u32(crc32(header))]);
  const unpadded = blockHeader.length + packed.length + 4;
  const index = pad(Buffer.concat([Buffer.from([0, 1]), vli(unpadded), vli(bytes.length)]));
  const indexWhole = Buffer.concat([index, u32(crc32(index))]);
  const flags = Buffer.from([0, 1]);
  const footer = Buffer.concat([u32(indexWhole.length / 4 - 1), flags]);
  return Buffer.concat([
    Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    flags,
    u32(crc32(flags)),
    blockHeader,
    pad(packed),
    u32(crc32(bytes)),
    indexWhole,
    u32(crc32(footer)),
    footer,
    Buffer.from('YZ'),
  ]);
}

const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function vli(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) | 0x80);
  }
}
