import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type AdvisorySource,
  advisoryBook,
  type DocumentSource,
  parseEndOfLife,
  readFeeds,
  refreshAdvisories,
} from '#shared/advisories';
import { memoryBlobs, memoryTable } from '#shared/store';
import { endOfLifeAsOf, endOfLifeDates } from '../../../shared/judging/end-of-life-dates.ts';

interface Release {
  readonly name: string;
  readonly eol: string | boolean;
  readonly extended?: string | boolean;
  readonly lts?: boolean;
}

/** A release as the API's version 1 has it. */
const release = ({ name, eol, extended, lts = false }: Release): object => ({
  name,
  codename: null,
  label: `${name} 'X'${lts ? ' (LTS)' : ''}`,
  releaseDate: '2012-01-01',
  isLts: lts,
  ltsFrom: null,
  isEoas: true,
  eoasFrom: '2020-01-01',
  isEol: typeof eol === 'string' ? eol < '2026' : eol,
  eolFrom: typeof eol === 'string' ? eol : null,
  ...(extended === undefined
    ? {}
    : { isEoes: extended !== false, eoesFrom: typeof extended === 'string' ? extended : null }),
  isMaintained: false,
  latest: { name: `${name}.1`, date: '2024-01-01', link: null },
  custom: null,
});

const publication = (
  products: Readonly<Record<string, readonly Release[]>>,
  generated_at = '2026-11-01T00:08:50+00:00',
): Buffer =>
  Buffer.from(
    JSON.stringify({
      schema_version: '1.2.1',
      generated_at,
      total: Object.keys(products).length,
      result: Object.entries(products).map(([name, releases]) => ({
        name,
        aliases: [],
        label: name,
        category: 'os',
        identifiers: [{ type: 'cpe', id: `cpe:/o:${name}:${name}` }],
        labels: { eol: 'Security Support', eoes: null },
        releases: releases.map(release),
      })),
    }),
  );

const ends = (bytes: Buffer): Readonly<Record<string, string | null>> =>
  Object.fromEntries(parseEndOfLife(bytes, 'eol').ends);

describe('endoflife.date', () => {
  test('says of each distribution the end of the updates that everybody gets, by the names of shards', () => {
    const read = parseEndOfLife(
      publication({
        debian: [
          { name: '12', eol: '2026-07-11', extended: '2028-06-30' },
          { name: '14', eol: false, extended: false },
          { name: '3.1', eol: '2008-03-31', extended: '2008-03-31' },
        ],
        ubuntu: [
          { name: '24.04', lts: true, eol: '2029-05-31', extended: '2036-05-31' },
          { name: '25.10', eol: '2026-07-01' },
        ],
        'alpine-linux': [{ name: '3.21', eol: '2026-11-01' }],
        'amazon-linux': [
          { name: '2023', eol: '2029-06-30' },
          { name: '2018.03', eol: '2023-12-31' },
          { name: '2017.09', eol: '2023-12-31' },
        ],
        sles: [
          { name: '15.7', eol: '2031-07-31' },
          { name: '15.0', eol: '2019-12-31' },
          { name: '16.0', eol: '2027-11-30' },
        ],
        opensuse: [
          { name: '15.6', eol: '2026-04-30' },
          { name: '13.2', eol: '2017-01-17' },
        ],
        'centos-stream': [{ name: '9', eol: '2027-05-31' }],
        'azure-linux': [{ name: '2.0', eol: '2025-07-31' }],
        photon: [{ name: '4.0', eol: '2026-03-01' }],
        openeuler: [
          { name: '24.03-lts-sp4', lts: true, eol: '2027-03-31' },
          { name: '25.09', eol: '2026-03-31' },
        ],
        rhel: [{ name: '9', eol: '2032-05-31', extended: '2036-05-31' }],
        nodejs: [{ name: '24', eol: '2028-04-30' }],
      }),
      'eol',
    );
    expect(read.asOf).toBe('2026-11-01T00:08:50.000Z');
    expect(Object.fromEntries(read.ends)).toEqual({
      'Debian:12': '2028-06-30',
      'Debian:14': null,
      'Ubuntu:24.04:LTS': '2029-05-31',
      'Ubuntu:24.04:LTS esm': '2036-05-31',
      'Ubuntu:25.10': '2026-07-01',
      'Alpine:v3.21': '2026-11-01',
      'Amazon Linux:2023': '2029-06-30',
      'Amazon Linux:1': '2023-12-31',
      'SUSE:Linux Enterprise Server 15 SP7': '2031-07-31',
      'SUSE:Linux Enterprise Server 15': '2019-12-31',
      'SUSE:Linux Enterprise Server 16.0': '2027-11-30',
      'openSUSE:Leap 15.6': '2026-04-30',
      'openSUSE:13.2': '2017-01-17',
      'CentOS:Stream 9': '2027-05-31',
      'Azure Linux:2': '2025-07-31',
      'Photon OS:4.0': '2026-03-01',
      'openEuler:24.03-LTS-SP4': '2027-03-31',
      'openEuler:25.09': '2026-03-31',
      'Red Hat:enterprise_linux:9': '2032-05-31',
      'Red Hat:enterprise_linux:9 els': '2036-05-31',
    });
  });

  test('reads the data of its repository as one document too, and skips what cannot be read', () => {
    const cycles = [
      { release: '12', eol: '2026-07-11', extendedSupport: '2028-06-30' },
      { release: '13', eol: 'soon' },
      { release: '8', eol: '2001-99-99' },
      { release: '7', eol: '2018-02-30' },
      { release: '11\n', eol: '2024-08-14' },
      { release: 10, eol: '2022-09-10' },
      { release: '9', eol: true },
      null,
    ];
    const bytes = Buffer.from(
      JSON.stringify({ date: '2026-08-22', products: { debian: { cycles }, constructor: { cycles } } }),
    );
    expect(ends(bytes)).toEqual({ 'Debian:12': '2028-06-30' });
  });

  const real = new URL('../../../../shared/data/eol/products.json', import.meta.url);
  test.skipIf(!existsSync(real))('says what the bundled table says of every release in it', () => {
    const read = parseEndOfLife(readFileSync(real), 'eol');
    expect(read.asOf.slice(0, 10)).toBe(endOfLifeAsOf);
    // endoflife.date has had these products only since
    const known = [...endOfLifeDates].filter(([name]) => !/^(?:Azure Linux|Photon OS|openEuler):/.test(name));
    expect(Object.fromEntries(known.map(([name]) => [name, read.ends.get(name)]))).toEqual(Object.fromEntries(known));
  });
});

describe('a publication of endoflife.date', () => {
  const nothing: AdvisorySource = {
    describe: 'memory',
    ecosystems: async () => [],
    async *records() {},
    modified: async () => undefined,
  };
  const from = (read: DocumentSource['read']): DocumentSource => ({ describe: 'eol', read });
  const setUp = () => {
    const given = {
      blobs: memoryBlobs(),
      table: memoryTable(),
      now: () => new Date('2026-12-01T00:00:00Z'),
      source: nothing,
      ecosystems: [],
    };
    return { given, book: advisoryBook(given, { maxAge: 0 }) };
  };
  const alpine = (count: number, generated?: string): Buffer =>
    publication(
      { 'alpine-linux': Array.from({ length: count }, (_, n) => ({ name: `3.${n}`, eol: '2030-01-01' })) },
      generated,
    );
  const day = (date: string): string => `2026-11-${date}T00:08:50+00:00`;

  test('is kept, and the next one replaces it', async () => {
    const { given, book } = setUp();
    expect(await book.endOfLife()).toBeUndefined();
    await refreshAdvisories({ ...given, endOfLife: from(async () => alpine(20)) });
    expect((await book.endOfLife())?.ends.get('Alpine:v3.19')).toBe('2030-01-01');
    expect((await book.manifest()).endOfLife).toMatchObject({ entries: 20, source: 'eol' });
    await refreshAdvisories({ ...given, endOfLife: from(async () => alpine(21, day('02'))) });
    expect((await book.endOfLife())?.ends.size).toBe(21);
    expect((await readFeeds(given.table))['end-of-life']).toMatchObject({ okAt: '2026-12-01T00:00:00.000Z' });
  });

  test('that is dated in the future does not make the next one old', async () => {
    const { given, book } = setUp();
    await refreshAdvisories({ ...given, endOfLife: from(async () => alpine(20, '2099-01-01T00:00:00Z')) });
    expect((await book.manifest()).endOfLife?.asOf).toBe('2026-12-01T00:00:00.000Z');
    const later = { ...given, now: () => new Date('2026-12-02T12:00:00Z') };
    await refreshAdvisories({ ...later, endOfLife: from(async () => alpine(21, '2026-12-02T00:00:00Z')) });
    expect((await book.endOfLife())?.ends.size).toBe(21);
  });

  const bad: readonly (readonly [what: string, read: DocumentSource['read'], reason: string])[] = [
    ['half-written', async () => alpine(21, day('02')).subarray(0, 2_000), 'broken'],
    ['another document', async () => Buffer.from('<html>not found</html>'), 'broken'],
    ['a list of another form', async () => Buffer.from('{"schema_version":"2.0.0","items":[]}'), 'broken'],
    ['without a date', async () => Buffer.from(alpine(21).toString().replace('generated_at', 'made_at')), 'broken'],
    ['empty', async () => publication({ nodejs: [{ name: '24', eol: '2028-04-30' }] }, day('02')), 'empty'],
    ['gone', async () => undefined, 'empty'],
    ['much smaller', async () => alpine(17, day('02')), 'smaller'],
    ['older', async () => alpine(20, '2026-10-31T00:08:50+00:00'), 'older'],
  ];
  test.each(bad)('that is %s is refused, the last good one stays', async (_, read, reason) => {
    const { given, book } = setUp();
    await refreshAdvisories({ ...given, endOfLife: from(async () => alpine(20)) });
    const result = await refreshAdvisories({ ...given, endOfLife: from(read) });
    expect(result).toMatchObject({ generation: 1, published: false });
    expect(result.refused).toEqual([expect.objectContaining({ code: 'feed-refused', about: 'eol', reason })]);
    expect((await book.endOfLife())?.ends.size).toBe(20);
    expect((await readFeeds(given.table))['end-of-life']?.failing).toMatchObject({ reason });
  });
});
