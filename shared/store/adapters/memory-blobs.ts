import { checkBlobKey } from '../blob-key.ts';
import { compareBytes } from '../byte-order.ts';
import type { Blobs } from '../types.ts';

/** Blobs in memory; bytes are copied in and out, so that nobody changes what was written. `now` is the store's clock. */
export function memoryBlobs(now: () => Date = () => new Date()): Blobs {
  const blobs = new Map<string, { readonly bytes: Buffer; readonly at: string; readonly version: string }>();
  let writings = 0;
  return {
    async get(key) {
      checkBlobKey(key);
      const found = blobs.get(key);
      return found === undefined ? undefined : Buffer.from(found.bytes);
    },
    async put(key, bytes) {
      checkBlobKey(key);
      writings += 1;
      blobs.set(key, { bytes: Buffer.from(bytes), at: now().toISOString(), version: String(writings) });
    },
    async has(key) {
      checkBlobKey(key);
      return blobs.has(key);
    },
    async delete(key) {
      checkBlobKey(key);
      blobs.delete(key);
    },
    async *list({ after } = {}) {
      const keys = [...blobs.keys()].filter((key) => after === undefined || compareBytes(key, after) > 0);
      for (const key of keys.sort(compareBytes)) {
        const found = blobs.get(key);
        if (found !== undefined) yield { key, at: found.at, version: found.version };
      }
    },
    async remove({ key, version }) {
      checkBlobKey(key);
      if (blobs.get(key)?.version === version) blobs.delete(key);
    },
  };
}
