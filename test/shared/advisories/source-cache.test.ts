import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cachedCves, cveListLocal, folderBook, folderSource } from '#shared/advisories';
import { type Blobs, folderBlobs, memoryBlobs } from '#shared/store';
import { many, releaseZip } from './cve-list/cve-records.ts';
import { makeZip } from './make-zip.ts';
import { writeServed } from './served.ts';

const temporary = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-cache-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

async function keysOf(blobs: Blobs, kind: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of blobs.list()) if (key.startsWith(`${kind}/`)) keys.push(key);
  return keys;
}

const debian = (fixed: string, ecosystem = 'Debian:12'): Buffer => {
  const record = {
    id: 'DSA-1-1',
    modified: '2026-01-01T00:00:00Z',
    affected: [
      {
        package: { ecosystem, name: 'curl' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  };
  return makeZip([{ name: 'DSA-1-1.json', bytes: Buffer.from(JSON.stringify(record)) }]);
};

describe('what was read of a source', () => {
  test('stays as one shard, however often the source has a new one', async () => {
    const folder = await temporary();
    const cacheFolder = join(folder, 'cache');
    const hashes: string[] = [];
    for (const fixed of ['1', '2', '3']) {
      await writeServed(join(folder, 'osv'), { Debian: debian(fixed) });
      const book = folderBook({ source: folderSource(join(folder, 'osv')), cacheFolder });
      expect((await book.shard('Debian:12'))?.lookup('curl')).toHaveLength(1);
      hashes.push((await book.manifest()).shards['Debian:12']?.hash ?? '');
    }
    expect(new Set(hashes).size).toBe(3);
    expect(await keysOf(folderBlobs(cacheFolder), 'shards')).toEqual([`shards/${hashes[2]}`]);
  });

  test('leaves no shard when the source has nothing of its release any more', async () => {
    const folder = await temporary();
    const cacheFolder = join(folder, 'cache');
    for (const served of [debian('1'), debian('1', 'Debian:13')]) {
      await writeServed(join(folder, 'osv'), { Debian: served });
      await folderBook({ source: folderSource(join(folder, 'osv')), cacheFolder }).shard('Debian:12');
    }
    expect(await keysOf(folderBlobs(cacheFolder), 'shards')).toEqual([]);
  });

  test('stays as one table of the CVE List', async () => {
    const folder = await temporary();
    const file = join(folder, 'list.zip');
    const blobs = memoryBlobs();
    const now = new Date('2026-08-10T00:00:00Z');
    for (const records of [20, 21, 22]) {
      await writeFile(file, releaseZip(many(records)));
      const source = cveListLocal(file, join(folder, 'scratch'));
      expect((await cachedCves(source, blobs, now))?.table.size).toBe(records);
      // and serves again
      expect((await cachedCves(source, blobs, now))?.table.size).toBe(records);
    }
    expect(await keysOf(blobs, 'cves')).toHaveLength(1);
  });

  test('is read anew when its table was damaged, which then goes', async () => {
    const folder = await temporary();
    const file = join(folder, 'list.zip');
    const blobs = memoryBlobs();
    const source = cveListLocal(file, join(folder, 'scratch'));
    const now = new Date('2026-08-10T00:00:00Z');
    await writeFile(file, releaseZip(many(20)));
    await cachedCves(source, blobs, now);
    const [key = ''] = await keysOf(blobs, 'cves');
    await blobs.put(key, Buffer.from('damaged'));
    await writeFile(file, releaseZip(many(21)));
    expect((await cachedCves(source, blobs, now))?.table.size).toBe(21);
    expect(await keysOf(blobs, 'cves')).not.toContain(key);
  });
});
