/** A segment of a program that is loaded. */
export interface Part {
  /** 1 may run, 2 may be written, 4 may be read */
  readonly flags: number;
  readonly bytes: Buffer;
}

export const code = (bytes: Buffer): Part => ({ flags: 5, bytes });
export const readOnly = (bytes: Buffer): Part => ({ flags: 4, bytes });
export const writable = (bytes: Buffer): Part => ({ flags: 6, bytes });

/** A program (ELF, 64 bits, little-endian) of these segments, one after the other behind its headers, as linkers lay it out that keep code apart. */
export function segmented(...parts: readonly Part[]): Buffer {
  const headers = Buffer.alloc(64 + 56 * parts.length);
  headers.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  headers.writeUInt16LE(2, 16);
  headers.writeUInt16LE(62, 18);
  headers.writeBigUInt64LE(64n, 32);
  headers.writeUInt16LE(56, 54);
  headers.writeUInt16LE(parts.length, 56);
  let offset = headers.length;
  for (const [index, { flags, bytes }] of parts.entries()) {
    const at = 64 + 56 * index;
    headers.writeUInt32LE(1, at);
    headers.writeUInt32LE(flags, at + 4);
    headers.writeBigUInt64LE(BigInt(offset), at + 8);
    headers.writeBigUInt64LE(BigInt(0x40_0000 + offset), at + 16);
    headers.writeBigUInt64LE(BigInt(bytes.length), at + 32);
    headers.writeBigUInt64LE(BigInt(bytes.length), at + 40);
    offset += bytes.length;
  }
  return Buffer.concat([headers, ...parts.map(({ bytes }) => bytes)]);
}

/** A program whose data lies in its code, as older linkers lay it out. */
export const inOneSegment = (bytes: Buffer): Buffer => segmented(code(bytes), writable(Buffer.alloc(64)));
