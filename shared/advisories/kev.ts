import * as z from 'zod';
import { FeedRefused } from './errors.ts';
import type { KevEntry } from './types.ts';

const catalogue = z.object({
  catalogVersion: z.string().optional(),
  dateReleased: z.string().optional(),
  vulnerabilities: z.array(z.unknown()),
});

const entry = z.object({
  cveID: z.string().regex(/^CVE-\d{4}-\d{4,}$/),
  dateAdded: z.string().regex(/^\d{4}-\d{2}-\d{2}/),
  knownRansomwareCampaignUse: z.string().optional(),
});

/** CISA's catalogue as it is kept: entries by CVE, sorted. */
export interface KevCatalogue {
  readonly asOf: string;
  readonly entries: readonly KevEntry[];
  /** entries that could not be read */
  readonly broken: number;
}

/**
 * Reads CISA's JSON of known exploited vulnerabilities; entries that cannot be read are counted and skipped.
 *
 * @throws FeedRefused when it is not such a catalogue, or empty
 */
export function parseKev(bytes: Uint8Array, about: string): KevCatalogue {
  const read = catalogue.safeParse(json(bytes, about));
  if (!read.success)
    throw new FeedRefused(about, 'broken', 'it is not the catalogue of known exploited vulnerabilities');
  const byCve = new Map<string, KevEntry>();
  let broken = 0;
  for (const raw of read.data.vulnerabilities) {
    const one = entry.safeParse(raw);
    if (!one.success) {
      broken += 1;
      continue;
    }
    const { cveID, dateAdded, knownRansomwareCampaignUse } = one.data;
    byCve.set(cveID, {
      cve: cveID,
      dateAdded: dateAdded.slice(0, 10),
      ransomware: knownRansomwareCampaignUse?.toLowerCase() === 'known',
    });
  }
  if (byCve.size === 0) throw new FeedRefused(about, 'empty', 'the catalogue names no vulnerability');
  const entries = [...byCve.values()].sort((a, b) => (a.cve < b.cve ? -1 : 1));
  const newest =
    entries
      .map((one) => one.dateAdded)
      .sort()
      .at(-1) ?? '';
  return { asOf: read.data.dateReleased ?? newest, entries, broken };
}

function json(bytes: Uint8Array, about: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new FeedRefused(about, 'broken', 'it is not JSON', { cause });
  }
}
