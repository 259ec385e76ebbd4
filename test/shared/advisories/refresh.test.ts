import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type AdvisorySource,
  advisoryBook,
  BrokenArchive,
  changesSince,
  type DocumentSource,
  folderBook,
  refreshAdvisories,
} from '#shared/advisories';
import { keys, memoryBlobs, memoryTable, type Table } from '#shared/store';

interface Rec {
  readonly id: string;
  readonly modified: string;
  readonly affected: readonly object[];
}

const rec = (id: string, ecosystem: string, name: string, fixed: string, modified = '2024-01-01T00:00:00Z'): Rec => ({
  id,
  modified,
  affected: [
    { package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }] },
  ],
});
const many = (count: number, fixed = '1'): Rec[] =>
  Array.from({ length: count }, (_, n) => rec(`GHSA-${n}`, 'npm', `p${n}`, fixed));

/** A source in memory that counts its reads; `broken` cuts it after the records. */
function source(
  records: Readonly<Record<string, readonly (Rec | string)[]>>,
  options: { name?: string; broken?: boolean; stamp?: string } = {},
): AdvisorySource & { reads: number } {
  return {
    describe: options.name ?? 'memory',
    reads: 0,
    ecosystems: async () => Object.keys(records).sort(),
    async *records(ecosystem) {
      this.reads += 1;
      for (const [at, one] of (records[ecosystem] ?? []).entries())
        yield {
          id: typeof one === 'string' ? `file-${at}` : one.id,
          bytes: Buffer.from(typeof one === 'string' ? one : JSON.stringify(one)),
        };
      if (options.broken === true) throw new BrokenArchive('all.zip', 'it is cut');
    },
    modified: async (ecosystem) =>
      records[ecosystem] === undefined ? undefined : (options.stamp ?? JSON.stringify(records[ecosystem])),
  };
}

const setUp = () => {
  const ports = { blobs: memoryBlobs(), table: memoryTable() };
  const now = () => new Date('2026-01-01T00:00:00Z');
  return { ...ports, now, book: advisoryBook(ports, { maxAge: 0 }) };
};

describe('refreshing the advisories', () => {
  test('the first publication names everything, the next only what differs, an equal one is none', async () => {
    const given = setUp();
    const first = await refreshAdvisories({
      ...given,
      source: source({
        npm: [rec('GHSA-1', 'npm', 'a', '1'), rec('GHSA-2', 'npm', 'b', '1')],
        Debian: [rec('DSA-1', 'Debian:12', 'c', '1')],
      }),
    });
    expect(first).toMatchObject({ generation: 1, published: true, refused: [], broken: [] });
    expect(first.changes).toEqual([
      { shard: 'Debian:12', names: ['c'] },
      { shard: 'npm', names: ['a', 'b'] },
    ]);
    const second = await refreshAdvisories({
      ...given,
      source: source({ npm: [rec('GHSA-1', 'npm', 'a', '2'), rec('GHSA-2', 'npm', 'b', '1')] }),
      ecosystems: ['npm'],
    });
    expect(second).toMatchObject({ generation: 2, changes: [{ shard: 'npm', names: ['a'] }] });
    const third = await refreshAdvisories({
      ...given,
      source: source({ npm: [rec('GHSA-2', 'npm', 'b', '1'), rec('GHSA-1', 'npm', 'a', '2')] }),
      ecosystems: ['npm'],
    });
    expect(third).toMatchObject({ generation: 2, published: false, changes: [] });
    expect((await given.book.shard('Debian:12'))?.lookup('c').map((one) => one.id)).toEqual(['DSA-1']);
  });

  test('what the source says is unchanged is not read again, unless forced', async () => {
    const given = setUp();
    const from = source({ npm: [rec('GHSA-1', 'npm', 'a', '1')] });
    await refreshAdvisories({ ...given, source: from });
    await refreshAdvisories({ ...given, source: from });
    expect(from.reads).toBe(1);
    await refreshAdvisories({ ...given, source: from, force: true });
    expect(from.reads).toBe(2);
  });

  test('another set of shards of the same file is built', async () => {
    const given = setUp();
    const from = source({ Debian: [rec('DSA-1', 'Debian:12', 'a', '1'), rec('DSA-2', 'Debian:11', 'a', '1')] });
    await refreshAdvisories({ ...given, source: from, shards: ['Debian:12'] });
    expect(await given.book.shard('Debian:11')).toBeUndefined();
    const result = await refreshAdvisories({ ...given, source: from, shards: ['Debian:11'] });
    expect(result).toMatchObject({ generation: 2, changes: [{ shard: 'Debian:11', names: ['a'] }] });
    expect((await given.book.shard('Debian:12'))?.lookup('a')).toMatchObject([{ id: 'DSA-1' }]);
  });

  test('a broken record is reported and skipped, the others count', async () => {
    const given = setUp();
    const result = await refreshAdvisories({
      ...given,
      source: source({ npm: ['{ half', rec('GHSA-1', 'npm', 'a', '1'), rec('GHSA-2', 'npm', 'b', '1')] }),
    });
    expect(result.broken).toEqual([
      expect.objectContaining({ id: 'file-0', ecosystem: 'npm', text: expect.stringContaining('file-0') }),
    ]);
    expect(result).toMatchObject({ brokenCount: 1, published: true, refused: [] });
    expect((await given.book.shard('npm'))?.lookup('a')).toHaveLength(1);
  });

  test.each([
    ['a half-written one', source({ npm: many(100, '2') }, { broken: true }), 'broken'],
    ['an empty one', source({ npm: [] }), 'empty'],
    ['one that is gone', source({}), 'empty'],
    ['a much smaller one', source({ npm: many(50) }), 'smaller'],
    [
      'an older one',
      source({ npm: many(100, '2').map((one) => ({ ...one, modified: '2023-01-01T00:00:00Z' })) }),
      'older',
    ],
    ['one that is mostly unreadable', source({ npm: [...many(100), ...many(101).map(() => '{')] }), 'broken'],
  ] as const)('%s is refused, the last good one stays', async (_, bad, reason) => {
    const given = setUp();
    await refreshAdvisories({ ...given, source: source({ npm: many(100) }) });
    const result = await refreshAdvisories({ ...given, source: bad, ecosystems: ['npm'] });
    expect(result.refused).toEqual([expect.objectContaining({ code: 'feed-refused', reason })]);
    expect(result).toMatchObject({ generation: 1, published: false, changes: [] });
    expect((await given.book.shard('npm'))?.lookup('p99')[0]?.affected[0]?.ranges[0]?.events).toEqual([
      { introduced: '0' },
      { fixed: '1' },
    ]);
    const again = await refreshAdvisories({ ...given, source: source({ npm: many(101) }), ecosystems: ['npm'] });
    expect(again).toMatchObject({ generation: 2, refused: [], changes: [{ shard: 'npm', names: ['p100'] }] });
  });

  test('a loss that lasts a week is none of a half-written publication; nothing else is taken for it', async () => {
    const given = setUp();
    let day = 1;
    const now = () => new Date(Date.UTC(2026, 0, day));
    const take = (from: AdvisorySource) => refreshAdvisories({ ...given, now, source: from });
    const half = source({ npm: many(50).map((one) => ({ ...one, modified: '2023-01-01T00:00:00Z' })) });
    await take(source({ npm: many(100) }));
    expect((await take(half)).refused).toMatchObject([{ reason: 'smaller' }]);
    // a week of another kind does not count
    day = 7;
    expect((await take(source({ npm: [] }))).refused).toMatchObject([{ reason: 'empty' }]);
    day = 9;
    expect((await take(half)).refused).toMatchObject([{ reason: 'smaller' }]);
    day = 15;
    expect((await take(half)).refused).toMatchObject([{ reason: 'smaller' }]);
    day = 16;
    expect(await take(half)).toMatchObject({ generation: 2, published: true, refused: [] });
    day = 40;
    expect((await take(source({ npm: [] }))).refused).toMatchObject([{ reason: 'empty' }]);
  });

  test('what was refused is published when a person accepts it', async () => {
    const given = setUp();
    await refreshAdvisories({ ...given, source: source({ npm: many(100) }) });
    expect(
      await refreshAdvisories({ ...given, source: source({ npm: many(50) }), acceptAnything: true }),
    ).toMatchObject({ generation: 2, refused: [] });
  });

  test('a record of the future does not make later publications look old', async () => {
    const given = setUp();
    await refreshAdvisories({
      ...given,
      source: source({ npm: [...many(100), rec('GHSA-x', 'npm', 'x', '1', '2027-07-09T00:00:00Z')] }),
    });
    expect((await given.book.manifest()).shards['npm']?.asOf).toBe('2024-01-01T00:00:00Z');
    const result = await refreshAdvisories({
      ...given,
      source: source({ npm: [...many(100), rec('GHSA-y', 'npm', 'y', '1', '2025-01-01T00:00:00Z')] }),
    });
    expect(result).toMatchObject({ refused: [], changes: [{ shard: 'npm', names: ['x', 'y'] }] });
  });

  test('a shard whose last record goes is gone, with its names', async () => {
    const given = setUp();
    await refreshAdvisories({
      ...given,
      source: source({ Debian: [rec('DSA-1', 'Debian:12', 'a', '1'), rec('DSA-2', 'Debian:11', 'b', '1')] }),
    });
    const result = await refreshAdvisories({
      ...given,
      source: source({ Debian: [rec('DSA-1', 'Debian:12', 'a', '1')] }),
    });
    expect(result.changes).toEqual([{ shard: 'Debian:11', names: ['b'] }]);
    expect(await given.book.shard('Debian:11')).toBeUndefined();
  });

  test('one source that does not answer stops no other', async () => {
    const given = setUp();
    const half = source({ npm: [rec('GHSA-1', 'npm', 'a', '1')], PyPI: [rec('PYSEC-1', 'PyPI', 'a', '1')] });
    const result = await refreshAdvisories({
      ...given,
      source: {
        ...half,
        records: (ecosystem) =>
          ecosystem === 'npm' ? source({ npm: [] }, { broken: true }).records('npm') : half.records(ecosystem),
      },
    });
    expect(result.refused).toEqual([expect.objectContaining({ about: 'npm' })]);
    expect(result.changes).toEqual([{ shard: 'PyPI', names: ['a'] }]);
  });

  test('two refreshes at once both count, and generations do not repeat', async () => {
    const given = setUp();
    const results = await Promise.all(
      ['Go', 'Maven', 'PyPI', 'npm'].map((ecosystem) =>
        refreshAdvisories({ ...given, source: source({ [ecosystem]: [rec('X-1', ecosystem, 'a', '1')] }) }),
      ),
    );
    expect(results.map((result) => result.generation).sort()).toEqual([1, 2, 3, 4]);
    expect(results.flatMap((result) => result.changes.map((change) => change.shard)).sort()).toEqual([
      'Go',
      'Maven',
      'PyPI',
      'npm',
    ]);
    expect(Object.keys((await given.book.manifest()).shards)).toEqual(['Go', 'Maven', 'PyPI', 'npm']);
  });

  test('a refresh that read an older state while a newer was published does not undo it', async () => {
    const given = setUp();
    await refreshAdvisories({ ...given, source: source({ npm: [rec('GHSA-1', 'npm', 'a', '1')] }) });
    // The slow one has read its records when the fast one publishes.
    let publish: () => Promise<void> = async () => undefined;
    const slow = source({ npm: [rec('GHSA-1', 'npm', 'a', '2', '2024-02-01T00:00:00Z')] });
    const slowed: AdvisorySource = {
      ...slow,
      async *records(ecosystem) {
        yield* slow.records(ecosystem);
        await publish();
      },
    };
    publish = async () => {
      await refreshAdvisories({
        ...given,
        source: source({ npm: [rec('GHSA-1', 'npm', 'a', '3', '2024-03-01T00:00:00Z')] }),
      });
    };
    expect(await refreshAdvisories({ ...given, source: slowed })).toMatchObject({ generation: 2, published: false });
    expect((await given.book.shard('npm'))?.lookup('a')[0]?.modified).toBe('2024-03-01T00:00:00Z');
  });

  test('a refresh that is cut before its last write leaves the generation before whole', async () => {
    const given = setUp();
    await refreshAdvisories({ ...given, source: source({ npm: [rec('GHSA-1', 'npm', 'a', '1')] }) });
    const next = source({ npm: [rec('GHSA-1', 'npm', 'a', '2')] });
    const dying: Table = { ...given.table, put: () => Promise.reject(new Error('the process dies here')) };
    await expect(refreshAdvisories({ ...given, table: dying, source: next })).rejects.toThrow('the process dies here');
    expect((await given.book.manifest()).generation).toBe(1);
    expect((await given.book.shard('npm'))?.lookup('a')[0]?.affected[0]?.ranges[0]?.events).toContainEqual({
      fixed: '1',
    });
    expect(await refreshAdvisories({ ...given, source: next })).toMatchObject({
      generation: 2,
      changes: [{ shard: 'npm', names: ['a'] }],
    });
  });

  test('changes that were published but never told can be had again', async () => {
    const given = setUp();
    await refreshAdvisories({
      ...given,
      source: source({ npm: [rec('GHSA-1', 'npm', 'a', '1'), rec('GHSA-2', 'npm', 'b', '1')] }),
    });
    await refreshAdvisories({
      ...given,
      source: source({ npm: [rec('GHSA-1', 'npm', 'a', '2'), rec('GHSA-2', 'npm', 'b', '1')] }),
    });
    await refreshAdvisories({
      ...given,
      source: source({ PyPI: [rec('PYSEC-1', 'PyPI', 'c', '1')] }),
      ecosystems: ['PyPI'],
    });
    expect(await changesSince(given, 3)).toMatchObject({ generation: 3, changes: [] });
    expect(await changesSince(given, 2)).toMatchObject({ generation: 3, changes: [{ shard: 'PyPI', names: ['c'] }] });
    expect(await changesSince(given, 1)).toMatchObject({
      generation: 3,
      changes: [
        { shard: 'PyPI', names: ['c'] },
        { shard: 'npm', names: ['a'] },
      ],
    });
    expect(await changesSince(given, 0)).toMatchObject({
      generation: 3,
      changes: [
        { shard: 'PyPI', names: ['c'] },
        { shard: 'npm', names: ['a', 'b'] },
      ],
    });
  });
});

describe('known exploited vulnerabilities', () => {
  const kev = (...cves: readonly string[]): DocumentSource => ({
    describe: 'kev',
    read: async () =>
      Buffer.from(
        JSON.stringify({
          dateReleased: '2024-01-01',
          vulnerabilities: [
            ...cves.map((cveID) => ({ cveID, dateAdded: '2022-05-04', knownRansomwareCampaignUse: 'Known' })),
            { cveID: 7 },
          ],
        }),
      ),
  });

  const twenty = Array.from({ length: 20 }, (_, n) => `CVE-2014-${1000 + n}`);

  test('are published with a generation; what was added is told', async () => {
    const given = setUp();
    const from = source({ npm: [rec('GHSA-1', 'npm', 'a', '1')] });
    await refreshAdvisories({ ...given, source: from, kev: kev('CVE-2014-0160') });
    expect(await given.book.kev('CVE-2014-0160')).toEqual({
      cve: 'CVE-2014-0160',
      dateAdded: '2022-05-04',
      ransomware: true,
    });
    const result = await refreshAdvisories({ ...given, source: from, kev: kev('CVE-2014-0160', 'CVE-2021-44228') });
    expect(result).toMatchObject({
      generation: 2,
      published: true,
      changes: [],
      exploited: { added: ['CVE-2021-44228'], removed: [] },
    });
    expect(await given.book.kev('CVE-2021-44228')).toMatchObject({ cve: 'CVE-2021-44228' });
  });

  const bad: readonly (readonly [what: string, read: DocumentSource['read'], reason: string])[] = [
    ['not JSON', async () => Buffer.from('<html>'), 'broken'],
    ['another document', async () => Buffer.from('{"vulnerabilities":{}}'), 'broken'],
    ['half-written', async () => (await kev(...twenty, 'CVE-2015-0001').read())?.subarray(0, 600), 'broken'],
    ['empty', async () => Buffer.from('{"vulnerabilities":[]}'), 'empty'],
    ['gone', async () => undefined, 'empty'],
    ['much smaller', async () => kev(...twenty.slice(0, 17)).read(), 'smaller'],
    [
      'older',
      async () =>
        Buffer.from(
          ((await kev(...twenty, 'CVE-2015-0001').read()) ?? '').toString().replace('2024-01-01', '2023-12-31'),
        ),
      'older',
    ],
  ];
  test.each(bad)('%s is refused, the last good ones stay', async (_, read, reason) => {
    const given = setUp();
    const from = source({ npm: [rec('GHSA-1', 'npm', 'a', '1')] });
    await refreshAdvisories({ ...given, source: from, kev: kev(...twenty) });
    const result = await refreshAdvisories({ ...given, source: from, kev: { describe: 'kev', read } });
    expect(result.refused).toEqual([expect.objectContaining({ code: 'feed-refused', about: 'kev', reason })]);
    expect(result).toMatchObject({ generation: 1, published: false, exploited: { added: [], removed: [] } });
    expect(await given.book.kev('CVE-2014-1019')).toMatchObject({ cve: 'CVE-2014-1019' });
  });
});

describe('the book of published advisories', () => {
  test('is empty before the first publication, and then not', async () => {
    const given = setUp();
    expect(await given.book.manifest()).toMatchObject({ generation: 0, shards: {} });
    expect(await given.book.shard('npm')).toBeUndefined();
    expect(await given.book.kev('CVE-2014-0160')).toBeUndefined();
    await refreshAdvisories({ ...given, source: source({ npm: [rec('GHSA-1', 'npm', 'a', '1')] }) });
    expect((await given.book.shard('npm'))?.lookup('a')).toMatchObject([{ id: 'GHSA-1' }]);
    expect(await given.book.shard('__proto__')).toBeUndefined();
  });

  test('believes its copy for a while, and reads anew when asked to', async () => {
    const given = setUp();
    let time = 0;
    const book = advisoryBook(given, { maxAge: 1_000, clock: () => time });
    await refreshAdvisories({ ...given, source: source({ npm: [rec('GHSA-1', 'npm', 'a', '1')] }) });
    expect((await book.manifest()).generation).toBe(1);
    await refreshAdvisories({ ...given, source: source({ npm: [rec('GHSA-1', 'npm', 'a', '2')] }) });
    expect((await book.manifest()).generation).toBe(1);
    expect((await book.manifest({ fresh: true })).generation).toBe(2);
    await refreshAdvisories({ ...given, source: source({ npm: [rec('GHSA-1', 'npm', 'a', '3')] }) });
    expect((await book.manifest()).generation).toBe(2);
    time = 1_000;
    expect((await book.manifest()).generation).toBe(3);
  });

  test('keeps a shard that did not change', async () => {
    const given = setUp();
    await refreshAdvisories({
      ...given,
      source: source({ npm: [rec('GHSA-1', 'npm', 'a', '1')], PyPI: [rec('PYSEC-1', 'PyPI', 'a', '1')] }),
    });
    const [npm, pypi] = [await given.book.shard('npm'), await given.book.shard('PyPI')];
    await refreshAdvisories({
      ...given,
      source: source({ npm: [rec('GHSA-1', 'npm', 'a', '2')] }),
      ecosystems: ['npm'],
    });
    expect(await given.book.shard('PyPI')).toBe(pypi);
    expect(await given.book.shard('npm')).not.toBe(npm);
  });

  test('says which shard is damaged or gone', async () => {
    const given = setUp();
    await refreshAdvisories({ ...given, source: source({ npm: [rec('GHSA-1', 'npm', 'a', '1')] }) });
    const hash = (await given.book.manifest()).shards['npm']?.hash ?? '';
    await given.blobs.put(`shards/${hash}`, Buffer.from('something else'));
    await expect(advisoryBook(given).shard('npm')).rejects.toMatchObject({ code: 'broken-shard' });
    await given.blobs.delete(`shards/${hash}`);
    await expect(advisoryBook(given).shard('npm')).rejects.toMatchObject({ code: 'broken-shard', about: 'npm' });
    expect(await given.table.get(keys.generation())).toMatchObject({ generation: 1 });
  });
});

describe('a book straight over a source', () => {
  test('builds what is asked for once, and again when the source changes', async () => {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'drydock-book-'));
    const from = source({ Debian: [rec('DSA-1', 'Debian:12', 'a', '1'), '{'] });
    const broken: number[] = [];
    const book = folderBook({ source: from, cacheFolder, broken: (_, count) => broken.push(count) });
    const [one, two] = await Promise.all([book.shard('Debian:12'), book.shard('Debian:12')]);
    expect(one?.lookup('a')).toHaveLength(1);
    expect(two).toBe(one);
    expect(broken).toEqual([1]);
    expect(await book.shard('Debian:99')).toBeUndefined();
    expect(await book.shard('npm')).toBeUndefined();
    expect(from.reads).toBe(2);
    const again = folderBook({ source: from, cacheFolder });
    expect((await again.shard('Debian:12'))?.lookup('a')).toHaveLength(1);
    expect(await again.shard('Debian:99')).toBeUndefined();
    expect(from.reads).toBe(2);
    expect((await again.manifest()).shards['Debian:12']).toMatchObject({ records: 1, source: 'memory' });
    const changed = source({ Debian: [rec('DSA-1', 'Debian:12', 'b', '1')] });
    expect((await folderBook({ source: changed, cacheFolder }).shard('Debian:12'))?.lookup('b')).toHaveLength(1);
    await rm(cacheFolder, { recursive: true });
  });

  test('reads the ends of releases once, however many images are judged', async () => {
    let reads = 0;
    const full = { result: [{ name: 'debian', releases: [{ name: '12', eolFrom: '2028-06-30' }] }] };
    const read = async (): Promise<Buffer> => {
      reads += 1;
      return Buffer.from(JSON.stringify({ generated_at: '2026-11-01T00:00:00Z', ...full }));
    };
    const book = folderBook({ source: source({}), cacheFolder: tmpdir(), endOfLife: { describe: 'eol', read } });
    for (let image = 0; image < 2; image += 1)
      expect((await book.endOfLife())?.ends.get('Debian:12')).toBe('2028-06-30');
    expect(reads).toBe(1);
  });

  test('a broken source is told, not taken for an empty one, and asked again', async () => {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'drydock-book-'));
    const from = source({ npm: many(3) }, { broken: true });
    const book = folderBook({ source: from, cacheFolder });
    await expect(book.shard('npm')).rejects.toMatchObject({ code: 'feed-refused', reason: 'broken' });
    await expect(book.shard('npm')).rejects.toMatchObject({ code: 'feed-refused' });
    expect(from.reads).toBe(2);
    await rm(cacheFolder, { recursive: true });
  });
});
