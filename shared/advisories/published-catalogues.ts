import * as z from 'zod';
import type { Blobs } from '#shared/store';
import { type CveTable, type OpenedCves, openCveTable } from './cve-list/cve-table.ts';
import { type EndOfLife, endsOf } from './end-of-life/parse-end-of-life.ts';
import { type EpssTable, type OpenedEpss, openEpss } from './epss.ts';
import { BrokenShard } from './errors.ts';
import { keepJson, readKeptJson } from './kept-json.ts';
import type { KevEntry } from './types.ts';

const unpackedLimit = 64 << 20;

const kevs = {
  folder: 'kev',
  schema: z.array(z.object({ cve: z.string(), dateAdded: z.string(), ransomware: z.boolean() })),
  limit: unpackedLimit,
  what: 'the catalogue of known exploited vulnerabilities',
};

/** Keeps the catalogue of known exploited vulnerabilities under its hash. */
export const writeKev = (blobs: Blobs, entries: readonly KevEntry[]): Promise<string> =>
  keepJson(blobs, kevs.folder, entries);

/** Reads it back by CVE. Throws BrokenShard. */
export async function readKev(blobs: Blobs, hash: string): Promise<ReadonlyMap<string, KevEntry>> {
  return new Map((await readKeptJson(blobs, kevs, hash)).map((entry) => [entry.cve, entry]));
}

/** Keeps a table of EPSS scores under its hash, as shards are. */
export async function writeEpss(blobs: Blobs, scores: EpssTable): Promise<void> {
  await blobs.put(`epss/${scores.hash}`, scores.bytes);
}

/** Reads it back. Throws BrokenShard. */
export async function readEpss(blobs: Blobs, hash: string): Promise<OpenedEpss> {
  const bytes = await blobs.get(`epss/${hash}`);
  if (bytes === undefined) throw new BrokenShard(`epss/${hash}`, 'the EPSS scores are gone');
  return openEpss(bytes, hash);
}

/** Keeps a table of the CVE List under its hash, as shards are. */
export async function writeCves(blobs: Blobs, table: CveTable): Promise<void> {
  await blobs.put(`cves/${table.hash}`, table.bytes);
}

/** Reads it back. Throws BrokenShard. */
export async function readCves(blobs: Blobs, hash: string): Promise<OpenedCves> {
  const bytes = await blobs.get(`cves/${hash}`);
  if (bytes === undefined) throw new BrokenShard(`cves/${hash}`, 'the CVE List is gone');
  return openCveTable(bytes, hash);
}

/** Takes a table out of one machine's cache; what a store keeps is the sweep's to collect. */
export const forgetCves = (blobs: Blobs, hash: string): Promise<void> => blobs.delete(`cves/${hash}`);

const ends = {
  folder: 'endOfLife',
  schema: z.array(z.tuple([z.string(), z.string().nullable()])),
  limit: unpackedLimit,
  what: 'the ends of releases',
};

/** Keeps the ends of releases under their hash. */
export const writeEndOfLife = (blobs: Blobs, read: EndOfLife): Promise<string> =>
  keepJson(blobs, ends.folder, endsOf(read));

/** Reads them back. Throws BrokenShard. */
export async function readEndOfLife(blobs: Blobs, hash: string): Promise<EndOfLife['ends']> {
  return new Map(await readKeptJson(blobs, ends, hash));
}
