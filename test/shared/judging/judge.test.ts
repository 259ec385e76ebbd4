import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions, matchRecords, memoryBook, parseOsv } from '#shared/advisories';
import { matchName, type PackageKey, shardName } from '#shared/inventory';
import { coverageOfJudging, cveOf, type Finding, judge } from '#shared/judging';

interface Case {
  readonly name: string;
  readonly given: { readonly records: readonly object[]; readonly package: PackageKey };
  readonly expected: { readonly findings: readonly Readonly<Record<string, unknown>>[] };
}

const cases = JSON.parse(readFileSync(new URL('./judge-cases.json', import.meta.url), 'utf8')) as Case[];

async function judgeBy(records: readonly object[], key: PackageKey): Promise<readonly Finding[]> {
  const book = memoryBook(records.map((record) => parseOsv(record)));
  const shard = await book.shard(shardName(key));
  return judge(key, shard?.lookup(matchName(key)) ?? [], { shard: shardName(key), generation: 1 }).findings;
}

describe('judgements', () => {
  test.each(cases)('$name', async ({ given, expected }) => {
    const findings = await judgeBy(given.records, given.package);
    expect(findings).toHaveLength(expected.findings.length);
    for (const [at, finding] of expected.findings.entries()) expect(findings[at]).toMatchObject(finding);
  });
});

describe('laws of judging', () => {
  const version = fc.constantFrom('0.5', '1.0', '1.5', '2.0', '2.5', '3.0', '1:0.1', '2.0~rc1');
  const events = fc.array(
    fc
      .tuple(fc.constantFrom('introduced', 'fixed', 'last_affected', 'limit'), fc.oneof(version, fc.constant('0')))
      .map(([kind, at]) => ({ [kind]: at })),
    { minLength: 1, maxLength: 6 },
  );
  const id = fc.constantFrom(
    'DSA-1-1',
    'DSA-2-1',
    'DLA-1-1',
    'DEBIAN-CVE-2020-1001',
    'GHSA-a',
    'GHSA-b',
    'PYSEC-1',
    'NSWG-1',
  );
  const other = fc.constantFrom('CVE-2020-1001', 'CVE-2020-1002', 'GHSA-a', 'GHSA-b', 'PYSEC-1', 'NSWG-1');
  const records = fc.uniqueArray(
    fc.record({
      id,
      modified: fc.constant('2024-01-01T00:00:00Z'),
      published: fc.constantFrom('2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z'),
      aliases: fc.uniqueArray(other, { maxLength: 2 }),
      upstream: fc.uniqueArray(other, { maxLength: 2 }),
      affected: fc.array(
        fc.record({
          package: fc.constant({ ecosystem: 'Debian:12', name: 'a' }),
          ranges: fc.array(
            events.map((list) => ({ type: 'ECOSYSTEM', events: list })),
            { maxLength: 2 },
          ),
          versions: fc.array(version, { maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
    }),
    { selector: (record) => record.id, maxLength: 6 },
  );
  const key = (installed: string): PackageKey => ({
    ecosystem: 'Debian',
    release: '12',
    name: 'a',
    version: installed,
  });
  const judgeRecords = (list: readonly object[], installed: string): readonly Finding[] => {
    const rows = list.flatMap((record) => matchRecords(parseOsv(record))).map((row) => row.record);
    return judge(key(installed), rows, { shard: 'Debian:12', generation: 1 }).findings;
  };

  test('the order of records, entries and events never changes the result', () => {
    const shuffled = records.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length }),
        fc.infiniteStream(fc.nat({ max: 1_000 })),
      ),
    );
    fc.assert(
      fc.property(shuffled, version, ([list, other_, stream], installed) => {
        const mix = <T>(members: readonly T[]): T[] =>
          members
            .map((member) => ({ member, at: stream.next().value }))
            .sort((a, b) => a.at - b.at)
            .map(({ member }) => member);
        const mixed = other_.map((record) => ({
          ...record,
          aliases: mix(record.aliases),
          upstream: mix(record.upstream),
          affected: mix(record.affected).map((entry) => ({
            ...entry,
            ranges: mix(entry.ranges).map((range) => ({ ...range, events: mix(range.events) })),
          })),
        }));
        // The text that explains may cite another of several matching entries; nothing else may differ.
        const plain = (findings: readonly Finding[]) => findings.map(({ why: _, ...finding }) => finding);
        expect(plain(judgeRecords(mixed, installed))).toEqual(plain(judgeRecords(list, installed)));
        expect(judgeRecords(other_, installed)).toEqual(judgeRecords(list, installed));
      }),
      { numRuns: 500 },
    );
  });

  test('a withdrawn record changes nothing', () => {
    fc.assert(
      fc.property(records, records, version, (list, withdrawn, installed) => {
        const all = [
          ...list,
          ...withdrawn.map((record, at) => ({
            ...record,
            id: `${record.id}-w${at}`,
            withdrawn: '2024-06-01T00:00:00Z',
          })),
        ];
        expect(judgeRecords(all, installed)).toEqual(judgeRecords(list, installed));
      }),
    );
  });

  test('each finding has a key of its own, names one CVE at most, and its fix is affected by none of its records', () => {
    fc.assert(
      fc.property(records, version, (list, installed) => {
        const findings = judgeRecords(list, installed);
        expect(new Set(findings.map((finding) => finding.id)).size).toBe(findings.length);
        for (const finding of findings) {
          expect(finding.aliases.filter((alias) => alias.includes('CVE-'))).toEqual([]);
          if (finding.fixedIn === undefined) continue;
          expect(compareVersions('Debian:12', finding.fixedIn, installed)).toBe(1);
          const again = judgeRecords(list, finding.fixedIn).find((one) => one.vulnerability === finding.vulnerability);
          expect(again).toBeUndefined();
        }
      }),
      { numRuns: 500 },
    );
  });

  test('ids that lead to no CVE of their own never join two', () => {
    fc.assert(
      fc.property(records, version, (list, installed) => {
        for (const finding of judgeRecords(list, installed)) {
          const named = list.filter((record) => finding.records.some((one) => one.id === record.id));
          const cves = named.map((record) =>
            [record.id, ...record.aliases, ...record.upstream].flatMap((name) => cveOf(name) ?? []),
          );
          for (const own of cves.filter((ids) => ids.length > 0))
            if (finding.vulnerability.startsWith('CVE-')) expect(own).toContain(finding.vulnerability);
        }
      }),
    );
  });
});

describe('coverage of judging', () => {
  const book = memoryBook([
    parseOsv({
      id: 'DSA-1',
      modified: '2024-01-01T00:00:00Z',
      affected: [
        { package: { ecosystem: 'Debian:12', name: 'a' }, versions: ['1'] },
        { package: { ecosystem: 'Oddix:5', name: 'a' }, versions: ['1'] },
      ],
    }),
  ]);

  test('what cannot be judged is said, once each', async () => {
    const keys: PackageKey[] = [
      { ecosystem: 'Debian', release: '12', name: 'a', version: '1' },
      { ecosystem: 'Debian', release: '13', name: 'a', version: '1' },
      { ecosystem: 'Debian', release: '13', name: 'b', version: '1' },
      { ecosystem: 'Debian', release: '12', name: 'docker-ce', version: '1', vendor: 'Docker' },
      { ecosystem: 'Debian', release: '12', name: 'docker-cli', version: '1', vendor: 'Docker' },
      { ecosystem: 'Debian', release: '12', name: 'odd', version: '' },
      { ecosystem: 'Ubuntu', release: '22.04:LTS', name: 'a', version: '1' },
      { ecosystem: 'Oddix', release: '5', name: 'a', version: '1' },
      { ecosystem: 'npm', name: 'a', version: '1' },
      { ecosystem: 'PEAR', name: 'pecl.php.net/redis', version: '5.3.7' },
      { ecosystem: 'PEAR', name: 'pecl.php.net/xdebug', version: '3.2.0' },
      { ecosystem: 'Programs', name: 'openssl', version: '3.0.22' },
      { ecosystem: 'Programs', name: 'curl', version: '8.5.0' },
      { ecosystem: 'Programs', name: 'curl', version: 'unknown' },
    ];
    expect(await coverageOfJudging(keys, book)).toEqual([
      { code: 'no-advisories', text: 'no advisories for debian-13' },
      { code: 'no-advisories', text: 'versions of oddix-5 cannot be compared' },
      { code: 'no-advisories', text: 'no advisories for ubuntu-22.04-lts' },
      { code: 'no-advisories', text: 'no advisories for npm' },
      { code: 'no-advisories', text: 'no advisories for 2 packages of Docker' },
      {
        code: 'no-advisories',
        text: 'nobody publishes advisories for PECL and other PEAR channels: 2 packages are listed, not judged',
      },
      { code: 'no-advisories', text: 'inventory only: no advisories judge curl' },
      { code: 'no-advisories', text: 'inventory only: no advisories judge openssl' },
      { code: 'unknown-version', text: 'version unknown: odd' },
    ]);
  });

  test.each([
    [
      { ecosystem: 'os-debian' },
      /^nothing says which release of debian the packages are of \(.*distro=debian-<version>/,
    ],
    [{ ecosystem: 'os-unknown' }, /^nothing says which distribution the system's packages are of: they are listed/],
    [
      { ecosystem: 'os-kali', release: '2024.1' },
      /^no source that is read publishes advisories for packages of kali-2024\.1: /,
    ],
    [{ ecosystem: 'os-arch' }, /^no source that is read publishes advisories for packages of arch: /],
    [
      { ecosystem: 'Fedora', release: '99' },
      /^no source that is read publishes advisories for packages of fedora-99: /,
    ],
  ])('of %j it says what is not known, or that nobody speaks of it, and no name of ours', async (of, text) => {
    const [reason, ...others] = await coverageOfJudging([{ ...of, name: 'curl', version: '1' }], book);
    expect(reason).toEqual({ code: 'no-advisories', text: expect.stringMatching(text) });
    expect(reason?.text).not.toContain('os-debian');
    expect(others).toEqual([]);
  });

  test('a release that is older than what its own project alone speaks of is said to be judged by some only, once', async () => {
    const affected = [{ package: { ecosystem: 'CVE List', name: 'openssl' }, versions: ['3.0.0'] }];
    const list = memoryBook([parseOsv({ id: 'CVE-2024-6119', modified: '2024-09-03T00:00:00Z', affected })]);
    const openssl = (version: string): PackageKey => ({ ecosystem: 'CVE List', name: 'openssl', version });
    const reasons = (...versions: string[]) => coverageOfJudging(versions.map(openssl), list);
    expect(await reasons('1.1.1', '3.0.13')).toEqual([]);
    expect(await reasons('1.0.2k', '1.1.0l', '3.0.13')).toEqual([
      { code: 'no-advisories', text: 'only some advisories judge openssl before 1.1.1' },
    ]);
    expect(await reasons('unknown')).toEqual([{ code: 'unknown-version', text: 'version unknown: openssl' }]);
  });

  test('a package that could be judged gives no reason', async () => {
    expect(await coverageOfJudging([{ ecosystem: 'Debian', release: '12', name: 'z', version: '1' }], book)).toEqual(
      [],
    );
  });
});
