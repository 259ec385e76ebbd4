import { describe, expect, test } from 'vitest';
import { type EndOfLife, memoryBook, parseOsv, versionOrderOf } from '#shared/advisories';
import { matchName, type PackageKey, shardName } from '#shared/inventory';
import { coverageOfJudging, judge } from '#shared/judging';
import { endOfLifeDates } from '../../../shared/judging/end-of-life-dates.ts';

const entry = (ecosystem: string, name: string, fixed?: string): object => ({
  package: { ecosystem, name },
  ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, ...(fixed === undefined ? [] : [{ fixed }])] }],
});
const record = (id: string, affected: readonly object[]): object => ({
  id,
  modified: '2024-01-01T00:00:00Z',
  upstream: ['CVE-2024-1000'],
  affected,
});

async function fixesOf(records: readonly object[], key: PackageKey): Promise<(string | undefined)[]> {
  const book = memoryBook(records.map((one) => parseOsv(one)));
  const shard = await book.shard(shardName(key));
  return judge(key, shard?.lookup(matchName(key)) ?? [], { shard: shardName(key), generation: 1 }).findings.map(
    ({ fixedIn }) => fixedIn,
  );
}

describe('Ubuntu Pro (trap 13)', () => {
  const key = (version: string, channel?: string): PackageKey => ({
    ecosystem: 'Ubuntu',
    release: '18.04:LTS',
    name: 'openssl',
    version,
    ...(channel === undefined ? {} : { channel }),
  });
  const records = [
    record('UBUNTU-CVE-2024-1000', [
      entry('Ubuntu:18.04:LTS', 'openssl'),
      entry('Ubuntu:Pro:18.04:LTS', 'openssl', '1.1.1-1ubuntu2.1~18.04.23+esm3'),
      entry('Ubuntu:Pro:FIPS-updates:18.04:LTS', 'openssl', '1.1.1-1ubuntu2.fips.2.1~18.04.23.2'),
    ]),
  ];

  test('given a standard image, then it is affected and the fix is seen to be in Pro', async () => {
    expect(await fixesOf(records, key('1.1.1-1ubuntu2.1~18.04.23'))).toEqual(['1.1.1-1ubuntu2.1~18.04.23+esm3']);
  });

  test('given an image with Pro, then its fix ends it, though the standard release never gets one', async () => {
    expect(await fixesOf(records, key('1.1.1-1ubuntu2.1~18.04.23+esm2', 'esm'))).toEqual([
      '1.1.1-1ubuntu2.1~18.04.23+esm3',
    ]);
    expect(await fixesOf(records, key('1.1.1-1ubuntu2.1~18.04.23+esm3', 'esm'))).toEqual([]);
  });

  test('given a package of Pro in an image that no longer says so, then the same', async () => {
    expect(await fixesOf(records, key('1.1.1-1ubuntu2.1~18.04.23+esm3'))).toEqual([]);
  });
});

describe("Docker's hardened images, whose records name binary packages", () => {
  test.each([
    ['Alpine:3.24', 'libcrypto3', 'openssl', '3.5.1-r0', '3.5.1-r1'],
    ['Debian:13', 'libsqlite3-0', 'sqlite3', '3.46.1-7+dhi1', '3.46.1-7+dhi2'],
  ])(
    'given %s, then %s is judged by its own name in the order of its base',
    async (release, name, source, version, fixed) => {
      const ecosystem = 'Docker Hardened Images';
      const records = [record('DHI-CVE-2024-1000', [entry(`${ecosystem}:${release}`, name, fixed)])];
      const key = { ecosystem, release, name, version, source, sourceVersion: version };
      expect(await fixesOf(records, key)).toEqual([fixed]);
      expect(await fixesOf(records, { ...key, version: fixed, sourceVersion: fixed })).toEqual([]);
    },
  );
});

describe('releases that records name by their repositories', () => {
  test.each([
    [
      'RHSA-2024:1000',
      'Red Hat:enterprise_linux:9::appstream',
      { ecosystem: 'Red Hat', release: 'enterprise_linux:9' },
    ],
    [
      'SUSE-SU-2024:1000-1',
      'SUSE:Linux Enterprise Module for Basesystem 15 SP5',
      { ecosystem: 'SUSE', release: 'Linux Enterprise Server 15 SP5' },
    ],
    ['SUSE-SU-2024:1000-1', 'openSUSE:Leap 15.5', { ecosystem: 'openSUSE', release: 'Leap 15.5' }],
    ['AZL-1000', 'Azure Linux:2', { ecosystem: 'Azure Linux', release: '2' }],
    ['MGASA-2024-1000', 'Mageia:9', { ecosystem: 'Mageia', release: '9' }],
    ['OESA-2024-1000', 'openEuler:24.03-LTS', { ecosystem: 'openEuler', release: '24.03-LTS' }],
    ['PHSA-2024-1000', 'Photon OS:4.0', { ecosystem: 'Photon OS', release: '4.0' }],
    ['RLSA-2024:1000', 'Rocky Linux:9', { ecosystem: 'Rocky Linux', release: '9' }],
  ])('%s of %s is found for a package of that release', async (id, ecosystem, release) => {
    const records = [record(id, [entry(ecosystem, 'curl', '7.76.1-29.1')])];
    expect(await fixesOf(records, { ...release, name: 'curl', version: '7.76.1-26.1' })).toEqual(['7.76.1-29.1']);
    expect(await fixesOf(records, { ...release, name: 'curl', version: '7.76.1-29.1' })).toEqual([]);
  });
});

describe('the end of life (trap 43)', () => {
  const debian = (release: string): PackageKey => ({ ecosystem: 'Debian', release, name: 'curl', version: '7.0-1' });
  const of = async (
    keys: readonly PackageKey[],
    modified = '2024-01-01T00:00:00Z',
    published?: EndOfLife,
  ): Promise<string[]> => {
    const records = keys.map((key, at) => ({ ...record(`DSA-${at}`, [entry(shardName(key), 'curl', '1')]), modified }));
    const book = memoryBook(records.map((one) => parseOsv(one)));
    const reasons = await coverageOfJudging(keys, { ...book, endOfLife: async () => published });
    return reasons.filter(({ code }) => code === 'end-of-life').map(({ text }) => text);
  };

  test('given a release whose updates have ended, then the image is not clean, and since when is said', async () => {
    expect(await of([debian('9')])).toEqual([
      expect.stringMatching(/^debian-9 gets no security updates since 2022-07-01/),
    ]);
  });

  test.each(['Azure Linux:2', 'Photon OS:3.0', 'openEuler:22.03-LTS-SP1', 'openSUSE:Leap 42.3', 'Amazon Linux:1'])(
    'given %s, then it is not clean either',
    async (shard) => {
      const [ecosystem = '', release = ''] = shard.split(/:(.*)/);
      expect(await of([{ ecosystem, release, name: 'curl', version: '7.0-1' }])).toHaveLength(1);
    },
  );

  test('given a release that still gets them, then nothing is said before its day, and something after it', async () => {
    expect(await of([debian('12')])).toEqual([]);
    expect(await of([debian('12')], '2028-07-01T00:00:00Z')).toHaveLength(1);
  });

  test('given Ubuntu Pro, then its own end counts', async () => {
    const ubuntu: PackageKey = { ecosystem: 'Ubuntu', release: '18.04:LTS', name: 'curl', version: '7.0-1' };
    expect(await of([ubuntu])).toHaveLength(1);
    expect(await of([{ ...ubuntu, channel: 'esm' }])).toEqual([]);
    const rhel7 = { ecosystem: 'Red Hat', release: 'enterprise_linux:7', name: 'a', version: '1' };
    expect(await of([{ ...rhel7, channel: 'els' }])).toEqual([]);
    expect(await of([{ ...rhel7, channel: 'eus-7.6' }])).toEqual([
      expect.stringContaining('no security updates since 2024-06-30'),
    ]);
  });

  test('given what endoflife.date says, then the newer of it and the bundled table wins, and the other fills its gaps', async () => {
    const said = (asOf: string, end: string | null): EndOfLife => ({ asOf, ends: new Map([['Debian:12', end]]) });
    const newer = '2026-11-01T00:00:00Z';
    expect(await of([debian('12')], newer, said(newer, '2026-10-01'))).toEqual([
      expect.stringMatching(/^debian-12 gets no security updates since 2026-10-01/),
    ]);
    expect(await of([debian('12')], newer, said('2020-01-01T00:00:00Z', '2026-10-01')), 'an old mirror').toEqual([]);
    expect(await of([debian('12')], '2029-01-01T00:00:00Z', said(newer, null)), 'no end is known any more').toEqual([]);
    expect(await of([debian('9')], newer, said(newer, null))).toHaveLength(1);
    expect(await of([debian('12')], newer, said('2099-01-01T00:00:00Z', '2050-01-01')), 'its date is no clock').toEqual(
      [],
    );
  });

  test('every release of the table is one that keys can have', () => {
    for (const [name, date] of endOfLifeDates) {
      expect(versionOrderOf(name), name).toBeDefined();
      expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  });
});
