import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Blobs, packJson, unpackJson } from '#shared/store';
import { type CveTable, type OpenedCves, openCveTable } from './cve-list/cve-table.ts';
import { type EndOfLife, endsOf } from './end-of-life/parse-end-of-life.ts';
import { type EpssTable, type OpenedEpss, openEpss } from './epss.ts';
import { BrokenShard } from './errors.ts';
import type { KevEntry } from './types.ts';

const unpackedLimit = 64 << 20;

/** Keeps the catalogue of known exploited vulnerabilities under its hash. */
export async function writeKev(blobs: Blobs, entries: readonly KevEntry[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(entries)).digest('hex');
  await blobs.put(`kev/${hash}`, packJson(entries));
  return hash;
}

const kevSchema = z.array(z.object({ cve: z.string(), dateAdded: z.string(), ransomware: z.boolean() }));

/** Reads it back by CVE. Throws BrokenShard. */
export async function readKev(blobs: Blobs, hash: string): Promise<ReadonlyMap<string, KevEntry>> {
  const bytes = await blobs.get(`kev/${hash}`);
  if (bytes === undefined)
    throw new BrokenShard(`kev/${hash}`, 'the catalogue of known exploited vulnerabilities is gone');
  const value = unpackJson(bytes, unpackedLimit);
  const read = kevSchema.safeParse(value);
  if (!read.success || createHash('sha256').update(JSON.stringify(value)).digest('hex') !== hash)
    throw new BrokenShard(`kev/${hash}`, 'the catalogue of known exploited vulnerabilities is not what its hash says');
  return new Map(read.data.map((entry) => [entry.cve, entry]));
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

const endsSchema = z.array(z.tuple([z.string(), z.string().nullable()]));

/** Keeps the ends of releases under their hash. */
export async function writeEndOfLife(blobs: Blobs, read: EndOfLife): Promise<string> {
  const ends = endsOf(read);
  const hash = createHash('sha256').update(JSON.stringify(ends)).digest('hex');
  await blobs.put(`endOfLife/${hash}`, packJson(ends));
  return hash;
}

/** Reads them back. Throws BrokenShard. */
export async function readEndOfLife(blobs: Blobs, hash: string): Promise<EndOfLife['ends']> {
  const bytes = await blobs.get(`endOfLife/${hash}`);
  if (bytes === undefined) throw new BrokenShard(`endOfLife/${hash}`, 'the ends of releases are gone');
  const value = unpackJson(bytes, unpackedLimit);
  const read = endsSchema.safeParse(value);
  if (!read.success || createHash('sha256').update(JSON.stringify(value)).digest('hex') !== hash)
    throw new BrokenShard(`endOfLife/${hash}`, 'the ends of releases are not what their hash says');
  return new Map(read.data);
}
