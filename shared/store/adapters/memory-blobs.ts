import { checkBlobKey } from '../blob-key.ts';
import type { Blobs } from '../types.ts';

/** Blobs in memory; bytes are copied in and out, so that nobody changes what was written. */
export function memoryBlobs(): Blobs {
  const blobs = new Map<string, Buffer>();
  return {
    async get(key) {
      checkBlobKey(key);
      const bytes = blobs.get(key);
      return bytes === undefined ? undefined : Buffer.from(bytes);
    },
    async put(key, bytes) {
      checkBlobKey(key);
      blobs.set(key, Buffer.from(bytes));
    },
    async has(key) {
      checkBlobKey(key);
      return blobs.has(key);
    },
    async delete(key) {
      checkBlobKey(key);
      blobs.delete(key);
    },
  };
}
