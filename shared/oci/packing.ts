import { UnsupportedCompression } from './errors.ts';

/** How a layer is packed, told by its first bytes: media types are claims, and real ones are often wrong. */
export type Compression = 'gzip' | 'zstd' | 'none';

const REFUSED: readonly (readonly [string, readonly number[]])[] = [
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['lzip', [0x4c, 0x5a, 0x49, 0x50]],
];

/** How bytes are packed, by the first of them (at least 6, if there are as many), or what they are packed with that no runtime reads. */
export function packingOf(first: Uint8Array): Compression | { readonly refused: string } {
  if (first[0] === 0x1f && first[1] === 0x8b) return 'gzip';
  if (first.length >= 4) {
    const magic = new DataView(first.buffer, first.byteOffset).getUint32(0, true);
    if (magic === 0xfd2fb528 || magic >>> 4 === 0x184d2a5) return 'zstd';
  }
  for (const [refused, magic] of REFUSED) if (magic.every((byte, i) => first[i] === byte)) return { refused };
  return 'none';
}

/** Recognises a compression by the first bytes. Throws UnsupportedCompression for xz and its kin. */
export function compressionOf(first: Uint8Array, about = 'layer'): Compression {
  const packing = packingOf(first);
  if (typeof packing === 'string') return packing;
  throw unsupported(about, packing.refused);
}

/** The error that says so. */
export function unsupported(about: string, compression: string): UnsupportedCompression {
  return new UnsupportedCompression(
    about,
    `it is compressed with ${compression}`,
    'Container runtimes read gzip and zstd; build the image again with one of these.',
  );
}
