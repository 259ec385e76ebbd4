import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { StoreError } from './errors.ts';

/** What `unpackJson` unpacks at most unless told otherwise: a layer of 64,000 paths with facts is below a tenth of it. */
export const defaultUnpackLimit = 256 * 1024 * 1024;

/** A value as zstd-compressed JSON: the form of everything that outgrows a row. */
export function packJson(value: unknown): Buffer {
  const text = JSON.stringify(value);
  if (text === undefined)
    throw new StoreError('bad-item', 'a blob of JSON', 'there is no JSON for undefined or a function');
  return zstdCompressSync(text, {
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/**
 * Reads back what packJson wrote; the caller parses the shape. Throws StoreError 'too-large' before more than `limit` bytes are
 * unpacked, 'corrupt' for anything that is not zstd of JSON.
 */
export function unpackJson(bytes: Uint8Array, limit = defaultUnpackLimit): unknown {
  try {
    return JSON.parse(zstdDecompressSync(bytes, { maxOutputLength: limit }).toString('utf8'));
  } catch (cause) {
    if (cause instanceof RangeError && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new StoreError(
        'too-large',
        `a blob of ${bytes.byteLength} bytes`,
        `it unpacks to more than ${limit} bytes`,
        { cause },
      );
    }
    throw new StoreError(
      'corrupt',
      `a blob of ${bytes.byteLength} bytes`,
      'it is not zstd-compressed JSON; delete it and let it be made again',
      { cause },
    );
  }
}
