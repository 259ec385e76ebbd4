import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchRange, matchRecords, parseOsv, shardOfEcosystem, versionOrderOf } from '#shared/advisories';

const base = { id: 'GHSA-1', modified: '2024-01-01T00:00:00Z' };
const npm = (extra: object) => ({ ...base, affected: [{ package: { ecosystem: 'npm', name: 'a' }, ...extra }] });

describe('reading OSV records', () => {
  test('what matching needs is kept, unknown fields are ignored', () => {
    const record = parseOsv(
      JSON.stringify({
        ...base,
        schema_version: '9.9.9',
        invented: { deep: [1] },
        aliases: ['CVE-2024-1'],
        summary: 'Something\nbad',
        severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/x' }, { type: 7 }, 'odd'],
        database_specific: { severity: 'MODERATE', cwe_ids: ['CWE-506'] },
        affected: [
          {
            package: { ecosystem: 'PyPI', name: 'Foo_Bar', purl: 'pkg:pypi/foo-bar' },
            ranges: [
              { type: 'GIT', repo: 'https://example.org/x', events: [{ introduced: '0' }, { fixed: 'abc' }] },
              { type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.0' }] },
            ],
            versions: ['0.9', '7.0'],
            ecosystem_specific: { urgency: 'low', binaries: [{ a: 1 }] },
          },
          { ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }] },
        ],
      }),
    );
    expect(matchRecords(record)).toEqual([
      {
        shard: 'PyPI',
        package: 'foo-bar',
        record: {
          id: 'GHSA-1',
          source: 'GHSA',
          modified: '2024-01-01T00:00:00Z',
          aliases: ['CVE-2024-1'],
          upstream: [],
          related: [],
          severity: [
            { type: 'CVSS_V3', score: 'CVSS:3.1/x', from: 'record' },
            { type: 'rating', score: 'MODERATE', from: 'database' },
          ],
          affected: [
            {
              ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.0' }] }],
              versions: ['7.0'],
              specific: { urgency: 'low' },
            },
          ],
          summary: 'Something bad',
          malicious: true,
        },
      },
    ]);
  });

  describe('Go modules whose releases are no versions of the module', () => {
    const controller = (ranges: object[], specific: object = {}, ecosystem = 'Go') => {
      const affected = [{ package: { ecosystem, name: 'k8s.io/ingress-nginx' }, ranges, ecosystem_specific: specific }];
      return parseOsv(JSON.stringify({ ...base, id: 'GO-2025-3567', affected })).affected[0]?.ranges ?? [];
    };
    const everything = { type: 'SEMVER', events: [{ introduced: '0' }] };
    const custom = {
      type: 'ECOSYSTEM',
      events: [{ introduced: '0.9.0' }, { fixed: '1.11.5' }, { introduced: '1.12.0-beta.0' }, { fixed: '1.12.1' }],
    };
    const order = versionOrderOf('Go')!;

    test.each([
      ['1.12.0', true],
      ['1.11.4', true],
      ['1.11.5', false],
      ['1.12.1', false],
      ['1.14.0', false],
      ['0.8.0', false],
      ['0.0.0-20250301000000-abcdefabcdef', true],
    ])('release %s: affected is %s', (version, isAffected) => {
      const ranges = controller([everything], { custom_ranges: [custom] });
      expect(ranges.some((range) => matchRange(order, range, version) !== undefined)).toBe(isAffected);
    });

    test('are judged by their releases only where nothing else says an end', () => {
      const closed = { type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '25.0.6+incompatible' }] };
      expect(controller([closed], { custom_ranges: [custom] })).toEqual([closed]);
      expect(controller([everything])).toEqual([everything]);
      expect(controller([everything], { custom_ranges: [custom] }, 'npm')).toEqual([everything]);
      expect(() => controller([everything], { custom_ranges: 7 })).toThrow('custom_ranges is not a list');
    });
  });

  test('listed versions that a range holds are left out, those beside it stay, and judge the same', () => {
    const record = parseOsv({
      ...base,
      affected: [
        {
          package: { ecosystem: 'npm', name: 'a' },
          ranges: [{ type: 'SEMVER', events: [{ introduced: '1.0.0' }, { fixed: '2.0.0' }] }],
          versions: ['0.5.0', '1.0.0', '1.9.9', '2.0.0', 'odd'],
        },
      ],
    });
    expect(matchRecords(record)[0]?.record.affected[0]?.versions).toEqual(['0.5.0', '2.0.0', 'odd']);
  });

  test('entries of one package stand side by side, ecosystems apart', () => {
    const record = parseOsv({
      ...base,
      affected: [
        { package: { ecosystem: 'npm', name: 'a' }, versions: ['2'] },
        { package: { ecosystem: 'npm', name: 'a' }, versions: ['1'] },
        { package: { ecosystem: 'Debian:12', name: 'a' }, versions: ['3'] },
      ],
    });
    const rows = matchRecords(record);
    expect(rows.map((row) => [row.shard, row.record.affected.map((entry) => entry.versions)])).toEqual([
      ['npm', [['1'], ['2']]],
      ['Debian:12', [['3']]],
    ]);
    expect(matchRecords(record, 'Debian').map((row) => row.shard)).toEqual(['Debian:12']);
  });

  test.each([
    ['Packagist:https://packages.drupal.org/8', 'Packagist'],
    ['Maven:https://repo.example.org/maven', 'Maven'],
    ['Alpine:v3.20', 'Alpine:v3.20'],
    ['Ubuntu:22.04:LTS', 'Ubuntu:22.04:LTS'],
    ['Debian:sid', 'Debian:sid'],
    ['DHI:Debian:trixie', 'Docker Hardened Images:Debian:trixie'],
    ['Wolfi', 'Wolfi'],
    ['openSUSE:Leap 15.6 NonFree', 'openSUSE:Leap 15.6'],
    ['SUSE:Linux Enterprise Micro for Rancher 5.3', 'SUSE:Linux Enterprise Micro 5.3'],
    ['SUSE:Linux Enterprise Server for SAP applications 16.0', 'SUSE:Linux Enterprise Server 16.0'],
    ['Ubuntu:Pro:18.04:LTS', 'Ubuntu:18.04:LTS'],
    ['Ubuntu:Pro:FIPS-updates:18.04:LTS', 'Ubuntu:Pro:FIPS-updates:18.04:LTS'],
    ['Red Hat:enterprise_linux:9::appstream', 'Red Hat:enterprise_linux:9'],
    ['Red Hat:enterprise_linux:10.1', 'Red Hat:enterprise_linux:10'],
    ['Red Hat:rhel_eus:9.2::baseos', 'Red Hat:enterprise_linux:9'],
    ['Red Hat:openshift:4.16::el9', 'Red Hat:openshift:4.16::el9'],
    ['SUSE:Linux Enterprise Module for Basesystem 15 SP5', 'SUSE:Linux Enterprise Server 15 SP5'],
    ['SUSE:Linux Enterprise Server 15 SP4-LTSS', 'SUSE:Linux Enterprise Server 15 SP4'],
    ['SUSE:Linux Enterprise Server for SAP Applications 12 SP5', 'SUSE:Linux Enterprise Server 12 SP5'],
    ['SUSE:Linux Enterprise Micro 5.5', 'SUSE:Linux Enterprise Micro 5.5'],
    ['openSUSE:Leap 15.5', 'openSUSE:Leap 15.5'],
  ])('%s lies in shard %s', (ecosystem, shard) => {
    expect(shardOfEcosystem(ecosystem)).toBe(shard);
  });

  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no id', { modified: base.modified }],
    ['a number as version', npm({ ranges: [{ type: 'SEMVER', events: [{ introduced: 1 }] }] })],
    ['an event of two kinds', npm({ ranges: [{ type: 'SEMVER', events: [{ introduced: '0', fixed: '1' }] }] })],
    ['an event of no kind', npm({ ranges: [{ type: 'SEMVER', events: [{}] }] })],
    ['an unknown type of range', npm({ ranges: [{ type: 'VIBES', events: [] }] })],
    ['ranges that are no list', npm({ ranges: {} })],
    ['an affected entry that is text', { ...base, affected: ['npm'] }],
    ['a package without a name', { ...base, affected: [{ package: { ecosystem: 'npm' } }] }],
    ['aliases that are no texts', { ...base, aliases: [{}] }],
    ['a time that is none', { id: 'X', modified: 'yesterday' }],
    [
      'more events than any record has',
      npm({ ranges: [{ type: 'SEMVER', events: Array.from({ length: 20_001 }, () => ({ introduced: '0' })) }] }),
    ],
  ])('%s is refused by name', (_, record) => {
    expect(() => parseOsv(record, 'file-x')).toThrow(expect.objectContaining({ code: 'unreadable-record' }));
  });

  test('whatever JSON comes, it is read or refused as unreadable', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (affected, package_, events) => {
        for (const record of [
          affected,
          { ...base, affected },
          { ...base, affected: [{ package: package_ }] },
          npm({ ranges: [{ type: 'SEMVER', events }] }),
          npm({ ranges: affected, versions: events }),
        ]) {
          try {
            matchRecords(parseOsv(JSON.stringify(record)));
          } catch (error) {
            expect(error).toMatchObject({ code: 'unreadable-record' });
          }
        }
      }),
    );
  });

  test('withdrawn records and bug fixes leave no rows', () => {
    expect(matchRecords(parseOsv({ ...npm({ versions: ['1'] }), withdrawn: '2024-02-01T00:00:00Z' }))).toEqual([]);
    expect(matchRecords(parseOsv({ ...npm({ versions: ['1'] }), id: 'ALBA-2024:1' }))).toEqual([]);
  });
});
