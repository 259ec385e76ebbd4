import { type CatalogueRequest, type Catalogues, noteRefusal, refusal } from './catalogues.ts';
import { cveListFeed } from './cve-list/cve-judges.ts';
import { type CvesRead, type KnownCves, readCveList } from './cve-list/read-cve-list.ts';
import type { FeedRefused } from './errors.ts';
import type { FeedOutcome } from './freshness.ts';
import type { PublishPorts } from './published.ts';
import { readCves, writeCves } from './published-catalogues.ts';
import type { BrokenRecord, CatalogueEntry } from './types.ts';
import { unlessBroken } from './unless-broken.ts';

/** The CVE List as it was gathered, and what to remember of its source. */
export interface GatheredCves {
  readonly entry: CatalogueEntry;
  readonly stamps: Readonly<Record<string, string>>;
  /** records that were left out: the first of them, and how many */
  readonly broken: readonly BrokenRecord[];
  readonly brokenCount: number;
}

/**
 * Reads the CVE List if it was asked for and has something new; what is empty, broken, much smaller or older than the last good one is refused, and that one
 * stays. undefined: nothing new.
 *
 * @param stamps of the sources as they were last read
 */
export async function gatherCves(
  request: CatalogueRequest & { readonly now: () => Date; readonly force?: boolean },
  base: Catalogues | undefined,
  stamps: Readonly<Record<string, string>> | undefined,
  refused: FeedRefused[],
  asked: Map<string, FeedOutcome>,
): Promise<GatheredCves | undefined> {
  const source = request.cves;
  if (source === undefined) return undefined;
  const { describe } = source;
  const stampKey = `${describe} ${cveListFeed}`;
  try {
    const stamp = request.force === true ? undefined : stamps?.[stampKey];
    const known = await knownCves(request, base?.cves, describe, stamp);
    const read = await readCveList(source, known, {
      now: request.now(),
      ...(request.acceptAnything === true ? { acceptAnything: true } : {}),
    });
    asked.set(cveListFeed, { source: describe, outcome: read === undefined ? 'unchanged' : 'read' });
    return read === undefined ? undefined : await kept(request, read, describe, stampKey);
  } catch (error) {
    const { reason, message } = noteRefusal(refused, refusal(error, describe));
    asked.set(cveListFeed, { source: describe, outcome: 'refused', reason, text: message });
    return undefined;
  }
}

async function kept(ports: PublishPorts, read: CvesRead, source: string, stampKey: string): Promise<GatheredCves> {
  const { table, asOf, stamp, broken, brokenIds } = read;
  await writeCves(ports.blobs, table);
  return {
    entry: { hash: table.hash, entries: table.entries, asOf, source },
    stamps: { [stampKey]: stamp },
    broken: brokenIds.map((id) => ({ id, ecosystem: cveListFeed, text: `${id}: it is no record of the CVE List` })),
    brokenCount: broken,
  };
}

/** The last good table of the same source; one that is gone, or of another form, is as if there were none. */
async function knownCves(
  { blobs }: PublishPorts,
  entry: CatalogueEntry | undefined,
  describe: string,
  stamp: string | undefined,
): Promise<KnownCves | undefined> {
  if (entry?.source !== describe) return undefined;
  const table = await unlessBroken(() => readCves(blobs, entry.hash));
  return table === undefined ? undefined : { table, asOf: entry.asOf, ...(stamp === undefined ? {} : { stamp }) };
}
