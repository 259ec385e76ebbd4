import { createHash } from 'node:crypto';
import { decodeFacts, encodeFacts, type FactsStore } from '#shared/inventory';
import { type Blobs, keys, type Table } from '#shared/store';

/**
 * Layer facts kept by blob digest and extractor versions (design decision 5). The blob is written before the row that points
 * to it; two readers of one layer write the same bytes, so no lease is needed.
 */
export function layerFactsStore(table: Table, blobs: Blobs): FactsStore {
  return {
    async get(blob, extractors) {
      const row = await table.get(keys.layerFacts(blob, extractors));
      if (typeof row?.blob !== 'string') return undefined;
      const bytes = await blobs.get(row.blob);
      return bytes === undefined ? undefined : decodeFacts(bytes);
    },
    async put(facts) {
      const key = `facts/${facts.blob.replace(':', '/')}/${createHash('sha256').update(facts.extractors).digest('hex').slice(0, 16)}`;
      await blobs.put(key, encodeFacts(facts));
      await table.put({ ...keys.layerFacts(facts.blob, facts.extractors), blob: key, state: facts.state });
    },
  };
}
