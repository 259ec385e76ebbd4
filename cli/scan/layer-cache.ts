import { createHash } from 'node:crypto';
import path from 'node:path';
import { decodeFacts, encodeFacts, FactsCorrupt, type FactsStore } from '#shared/inventory';
import { folderBlobs, StoreError } from '#shared/store';

/**
 * Layer facts in a folder, by blob digest and the extractors' version: a layer that was read once is not fetched again. A cache that cannot be read or
 * written costs time and nothing else: it is told once.
 */
export function layerCache(cacheFolder: string, warn: (text: string) => void): FactsStore {
  // decoding finds damage, and a reading would wait for the disk several times
  const blobs = folderBlobs(path.join(cacheFolder, 'layers'), { synced: false });
  let told = false;
  const tell = (error: unknown): undefined => {
    if (!(error instanceof StoreError)) throw error;
    if (!told) warn(`layers are not remembered: ${error.message}; choose another folder with --cache-dir`);
    told = true;
    return undefined;
  };
  const keyOf = (blob: string, extractors: string): string =>
    `facts/${blob.replace(':', '/')}/${createHash('sha256').update(extractors).digest('hex').slice(0, 16)}`;
  return {
    async get(blob, extractors) {
      const bytes = await blobs.get(keyOf(blob, extractors)).catch(tell);
      try {
        return bytes === undefined ? undefined : await decodeFacts(bytes);
      } catch (error) {
        if (error instanceof FactsCorrupt) return undefined;
        throw error;
      }
    },
    async put(facts) {
      const bytes = await encodeFacts(facts);
      await blobs.put(keyOf(facts.blob, facts.extractors), bytes).catch(tell);
    },
  };
}
