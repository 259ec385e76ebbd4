import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Blobs } from '#shared/store';
import type { CveListSource } from '../cve-list/cve-source.ts';
import { openCveTable } from '../cve-list/cve-table.ts';
import { type KnownCves, readCveList } from '../cve-list/read-cve-list.ts';
import { forgetCves, readCves, writeCves } from '../published-catalogues.ts';
import { unlessBroken } from '../unless-broken.ts';

const noteSchema = z.object({ stamp: z.string(), hash: z.string(), asOf: z.string() });

type Note = z.infer<typeof noteSchema>;

/** The list as it was read, and how new it is. */
export type CachedCves = Required<KnownCves>;

/**
 * Reads the CVE List of a source into a cache, where its table serves again while the source's stamp is the same, and gives way to the next.
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
  const note = noteIn(await blobs.get(noteKey));
  const known = note === undefined ? undefined : await readNoted(blobs, note);
  const read = await readCveList(source, known, {
    now,
    acceptAnything: true,
    ...(progress === undefined ? {} : { progress }),
  });
  if (read === undefined) return known;
  const { table, asOf, stamp } = read;
  await writeCves(blobs, table);
  await blobs.put(noteKey, Buffer.from(JSON.stringify({ stamp, hash: table.hash, asOf })));
  // of each source the newest only; where another had the same, that one is read once more
  if (note !== undefined && note.hash !== table.hash) await forgetCves(blobs, note.hash);
  return { table: openCveTable(table.bytes), asOf, stamp };
}

async function readNoted(blobs: Blobs, { hash, asOf, stamp }: Note): Promise<CachedCves | undefined> {
  const table = await unlessBroken(() => readCves(blobs, hash));
  return table === undefined ? undefined : { table, asOf, stamp };
}

function noteIn(bytes: Buffer | undefined): Note | undefined {
  try {
    return noteSchema.safeParse(JSON.parse(bytes?.toString('utf8') ?? '')).data;
  } catch {
    return undefined;
  }
}
