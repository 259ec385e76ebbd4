import { BrokenArchive } from '../../errors.ts';
import type { FeedFile, FileOrigin, OriginFile, RawRecord } from '../feed.ts';
import { tarFiles } from '../tar.ts';
import { unzstd } from '../zstd.ts';
import { type DocumentTimes, keyOfTime, standingDocuments } from './changes.ts';
import { recordIdOf, vexRecord } from './vex-record.ts';

// A CVE that touches all of the kernel has tens of megabytes; all documents together tens of gigabytes.
const limits = { document: 128 << 20, archive: 256 * 2 ** 30 } as const;
const together = 8;
// what was missed when the list was written while the archive was
const mostUnlisted = 0.05;

/** What the archive is read beside. */
export interface Beside {
  /** when each document changed last, those that are gone too; empty: no list was published */
  readonly changes: DocumentTimes;
  readonly deletions: DocumentTimes;
  readonly origin: FileOrigin;
}

/** A document that changed since the archive was made, with what the archive says of it. */
interface Changed {
  readonly path: string;
  /** undefined: the archive does not have it, or it is of other products alone */
  readonly archived?: RawRecord;
}

/**
 * The records of an archive of documents (`<year>/cve-….json` in a tar, zstd), brought up to the list of changes: what changed since the archive's day is
 * taken by itself where the origin has it, what was deleted is left out. A few documents are in memory at a time, however many changed: now and then Red Hat
 * writes all of them anew.
 *
 * @throws BrokenArchive when it is cut or damaged, or much of it is not listed
 */
export async function* archivedRecords(archive: FeedFile, beside: Beside): AsyncGenerator<RawRecord> {
  const { changes, deletions, origin } = beside;
  const standing = standingDocuments(changes, deletions);
  const day = dayOf(archive);
  const waiting = changedSince(day, standing);
  const pieces = unzstd(archive.open(), archive.about, limits.archive);
  let held: Changed[] = [];
  let documents = 0;
  let unlisted = 0;
  try {
    for await (const { name, bytes } of tarFiles(pieces, archive.about, isDocument, limits.document)) {
      const path = pathOf(name);
      const id = recordIdOf(path);
      if (id === undefined) continue;
      documents += 1;
      if (changes.size > 0 && !changes.has(path)) unlisted += 1;
      else if (changes.size > 0 && !standing.has(path)) continue;
      else if (waiting.delete(path)) {
        held.push({ path, ...(namesLinux(bytes) ? { archived: bytesOf(id, bytes) } : {}) });
        if (held.length < together) continue;
        yield* newest(held, origin, day);
        held = [];
      } else if (namesLinux(bytes)) yield bytesOf(id, bytes);
    }
    // the end of what was packed proves the rest
    for await (const _ of pieces);
  } finally {
    await pieces.return(undefined);
  }
  if (unlisted > Math.max(20, documents * mostUnlisted))
    throw new BrokenArchive(archive.about, `${unlisted} of its ${documents} documents are not in the list of changes`);
  for (const path of waiting) {
    held.push({ path });
    if (held.length < together) continue;
    yield* newest(held, origin, day);
    held = [];
  }
  yield* newest(held, origin, day);
}

/**
 * A document as a record; undefined: the origin does not have it, or only one that was published before. Throws SourceUnavailable.
 *
 * @param since in the form of the lists of changes
 */
export async function singleRecord(origin: FileOrigin, path: string, since = ''): Promise<RawRecord | undefined> {
  const id = recordIdOf(path);
  const file = id === undefined ? undefined : await origin.file(path);
  if (id === undefined || file === undefined || (keyOfTime(file.modified) ?? '') < since) return undefined;
  const record = bytesOf(id, await wholeOf(file));
  // thousands change in a week, and each is asked for again only when it changed
  await file.forget();
  return record;
}

/** The paths of documents that changed since an archive was made. */
const changedSince = (day: string, standing: DocumentTimes): Set<string> =>
  new Set([...standing].flatMap(([path, at]) => (at >= day && recordIdOf(path) !== undefined ? [path] : [])));

/** The records of changed documents as the origin has them now, where it does not as the archive has them. */
async function* newest(changed: readonly Changed[], origin: FileOrigin, day: string): AsyncGenerator<RawRecord> {
  const records = await Promise.all(
    changed.map(async ({ path, archived }) => (await singleRecord(origin, path, day)) ?? archived),
  );
  for (const record of records) if (record !== undefined) yield record;
}

/** `csaf_vex_2025-02-15.tar.zst` was begun on that day; one without a day in its name at most a day before it was published. */
function dayOf({ about, modified }: OriginFile): string {
  const day = /_(\d{4}-\d{2}-\d{2})\.tar\.zst$/.exec(about)?.[1];
  const published = Date.parse(modified);
  const before = Number.isNaN(published) ? '' : new Date(published - 86_400_000).toISOString();
  return keyOfTime(`${day ?? ''}T00:00:00Z`) ?? keyOfTime(before) ?? '';
}

/** Most documents are of other products alone: reading them would take as long as all the others. */
const namesLinux = (document: Buffer): boolean => streamNames.some((name) => document.includes(name));
const streamNames = ['redhat:enterprise_linux', 'redhat:rhel_'];

// tar of macOS adds files that begin with `._`
const isDocument = (name: string): boolean => /(?:^|\/)cve-[\d-]+\.json$/.test(name);

/** `./2024/cve-2024-6387.json` and the same in a folder */
const pathOf = (name: string): string => name.split('/').slice(-2).join('/');

function bytesOf(id: string, document: Buffer): RawRecord {
  const record = vexRecord(id, document);
  return 'bytes' in record ? record : { id, bytes: Buffer.from(JSON.stringify(record)) };
}

async function wholeOf(file: OriginFile): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of file.open()) {
    size += piece.length;
    if (size > limits.document) throw new BrokenArchive(file.about, `it has more than ${limits.document} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
