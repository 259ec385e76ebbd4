import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  BrokenArchive,
  deltaSince,
  folderSource,
  type HttpSource,
  type ModifiedIds,
  namesInZip,
  rewriteZip,
  watermarkOf,
} from '#shared/advisories';
import type { MirrorPart } from './mirror.ts';

/** OSV's archive of one ecosystem, brought up to date from what lies in a mirror where OSV says what changed. */
export interface StagedBulk {
  readonly bulk: HttpSource;
  /** what its list of changes is in it up to; undefined: there is no list, and the next time everything is fetched */
  readonly watermark?: NonNullable<MirrorPart['watermark']>;
  /** Nothing of what was made stays. Safe to repeat. */
  drop(): Promise<void>;
}

const together = 8;

/**
 * Reads the list of changes and, when somebody asks for records, those that changed since the mirror's watermark: into a copy of its archive beside it, so that what is refused
 * replaces nothing. Where there is no list, too much changed, or a record is missing, the whole archive is fetched as before.
 *
 * @throws AdvisoryError when the list is older than the mirror, or its server does not answer
 */
export async function stagedBulk(
  folder: string,
  ecosystem: string,
  known: MirrorPart | undefined,
  bulk: HttpSource,
  now: Date,
): Promise<StagedBulk> {
  const none = { bulk, drop: async () => undefined };
  const journal = await bulk.journal?.(ecosystem);
  const ids = journal === undefined ? undefined : await readIds(() => journal.ids());
  if (journal === undefined || ids === undefined) return none;
  const staging = path.join(folder, `${ecosystem}.${randomUUID()}.part`);
  const local = folderSource(staging);
  const made = path.join(staging, ecosystem, 'all.zip');
  const since = known?.watermark?.of === bulk.describe ? known.watermark.at : undefined;

  const bringUp = async (from: string): Promise<boolean> => {
    const before = path.join(folder, ecosystem, 'all.zip');
    const names = await namesOf(before);
    if (names === undefined) return false;
    const delta = deltaSince(ecosystem, ids, from, new Set(names.keys()), now);
    const records = delta === undefined ? undefined : await fetchAll((id) => journal.record(id), delta.changed);
    if (delta === undefined || records === undefined) return false;
    await mkdir(path.dirname(made), { recursive: true });
    const nameOf = (id: string): string => names.get(id) ?? `${id}.json`;
    await rewriteZip(before, made, {
      without: new Set(delta.deleted.map(nameOf)),
      add: new Map([...records].map(([id, bytes]) => [nameOf(id), bytes])),
    });
    return true;
  };
  let up: Promise<boolean | undefined> | undefined;
  const isUp = (): Promise<boolean | undefined> => {
    up ??= since === undefined ? Promise.resolve(false) : bringUp(since).catch(unlessDamaged);
    return up;
  };
  return {
    bulk: {
      ...bulk,
      modified: async () => `journal ${journal.stamp}`,
      async *records() {
        yield* ((await isUp()) ? local : bulk).records(ecosystem);
      },
      archive: async () => ((await isUp()) ? made : bulk.archive(ecosystem)),
    },
    watermark: { of: bulk.describe, at: watermarkOf(ids, now) },
    drop: () => rm(staging, { recursive: true, force: true }),
  };
}

/** A list that cannot be read says nothing of the archive. */
const readIds = (read: () => Promise<ModifiedIds>): Promise<ModifiedIds | undefined> => read().catch(unlessDamaged);

function unlessDamaged(error: unknown): undefined {
  if (error instanceof BrokenArchive) return undefined;
  throw error;
}

/** The names of an archive's entries by the ids of their records; undefined: there is none that can be read. */
async function namesOf(archive: string): Promise<ReadonlyMap<string, string> | undefined> {
  const file = await open(archive, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const names = await namesInZip(file, archive);
    return new Map(names.map((name) => [name.slice(name.lastIndexOf('/') + 1).replace(/\.json$/, ''), name]));
  } finally {
    await file.close();
  }
}

/** Whether these bytes are that record, and no page of a proxy. */
function isRecord(bytes: Buffer, id: string): boolean {
  try {
    const record: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof record === 'object' && record !== null && 'id' in record && record.id === id;
  } catch {
    return false;
  }
}

/** undefined: one of them is not there, as in a mirror that has the archive and the list alone. */
async function fetchAll(
  record: (id: string) => Promise<Buffer | undefined>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer> | undefined> {
  const found = new Map<string, Buffer>();
  for (let at = 0; at < ids.length; at += together) {
    const some = ids.slice(at, at + together);
    for (const [id, bytes] of await Promise.all(some.map(async (id) => [id, await record(id)] as const))) {
      if (bytes === undefined || !isRecord(bytes, id)) return undefined;
      found.set(id, bytes);
    }
  }
  return found;
}
