import { createHash } from 'node:crypto';
import { decodeFacts, encodeFacts, type FactsStore } from '#shared/inventory';
import { type Blobs, keys, type Table } from '#shared/store';

/** Facts in use say so at most this often. */
const sayUsedMs = 7 * 24 * 60 * 60_000;

/** The key of the blob of a layer's facts. */
export const factsBlob = ({ blob, extractors }: { readonly blob: string; readonly extractors: string }): string =>
  `facts/${blob.replace(':', '/')}/${createHash('sha256').update(extractors).digest('hex').slice(0, 16)}`;

/**
 * Layer facts kept by blob digest and extractor versions (design decision 5). The blob is written before the row that points
 * to it; two readers of one layer write the same bytes, so no lease is needed. They are only ever a saving: a row or blob that is gone is read anew. The row
 * says when they were last of use, for the sweep lets those go that were not for long.
 */
export function layerFactsStore(table: Table, blobs: Blobs, now: () => Date): FactsStore {
  return {
    async get(blob, extractors) {
      const row = await table.get(keys.layerFacts(blob, extractors));
      if (typeof row?.blob !== 'string') return undefined;
      const bytes = await blobs.get(row.blob);
      if (bytes === undefined) return undefined;
      const { usedAt } = row;
      if (typeof usedAt === 'string' && now().getTime() - Date.parse(usedAt) > sayUsedMs)
        await table.put({ ...row, usedAt: now().toISOString() }, { equals: { attribute: 'usedAt', value: usedAt } });
      return await decodeFacts(bytes);
    },
    async put(facts) {
      const key = factsBlob(facts);
      await blobs.put(key, await encodeFacts(facts));
      const { blob, extractors, state } = facts;
      await table.put({
        ...keys.layerFacts(blob, extractors),
        blob: key,
        extractors,
        state,
        usedAt: now().toISOString(),
      });
    },
  };
}
