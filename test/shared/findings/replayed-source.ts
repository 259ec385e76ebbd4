import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdvisorySource } from '#shared/advisories';
import { zipEntries } from '../../../shared/advisories/adapters/zip-reader.ts';

/** Where real advisories may lie: beside the project, never in it. */
const data = join(import.meta.dirname, '../../../../shared/data');

/** Whether the updates to replay are there. */
export const replayIsThere = existsSync(join(data, 'refresh/AlmaLinux/1/changes.json'));

/** The updates of the data set, and the folders that their records may lie in. */
export const families = {
  AlmaLinux: ['AlmaLinux'],
  BellSoft: ['Alpaquita', 'BellSoft Hardened Containers', '[EMPTY]'],
} as const;

type Records = Map<string, Buffer>;

async function unzip(path: string): Promise<Records> {
  const file = await open(path);
  const records: Records = new Map();
  try {
    for await (const { name, bytes } of zipEntries(file, path, (each) => each.endsWith('.json')))
      records.set(name.slice(0, -'.json'.length), bytes);
  } finally {
    await file.close();
  }
  return records;
}

/**
 * The states of one family before and after each of its three updates, oldest first, as sources: going backwards from the newest state, each update's
 * `before` is put back and what it added is taken out, as the data's own page says.
 */
export async function replayed(family: keyof typeof families): Promise<readonly AdvisorySource[]> {
  const folders = families[family];
  const newest: Records = new Map();
  for (const folder of folders)
    for (const [id, bytes] of await unzip(join(data, 'osv', folder, 'all.zip')))
      if (family === 'AlmaLinux' || id.startsWith('BELL-')) newest.set(id, bytes);
  const states = [newest];
  for (const step of [3, 2, 1]) {
    const at = join(data, 'refresh', family, String(step));
    const [before, after] = [await unzip(join(at, 'before.zip')), await unzip(join(at, 'after.zip'))];
    const older: Records = new Map(states[0]);
    for (const id of after.keys()) older.delete(id);
    for (const [id, bytes] of before) older.set(id, bytes);
    states.unshift(older);
  }
  return states.map((records, at) => sourceOf(records, folders, String(at)));
}

function sourceOf(records: Records, folders: readonly string[], stamp: string): AdvisorySource {
  return {
    describe: 'replay',
    ecosystems: async () => folders,
    modified: async () => stamp,
    async *records(ecosystem) {
      for (const [id, bytes] of records) if (bytes.includes(`"${ecosystem}`)) yield { id, bytes };
    },
  };
}
