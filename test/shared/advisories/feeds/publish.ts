import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AdvisorySource, type Feed, feedSource, feedTable, folderFiles } from '#shared/advisories';
import type { Publication } from './publications.ts';

export const bulkOf = (records: Readonly<Record<string, readonly { readonly id: string }[]>> = {}): AdvisorySource => ({
  describe: 'bulk',
  ecosystems: async () => Object.keys(records).sort(),
  async *records(ecosystem) {
    for (const one of records[ecosystem] ?? []) yield { id: one.id, bytes: Buffer.from(JSON.stringify(one)) };
  },
  modified: async (ecosystem) => (records[ecosystem] === undefined ? undefined : JSON.stringify(records[ecosystem])),
});

/** A mirror folder that publications are written into, as a publisher would. */
export async function mirror(): Promise<{
  readonly folder: string;
  readonly publish: (feed: string, files: Publication, time?: string) => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-feeds-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return {
    folder,
    async publish(feed, files, time = '2024-06-01T00:00:00Z') {
      await rm(join(folder, feed), { recursive: true, force: true });
      for (const [path, bytes] of Object.entries(files)) {
        const place = join(folder, feed, path);
        await mkdir(dirname(place), { recursive: true });
        await writeFile(place, bytes);
        await utimes(place, new Date(time), new Date(time));
      }
    },
  };
}

/** All feeds from a mirror folder, over a bulk export. */
export const sourceOver = (folder: string, bulk: AdvisorySource = bulkOf()): AdvisorySource =>
  feedSource(
    bulk,
    feedTable.map((row) => ({ row, origin: folderFiles(join(folder, row.feed.id)) })),
  );

/** What a feed makes of a publication. */
export async function recordsOf(id: string, files: Publication): Promise<Readonly<Record<string, unknown>>[]> {
  const { folder, publish } = await mirror();
  await publish(id, files);
  const feed: Feed | undefined = feedTable.find((row) => row.feed.id === id)?.feed;
  if (feed === undefined) throw new Error(`no feed ${id}`);
  const records: Readonly<Record<string, unknown>>[] = [];
  const origin = folderFiles(join(folder, id));
  for await (const record of feed.records(await feed.files(origin), origin))
    records.push('bytes' in record ? JSON.parse(record.bytes.toString()) : { ...record });
  return records;
}
