import { sideBySide } from '#shared/findings';
import type { Item, Table } from '#shared/store';

const dayMs = 24 * 60 * 60_000;
/** Facts of other extractors than today's are read no more; a deployment may be taken back within these days. */
const otherExtractorsDays = 7;
const atOnce = 16;

/** How long facts stay that nobody uses. */
export interface FactsAge {
  /** extractor versions of today */
  readonly extractors: string;
  readonly keepDays: number;
  readonly now: Date;
}

/** Whether the row of a layer's facts has outlived its use. Facts are only ever a saving, so age decides alone. Pure. */
export function haveAged({ usedAt, extractors }: Item, { extractors: todays, keepDays, now }: FactsAge): boolean {
  if (typeof usedAt !== 'string') return false;
  const days = extractors === todays ? keepDays : Math.min(keepDays, otherExtractorsDays);
  return now.getTime() - Date.parse(usedAt) > days * dayMs;
}

/** Takes the rows of aged facts away, unless they were of use meanwhile; their blobs follow with the blobs that nothing points to. Returns how many. */
export async function collectFacts(table: Table, rows: readonly Item[], age: FactsAge): Promise<number> {
  const aged = rows
    .filter(({ pk, sk }) => pk.startsWith('B#') && sk.startsWith('F#'))
    .filter((row) => haveAged(row, age));
  let gone = 0;
  await sideBySide(aged, atOnce, async ({ pk, sk, usedAt }) => {
    const result = await table.delete({ pk, sk }, { equals: { attribute: 'usedAt', value: String(usedAt) } });
    if (result === 'written') gone += 1;
  });
  return gone;
}
