import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  advisoryBook,
  feedSource,
  feedTable,
  folderFiles,
  httpFiles,
  openShard,
  type RefreshRequest,
  refreshAdvisories,
} from '#shared/advisories';
import { memoryBlobs, memoryTable } from '#shared/store';
import { tarOf } from '../make-tar.ts';
import { type Publication, redHatArchive, timesOf } from '../publications.ts';
import { bulkOf, mirror, recordsOf } from '../publish.ts';
import { anySource, type Line, rhel, vexDocument } from './vex-documents.ts';

const monday = '2024-06-03T05:00:00Z';
const tuesday = '2024-06-04T05:00:00Z';
const wednesday = '2024-06-05T05:00:00Z';

const pathOf = (n: number): string => `2024/cve-2024-${1000 + n}.json`;
const documentOf = (n: number, released: string, status: 'known_affected' | 'known_not_affected' = 'known_affected') =>
  vexDocument([{ on: rhel.unfixed(9), ...anySource(`p${n}`), status }], { cve: `CVE-2024-${1000 + n}`, released });
const documents = (count: number, released = monday): Record<string, object> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [pathOf(n), documentOf(n, released)]));
const bytesOf = (document: object): Buffer => Buffer.from(JSON.stringify(document));
const changes = (...times: readonly (readonly [n: number, time: string])[]): Buffer =>
  timesOf(Object.fromEntries(times.map(([n, time]) => [pathOf(n), time])));
const idOf = (n: number): string => `REDHAT-CVE-2024-${1000 + n}`;

const idsOf = async (files: Publication): Promise<unknown[]> =>
  (await recordsOf('red-hat-vex', files)).map(({ id }) => id);

describe('an archive of VEX documents', () => {
  test('in several zstd frames, with folders and other files, is read to its end', async () => {
    const files = [
      { name: '2024/', bytes: Buffer.alloc(0), type: '5' },
      ...Object.entries(documents(3)).map(([path, one]) => ({ name: `./${path}`, bytes: bytesOf(one) })),
      { name: '2024/cve-2024-1000.json.asc', bytes: Buffer.from('signature') },
      { name: '2024/._cve-2024-1001.json', bytes: Buffer.from('of macOS') },
    ];
    const tar = tarOf(files);
    const frames = [tar.subarray(0, 700), tar.subarray(700, 5_000), tar.subarray(5_000)].map((part) =>
      zstdCompressSync(part),
    );
    const publication = redHatArchive(documents(3), monday);
    const name = publication['archive_latest.txt']!.toString();
    expect(await idsOf({ ...publication, [name]: Buffer.concat(frames) })).toEqual([0, 1, 2].map(idOf));
  });

  test('with documents of other products, or that are damaged, leaves out the former and names the latter', async () => {
    const other: Line['on'] = ['9Base-RHOSE-4.16', 'openshift:4.16::el9'];
    const line: Line = { on: other, ...anySource('cri-tools'), status: 'known_affected' };
    const files = redHatArchive(
      { ...documents(1), [pathOf(1)]: vexDocument([line], { cve: 'CVE-2024-1001' }) },
      monday,
    );
    expect(await idsOf(files)).toEqual([idOf(0)]);
    const damaged = redHatArchive({ [pathOf(0)]: documentOf(1, monday) }, monday);
    await expect(idsOf(damaged)).rejects.toThrow(/JSON/);
  });

  test('without any list of changes is read alone', async () => {
    const { 'changes.csv': _, 'deletions.csv': __, ...archive } = redHatArchive(documents(3), monday);
    expect(await idsOf(archive)).toEqual([0, 1, 2].map(idOf));
  });

  test('leaves out what was deleted, and what is listed no more', async () => {
    const files = redHatArchive(documents(4), monday, {
      'changes.csv': changes([0, monday], [1, monday], [3, monday]),
      // 3 was deleted once and came back, 0 went at the very second of its last change
      'deletions.csv': changes([0, monday], [1, tuesday], [3, '2024-01-01T00:00:00Z']),
    });
    expect(await idsOf(files)).toEqual([3].map(idOf));
  });

  test('is brought up to what changed since, where the single documents are there and newer', async () => {
    const files = {
      ...redHatArchive(documents(3), monday, {
        'changes.csv': changes([0, monday], [1, tuesday], [2, tuesday], [3, tuesday], [4, tuesday]),
      }),
      [pathOf(1)]: bytesOf(documentOf(1, tuesday, 'known_not_affected')),
      [pathOf(3)]: bytesOf(documentOf(3, tuesday)),
    };
    const { folder, publish } = await mirror();
    await publish('red-hat-vex', files, tuesday);
    const feed = feedTable.find(({ feed: { id } }) => id === 'red-hat-vex')!.feed;
    const origin = folderFiles(join(folder, 'red-hat-vex'));
    const read = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const record of feed.records(await feed.files(origin), origin)) {
        const text = 'bytes' in record ? record.bytes.toString() : '';
        found.push(`${record.id.slice(-4)} ${text.includes('"fixed":"0"') ? 'not affected' : 'affected'}`);
      }
      return found;
    };
    expect(await read()).toEqual(['1000 affected', '1001 not affected', '1002 affected', '1003 affected']);
    // copies of single documents from before the archive's day are not believed
    await publish('red-hat-vex', files, '2024-06-01T00:00:00Z');
    expect(await read()).toEqual(['1000 affected', '1001 affected', '1002 affected']);
  });

  test('of which all changed since is brought up to it without holding more than a few', async () => {
    const count = 200;
    const all = Array.from({ length: count + 20 }, (_, n) => n);
    const { folder, publish } = await mirror();
    await publish(
      'red-hat-vex',
      {
        ...redHatArchive(documents(count), monday, {
          'changes.csv': changes(...all.map((n) => [n, tuesday] as const)),
        }),
        ...Object.fromEntries(all.map((n) => [pathOf(n), bytesOf(documentOf(n, tuesday, 'known_not_affected'))])),
      },
      tuesday,
    );
    const feed = feedTable.find(({ feed: { id } }) => id === 'red-hat-vex')!.feed;
    const files = folderFiles(join(folder, 'red-hat-vex'));
    let asked = 0;
    const origin = {
      ...files,
      file: (path: string, keptAs?: string) => {
        if (path.endsWith('.json')) asked += 1;
        return files.file(path, keptAs);
      },
    };
    const found: string[] = [];
    let most = 0;
    for await (const record of feed.records(await feed.files(origin), origin)) {
      found.push(record.id);
      most = Math.max(most, asked - found.length);
      expect('bytes' in record && record.bytes.toString()).toContain('"fixed":"0"');
    }
    expect(found.sort()).toEqual(all.map(idOf).sort());
    expect(most).toBeLessThan(8);
  });

  test('of which much was deleted since is read without that', async () => {
    const deleted = Array.from({ length: 60 }, (_, n) => [n, tuesday] as const);
    expect(await idsOf(redHatArchive(documents(100), monday, { 'deletions.csv': changes(...deleted) }))).toHaveLength(
      40,
    );
  });

  test('without a day in its name, in a folder of its own, is taken as begun a day before it was published', async () => {
    const { folder, publish } = await mirror();
    const { 'csaf_vex_2024-06-03.tar.zst': _, ...lists } = redHatArchive(documents(2), monday);
    const files = Object.entries(documents(2)).map(([path, one]) => ({
      name: `vex-feed/${path}`,
      bytes: bytesOf(one),
    }));
    await publish(
      'red-hat-vex',
      {
        ...lists,
        'archive_latest.txt': Buffer.from('vex-archive.tar.zst\n'),
        'vex-archive.tar.zst': zstdCompressSync(tarOf(files)),
        [pathOf(1)]: bytesOf(documentOf(1, monday, 'known_not_affected')),
      },
      tuesday,
    );
    const feed = feedTable.find(({ feed: { id } }) => id === 'red-hat-vex')!.feed;
    const origin = folderFiles(join(folder, 'red-hat-vex'));
    const found: string[] = [];
    for await (const record of feed.records(await feed.files(origin), origin))
      found.push(`${record.id} ${'bytes' in record && record.bytes.toString().includes('"fixed":"0"')}`);
    expect(found).toEqual([`${idOf(0)} false`, `${idOf(1)} true`]);
  });

  test('of which much is not listed is refused: half of the list is missing', async () => {
    const files = redHatArchive(documents(100), monday, { 'changes.csv': changes([0, monday], [1, monday]) });
    await expect(idsOf(files)).rejects.toThrow(/98 of its 100 documents are not in the list of changes/);
  });

  test.each([
    ['a page of a proxy', '<html>'],
    ['a path', '../../etc/passwd'],
    ['a pattern of dots', '..tar.zst'],
    ['nothing', ''],
  ])('that the pointer does not name but %s is refused', async (_, text) => {
    await expect(
      idsOf({ ...redHatArchive(documents(1), monday), 'archive_latest.txt': Buffer.from(text) }),
    ).rejects.toThrow(/it names no archive/);
  });

  test.each([
    ['a cut line', '"2024/cve-2024-1000.json","2024-06-03T05:0'],
    ['another form', 'cve;time\n'],
    ['no time', '"2024/cve-2024-1000.json","yesterday"\n'],
  ])('with a list of changes that has %s is refused', async (_, text) => {
    await expect(idsOf(redHatArchive(documents(1), monday, { 'changes.csv': Buffer.from(text) }))).rejects.toThrow(
      /changes\.csv: a line of it cannot be read/,
    );
  });

  test('whose end is missing is refused, be it of the tar or of what is packed', async () => {
    const publication = redHatArchive(documents(3), monday);
    const name = publication['archive_latest.txt']!.toString();
    const whole = publication[name]!;
    await expect(idsOf({ ...publication, [name]: whole.subarray(0, -1) })).rejects.toThrow(/zstd cannot be read/);
    const short = zstdCompressSync(tarOf([{ name: 'a', bytes: Buffer.alloc(9) }]).subarray(0, 1_024));
    await expect(idsOf({ ...publication, [name]: short })).rejects.toThrow(/it is cut/);
    await expect(idsOf({ ...publication, [name]: Buffer.from('<html>') })).rejects.toThrow(/zstd cannot be read/);
  });
});

/** A server of publications that counts what it is asked for. */
async function setUp() {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'drydock-red-hat-'));
  onTestFinished(() => rm(cacheFolder, { recursive: true, force: true }));
  const files = new Map<string, Buffer>();
  const asked: string[] = [];
  let broken = false;
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    const body = files.get(path);
    asked.push(path);
    if (broken) return void response.writeHead(500).end();
    if (body === undefined) return void response.writeHead(404).end();
    const etag = `"${createHash('sha256').update(body).digest('hex')}"`;
    const same = request.headers['if-none-match'] === etag;
    response.writeHead(same ? 304 : 200, { etag, 'last-modified': new Date(wednesday).toUTCString() });
    response.end(same ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const row = feedTable.find(({ feed }) => feed.id === 'red-hat-vex')!;
  const origin = httpFiles(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { cacheFolder, pauses: [] });
  const ports = { blobs: memoryBlobs(), table: memoryTable() };
  const request: RefreshRequest = {
    ...ports,
    source: feedSource(bulkOf(), [{ row, origin }]),
    ecosystems: ['Red Hat'],
    now: () => new Date('2024-06-30T00:00:00Z'),
  };
  return {
    asked,
    break: (yes: boolean) => {
      broken = yes;
    },
    serve: (publication: Publication) => {
      files.clear();
      for (const [path, bytes] of Object.entries(publication)) files.set(path, bytes);
    },
    async refresh(more: Partial<RefreshRequest> = {}) {
      asked.length = 0;
      return refreshAdvisories({ ...request, ...more });
    },
    async state() {
      const manifest = await advisoryBook(ports, { maxAge: 0 }).manifest();
      const { hash } = manifest.shards['Red Hat:enterprise_linux:9'] ?? { hash: '' };
      const bytes = await ports.blobs.get(`shards/${hash}`);
      return { hash, names: bytes === undefined ? [] : [...openShard(bytes).names()].sort() };
    },
  };
}

const served = (
  archive: Publication,
  ...singles: readonly (readonly [n: number, document: object])[]
): Publication => ({
  ...archive,
  ...Object.fromEntries(singles.map(([n, document]) => [pathOf(n), bytesOf(document)])),
});

describe("Red Hat's list of changes", () => {
  const singles = Array.from({ length: 60 }, (_, n) => [n, documentOf(n, monday)] as const);
  const first = served(redHatArchive(documents(60), monday), ...singles);

  test('given some changes, then only these are fetched, and the result is that of reading everything', async () => {
    const { serve, refresh, asked, state } = await setUp();
    serve(first);
    expect(await refresh()).toMatchObject({ generation: 1, refused: [], broken: [] });
    expect(asked).toContain('csaf_vex_2024-06-03.tar.zst');

    const later = served(
      {
        ...redHatArchive(documents(60), monday),
        'changes.csv': timesOf({
          ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [pathOf(n), monday])),
          [pathOf(7)]: tuesday,
          [pathOf(60)]: tuesday,
        }),
        'deletions.csv': changes([9, tuesday]),
      },
      ...singles,
      [7, documentOf(7, tuesday, 'known_not_affected')],
      [60, documentOf(60, tuesday)],
    );
    serve(later);
    const result = await refresh();
    expect(result).toMatchObject({ generation: 2, published: true, refused: [] });
    expect(result.changes).toEqual([{ shard: 'Red Hat:enterprise_linux:9', names: ['p60', 'p7', 'p9'] }]);
    expect(asked.filter((path) => path.includes('archive') || path.includes('csaf_vex'))).toEqual([]);
    const byDelta = await state();
    expect(byDelta.names).toContain('p60');
    expect(byDelta.names).not.toContain('p9');

    expect(await refresh({ force: true })).toMatchObject({ published: false, refused: [] });
    expect((await state()).hash).toBe(byDelta.hash);
  });

  test('given nothing new, then no document is fetched but the newest, by which it is seen that they can be', async () => {
    const { serve, refresh, asked } = await setUp();
    serve(first);
    await refresh();
    expect(await refresh()).toMatchObject({ published: false, refused: [] });
    expect(new Set(asked)).toEqual(new Set(['changes.csv', 'deletions.csv', pathOf(0)]));
  });

  test('given a mirror without single documents, then its archive is read whenever it is another', async () => {
    const { serve, refresh, asked, state } = await setUp();
    serve(redHatArchive(documents(60), monday));
    expect(await refresh()).toMatchObject({ generation: 1, refused: [] });
    serve(redHatArchive(documents(61, tuesday), tuesday));
    expect(await refresh()).toMatchObject({ generation: 2, refused: [] });
    expect(asked).toContain('csaf_vex_2024-06-04.tar.zst');
    expect((await state()).names).toContain('p60');
  });

  test('given one that goes back in time, or half of one, then it is refused and the last good state stays', async () => {
    const { serve, refresh, state } = await setUp();
    serve(first);
    await refresh();
    const good = await state();
    const list = Array.from({ length: 60 }, (_, n) => [n, '2024-05-01T00:00:00Z'] as const);
    serve({ ...first, 'changes.csv': changes(...list) });
    expect((await refresh()).refused.map(({ reason }) => reason)).toEqual(['older']);
    const text = first['changes.csv']!;
    serve({ ...first, 'changes.csv': text.subarray(0, text.length >> 1) });
    expect((await refresh()).refused.map(({ reason }) => reason)).toEqual(['broken']);
    // cut where a line ends: too much is gone to believe it, and the archive disagrees
    const lines = text.toString().split('\n');
    serve({ ...first, 'changes.csv': Buffer.from(`${lines.slice(0, 20).join('\n')}\n`) });
    expect((await refresh()).refused.map(({ reason }) => reason)).toEqual(['broken']);
    expect(await state()).toEqual(good);
  });

  test('given a document that cannot be read, then it is named and what was known of it stays', async () => {
    const { serve, refresh, state } = await setUp();
    serve(first);
    await refresh();
    serve({
      ...first,
      'changes.csv': timesOf({
        ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [pathOf(n), monday])),
        [pathOf(7)]: tuesday,
      }),
      [pathOf(7)]: Buffer.from('{"document": {'),
    });
    const result = await refresh();
    expect(result.broken.map(({ id }) => id)).toEqual([idOf(7)]);
    expect((await state()).names).toContain('p7');
  });

  test('given a server that fails, then the refresh says so and nothing changes', async () => {
    const { serve, refresh, state, break: fail } = await setUp();
    serve(first);
    await refresh();
    const good = await state();
    fail(true);
    expect((await refresh()).refused.map(({ reason }) => reason)).toEqual(['unavailable']);
    expect(await state()).toEqual(good);
  });
});
