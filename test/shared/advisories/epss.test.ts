import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AdvisorySource,
  advisoryBook,
  changesSince,
  type DocumentSource,
  epssCrossings,
  openEpss,
  parseEpss,
  refreshAdvisories,
} from '#shared/advisories';
import { memoryBlobs, memoryTable } from '#shared/store';

const file = (rows: readonly string[], date = '2025-12-26T12:55:00Z'): Buffer =>
  gzipSync(
    Buffer.from(
      `#model_version:v2025.03.14,score_date:${date}\ncve,epss,percentile\n${rows.map((row) => `${row}\n`).join('')}`,
    ),
  );

const rows = ['CVE-1999-0001,0.01151,0.7802', 'CVE-1999-0003,0.89352,0.99521', 'CVE-2021-44228,0.94358,0.99963'];

describe('EPSS scores', () => {
  test('are looked up by CVE as FIRST wrote them', () => {
    const table = parseEpss(file(rows), 'epss');
    expect(table).toMatchObject({ entries: 3, broken: 0, asOf: '2025-12-26T12:55:00.000Z' });
    const opened = openEpss(table.bytes, table.hash);
    expect(opened.lookup('CVE-2021-44228')).toEqual({ score: 0.94358, percentile: 0.9996 });
    expect(opened.lookup('CVE-1999-0001')).toEqual({ score: 0.01151, percentile: 0.7802 });
    for (const other of ['CVE-1999-0002', 'GHSA-jfh8-c2jp-5v3q', '', 'CVE-2021-44228 ', '__proto__'])
      expect(opened.lookup(other)).toBeUndefined();
    expect([...opened.scores()].map(([cve]) => cve)).toEqual(['CVE-1999-0001', 'CVE-1999-0003', 'CVE-2021-44228']);
  });

  test('so small that they are written with an exponent are scores as well', () => {
    const small = ['CVE-2025-9970,7e-05,0.00428', 'CVE-2025-9971,2.1e-04,8e-05', 'CVE-2025-9972,1e-05,0.0'];
    const table = parseEpss(file(small), 'epss');
    expect(table).toMatchObject({ entries: 3, broken: 0 });
    const opened = openEpss(table.bytes, table.hash);
    expect(opened.lookup('CVE-2025-9970')).toEqual({ score: 0.00007, percentile: 0.0043 });
    expect(opened.lookup('CVE-2025-9971')).toEqual({ score: 0.00021, percentile: 0.0001 });
    expect(opened.lookup('CVE-2025-9972')?.score).toBe(0.00001);
    for (const row of ['CVE-2025-9973,7e05,0.1', 'CVE-2025-9973,7,0.1', 'CVE-2025-9973,0.1,7'])
      expect(() => parseEpss(file([row]), 'epss'), row).toThrow('scores no vulnerability');
  });

  const real = new URL('../../../../shared/data/epss/epss_scores-sample.csv.gz', import.meta.url);
  test.skipIf(!existsSync(real))('of a recorded file are all read', () => {
    expect(parseEpss(readFileSync(real), 'epss')).toMatchObject({ entries: 27, broken: 0 });
  });

  test('that end without a new line are whole when their gzip is, as those of archives are', () => {
    const text = `#model_version:v4,score_date:2025-12-26\ncve,epss,percentile\n${rows.join('\n')}`;
    expect(parseEpss(gzipSync(text), 'epss')).toMatchObject({ entries: 3, broken: 0 });
    expect(() => parseEpss(Buffer.from(text), 'epss')).toThrow('cut');
    expect(() => parseEpss(gzipSync(text).subarray(0, -4), 'epss')).toThrow('gzip');
  });

  test('any table gives back every score, whatever the order of its rows', () => {
    const row = fc.record({
      year: fc.integer({ min: 1999, max: 2125 }),
      number: fc.integer({ min: 1, max: 2 ** 25 - 1 }),
      score: fc.integer({ min: 0, max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: (one) => `${one.year}-${one.number}`, minLength: 1 }), (given) => {
        const table = parseEpss(
          file(
            given.map(
              ({ year, number, score }) =>
                `CVE-${year}-${String(number).padStart(4, '0')},${(score / 1e5).toFixed(5)},0.5`,
            ),
          ),
          'epss',
        );
        const opened = openEpss(table.bytes, table.hash);
        for (const { year, number, score } of given)
          expect(opened.lookup(`CVE-${year}-${String(number).padStart(4, '0')}`)?.score).toBe(score / 1e5);
      }),
      { numRuns: 50 },
    );
  });

  test('of 300,000 vulnerabilities take at most eight bytes each, whatever they are', () => {
    const many = Array.from(
      { length: 300_000 },
      (_, n) =>
        `CVE-${2000 + (n % 26)}-${1000 + Math.floor(n / 26)},${(((n * 7919) % 100_000) / 1e5).toFixed(5)},${(((n * 104_729) % 100_000) / 1e5).toFixed(5)}`,
    );
    const table = parseEpss(file(many), 'epss');
    expect(table.entries).toBe(300_000);
    expect(table.bytes.length).toBeLessThan(300_000 * 8);
  });

  test('a few rows that cannot be read are counted; what is damaged is noticed', () => {
    const many = Array.from({ length: 200 }, (_, n) => `CVE-2024-${1000 + n},0.1,0.2`);
    const table = parseEpss(file([...many, 'CVE-2024-9999,1.5,0.2', 'hello']), 'epss');
    expect(table).toMatchObject({ entries: 200, broken: 2 });
    expect(() => openEpss(table.bytes.subarray(1), table.hash)).toThrow(
      expect.objectContaining({ code: 'broken-shard' }),
    );
  });

  test('a crossing of a threshold is told, a move below or above it is not', () => {
    const open = (given: readonly string[]) => {
      const { bytes, hash } = parseEpss(file(given), 'epss');
      return openEpss(bytes, hash);
    };
    const before = open([
      'CVE-2024-1001,0.4,0.9',
      'CVE-2024-1002,0.6,0.9',
      'CVE-2024-1003,0.7,0.9',
      'CVE-2024-1004,0.5,0.9',
    ]);
    const after = open([
      'CVE-2024-1001,0.5,0.9',
      'CVE-2024-1002,0.4,0.9',
      'CVE-2024-1003,0.9,0.9',
      'CVE-2024-1005,0.8,0.9',
    ]);
    expect(epssCrossings(before, after, 0.5)).toEqual({
      reached: ['CVE-2024-1001', 'CVE-2024-1005'],
      fell: ['CVE-2024-1002', 'CVE-2024-1004'],
    });
    expect(epssCrossings(undefined, after, 0.9)).toEqual({ reached: ['CVE-2024-1003'], fell: [] });
  });
});

describe('a publication of EPSS scores', () => {
  const nothing: AdvisorySource = {
    describe: 'memory',
    ecosystems: async () => [],
    async *records() {},
    modified: async () => undefined,
  };
  const setUp = () => {
    const given = {
      blobs: memoryBlobs(),
      table: memoryTable(),
      now: () => new Date('2026-01-01T00:00:00Z'),
      source: nothing,
      ecosystems: [],
    };
    return { given, book: advisoryBook(given, { maxAge: 0 }) };
  };
  const from = (read: DocumentSource['read']): DocumentSource => ({ describe: 'epss', read });
  const scores = (count: number, date?: string): Buffer =>
    file(
      Array.from({ length: count }, (_, n) => `CVE-2024-${1000 + n},0.25,0.5`),
      date,
    );

  test('is joined on reading, and the next one replaces it', async () => {
    const { given, book } = setUp();
    expect(await book.epss('CVE-2024-1000')).toBeUndefined();
    await refreshAdvisories({ ...given, epss: from(async () => scores(100)) });
    expect(await book.epss('CVE-2024-1000')).toEqual({ score: 0.25, percentile: 0.5 });
    expect((await book.manifest()).epss).toMatchObject({
      entries: 100,
      asOf: '2025-12-26T12:55:00.000Z',
      source: 'epss',
    });
    const again = await refreshAdvisories({ ...given, epss: from(async () => scores(100)) });
    expect(again).toMatchObject({ generation: 1, published: false });
    await refreshAdvisories({ ...given, epss: from(async () => scores(101, '2025-12-27T12:55:00Z')) });
    expect(await book.epss('CVE-2024-1100')).toEqual({ score: 0.25, percentile: 0.5 });
  });

  const bad: readonly (readonly [what: string, read: DocumentSource['read'], reason: string])[] = [
    ['half-written', async () => scores(100).subarray(0, 200), 'broken'],
    [
      'cut plain text',
      async () => Buffer.from('#model_version:v1,score_date:2026-01-01\ncve,epss,percentile\nCVE-2024-1000,0.'),
      'broken',
    ],
    ['another document', async () => Buffer.from('<html>'), 'broken'],
    ['empty', async () => scores(0), 'empty'],
    ['gone', async () => undefined, 'empty'],
    ['much smaller', async () => scores(80, '2025-12-27T00:00:00Z'), 'smaller'],
    ['older', async () => scores(100, '2025-12-25T00:00:00Z'), 'older'],
  ];

  test('is news since a generation only where a score crosses the threshold', async () => {
    const { given } = setUp();
    const day = (score: number, date: string): DocumentSource =>
      from(async () => file([`CVE-2024-1000,${score},0.5`], date));
    await refreshAdvisories({ ...given, epss: day(0.1, '2025-12-26T00:00:00Z') });
    await refreshAdvisories({ ...given, epss: day(0.2, '2025-12-27T00:00:00Z') });
    expect(await changesSince(given, 1, 0.5)).toMatchObject({ generation: 2, exploited: false });
    await refreshAdvisories({ ...given, epss: day(0.5, '2025-12-28T00:00:00Z') });
    expect(await changesSince(given, 2, 0.5)).toMatchObject({ generation: 3, exploited: true });
    expect(await changesSince(given, 1, 0.5), 'also when the one before was never told').toMatchObject({
      exploited: true,
    });
    expect(await changesSince(given, 2)).toMatchObject({ exploited: false });
    await refreshAdvisories({ ...given, epss: day(0.3, '2025-12-29T00:00:00Z') });
    expect(await changesSince(given, 3, 0.5)).toMatchObject({ exploited: true });
  });

  test.each(bad)('that is %s is refused, the last good one stays', async (_, read, reason) => {
    const { given, book } = setUp();
    await refreshAdvisories({ ...given, epss: from(async () => scores(100)) });
    const result = await refreshAdvisories({ ...given, epss: from(read) });
    expect(result).toMatchObject({ generation: 1, published: false });
    expect(result.refused).toEqual([expect.objectContaining({ code: 'feed-refused', about: 'epss', reason })]);
    expect(await book.epss('CVE-2024-1099')).toEqual({ score: 0.25, percentile: 0.5 });
  });
});
