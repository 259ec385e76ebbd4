import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Blobs } from '#shared/store';
import type { CveListSource } from '../cve-list/cve-source.ts';
import { type OpenedCves, openCveTable } from '../cve-list/cve-table.ts';
import { type KnownCves, readCveList } from '../cve-list/read-cve-list.ts';
import { BrokenShard } from '../errors.ts';

const noteSchema = z.object({ stamp: z.string(), hash: z.string(), asOf: z.string() });

/** The list as it was read, and how new it is. */
export type CachedCves = Required<KnownCves>;

/**
 * Reads the CVE List of a source into a cache, where its table serves again while the source's stamp is the same.
 *
 * @throws FeedRefused, BrokenArchive, SourceUnavailable
 */
export async function cachedCves(
  source: CveListSource,
  blobs: Blobs,
  now: Date,
  progress?: (records: number) => void,
): Promise<CachedCves | undefined> {
  const noteKey = `notes/${createHash('sha256').update(`${source.describe}\ncve-list`).digest('hex')}`;
  const known = await readNoted(blobs, noteKey);
  const read = await readCveList(source, known, {
    now,
    acceptAnything: true,
    ...(progress === undefined ? {} : { progress }),
  });
  if (read === undefined) return known;
  const { table, asOf, stamp } = read;
  await blobs.put(`cves/${table.hash}`, table.bytes);
  await blobs.put(noteKey, Buffer.from(JSON.stringify({ stamp, hash: table.hash, asOf })));
  return { table: openCveTable(table.bytes), asOf, stamp };
}

async function readNoted(blobs: Blobs, key: string): Promise<CachedCves | undefined> {
  const note = await blobs.get(key);
  try {
    const { stamp, hash, asOf } = noteSchema.parse(JSON.parse(note?.toString('utf8') ?? ''));
    const bytes = await blobs.get(`cves/${hash}`);
    const table: OpenedCves | undefined = bytes === undefined ? undefined : openCveTable(bytes, hash);
    return table === undefined ? undefined : { table, asOf, stamp };
  } catch (error) {
    if (error instanceof BrokenShard || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
