import { describe, expect, test } from 'vitest';
import { parseOsv } from '#shared/advisories';
import type { PackageKey } from '#shared/inventory';
import { vexRecord } from '../../../shared/advisories/feeds/red-hat/vex-record.ts';
import { judged } from '../advisories/feeds/judged.ts';
import {
  type About,
  anySource,
  built,
  type Line,
  rhel,
  vexDocument,
} from '../advisories/feeds/red-hat/vex-documents.ts';

const documentOf = (lines: readonly Line[], about: About = {}): object => {
  const record = vexRecord('REDHAT-CVE-2024-1000', Buffer.from(JSON.stringify(vexDocument(lines, about))));
  if ('bytes' in record) throw new Error('it cannot be read');
  return record;
};

const key = (name: string, version: string, more: Partial<PackageKey> = {}): PackageKey => ({
  ecosystem: 'Red Hat',
  release: 'enterprise_linux:9',
  architecture: 'x86_64',
  name,
  version,
  source: name,
  sourceVersion: version,
  ...more,
});

const found = async (lines: readonly Line[], of: PackageKey, others: readonly object[] = []) =>
  (await judged([documentOf(lines), ...others], of)).map(({ status, fixedIn }) =>
    fixedIn === undefined ? status : `${status}, fixed in ${fixedIn}`,
  );

describe("Red Hat's word", () => {
  test.each([
    ['Will not fix', 'will_not_fix'],
    ['Fix deferred', 'fix_deferred'],
    ['Out of support scope', 'end_of_life'],
    ['Affected', 'affected'],
  ] as const)('given %j, then the finding is shown as %s', async (plan, status) => {
    const lines: Line[] = [{ on: rhel.unfixed(9), ...anySource('openssl'), status: 'known_affected', plan }];
    expect(await found(lines, key('openssl', '1:3.0.7-27.el9'))).toEqual([status]);
  });

  test('given that it is looked into, then the finding says so', async () => {
    const lines: Line[] = [{ on: rhel.unfixed(9), ...anySource('openssl'), status: 'under_investigation' }];
    expect(await found(lines, key('openssl', '1:3.0.7-27.el9'))).toEqual(['under_investigation']);
  });

  test('given a fix, then what is below is affected and what has it is not, with the advisory in words', async () => {
    const lines: Line[] = [
      {
        on: rhel.main('9.4'),
        ...built('openssl', '3.0.7-28.el9_4', 'src', 1),
        status: 'fixed',
        advisory: 'RHSA-2024:9333',
      },
    ];
    const [finding] = await judged([documentOf(lines)], key('openssl', '1:3.0.7-27.el9'));
    expect(finding).toMatchObject({
      id: 'REDHAT-CVE-2024-1000',
      vulnerability: 'CVE-2024-1000',
      fixedIn: '1:3.0.7-28.el9_4',
      why: '1:3.0.7-27.el9 >= 0 and < 1:3.0.7-28.el9_4 (rpm, RHSA-2024:9333)',
      severity: { level: 'medium', score: 5.9, source: 'REDHAT-CVE-2024-1000 (rating moderate, CVSS 3.1)' },
    });
    expect(await found(lines, key('openssl', '1:3.0.7-28.el9_4'))).toEqual([]);
  });

  test('given that a package is not affected, then no other record can say that it is; without it they do', async () => {
    const others = ['RHSA-2024:1', 'CVE-2024-1000'].map((id) => ({
      id,
      modified: '2024-06-01T00:00:00Z',
      upstream: ['CVE-2024-1000'],
      affected: [
        {
          package: { ecosystem: 'Red Hat:enterprise_linux:9::baseos', name: 'openssl' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1:3.0.7-99.el9' }] }],
        },
      ],
    }));
    const not: Line[] = [{ on: rhel.unfixed(9), ...anySource('openssl'), status: 'known_not_affected' }];
    const openssl = key('openssl', '1:3.0.7-27.el9');
    expect(await found(not, openssl, others)).toEqual([]);
    expect(await found([], openssl, others)).toEqual(['affected, fixed in 1:3.0.7-99.el9']);
    const affected: Line[] = [{ on: rhel.unfixed(9), ...anySource('openssl'), status: 'known_affected' }];
    const [finding] = await judged([documentOf(affected), ...others], openssl);
    expect(finding?.records.map(({ id }) => id)).toEqual(['REDHAT-CVE-2024-1000', 'RHSA-2024:1', 'CVE-2024-1000']);
  });

  test('given a source package, then its binaries are judged by it, whatever version they have themselves', async () => {
    const lines: Line[] = [{ on: rhel.main('9.4'), ...built('perl', '5.32.1-481.el9', 'src', 4), status: 'fixed' }];
    const errno = (sourceVersion: string): PackageKey =>
      key('perl-Errno', '1.30-481.el9', { source: 'perl', sourceVersion });
    expect(await found(lines, errno('5.32.1-480.el9'))).toEqual(['affected, fixed in 4:5.32.1-481.el9']);
    expect(await found(lines, errno('5.32.1-481.el9'))).toEqual([]);
  });

  test('given a word about single binaries, then it goes before that about their source package', async () => {
    const on = rhel.unfixed(9);
    const lines: Line[] = [
      { on, ...anySource('git'), status: 'known_affected' },
      { on, component: 'git-core', purl: 'pkg:rpm/redhat/git-core', status: 'known_not_affected' },
    ];
    const of = (name: string): PackageKey =>
      key(name, '2.43.5-1.el9_4', { source: 'git', sourceVersion: '2.43.5-1.el9_4' });
    expect(await found(lines, of('git-core'))).toEqual([]);
    expect(await found(lines, of('git'))).toEqual(['affected']);
  });

  test('given a fix for other architectures alone, then it does not judge', async () => {
    const on = rhel.main('9.4');
    const lines: Line[] = ['src', 'ppc64le'].map((architecture) => ({
      on,
      ...built('librtas', '2.0.2-15.el9_4', architecture),
      status: 'fixed',
    }));
    const of = (architecture: string): PackageKey => key('librtas', '2.0.2-14.el9', { architecture });
    expect(await found(lines, of('x86_64'))).toEqual([]);
    expect(await found(lines, of('ppc64le'))).toEqual(['affected, fixed in 2.0.2-15.el9_4']);
    expect(await found(lines, of('noarch'))).toEqual(['affected, fixed in 2.0.2-15.el9_4']);
  });
});

describe('module streams', () => {
  const label = (stream: string): string => `nodejs:${stream}:8090020240301112233:a75119d5`;
  const on = rhel.main('8.9', 'AppStream');
  const lines: Line[] = [
    {
      on,
      ...built('nodejs', '18.19.1-1.module+el8.9.0+21387+ac0c09ea', 'src', 1),
      module: [label('18')],
      status: 'fixed',
    },
    {
      on: rhel.unfixed(8),
      component: 'nodejs:16/nodejs',
      status: 'known_affected',
      plan: 'Out of support scope',
    },
    { on: rhel.unfixed(8), component: 'nodejs:20/nodejs', status: 'known_not_affected' },
    { on: rhel.unfixed(8), ...anySource('nodejs'), status: 'known_affected', plan: 'Will not fix' },
  ];
  const of = (module: string | undefined, version: string): PackageKey =>
    key('nodejs', version, {
      release: 'enterprise_linux:8',
      ...(module === undefined ? {} : { module }),
    });

  test.each([
    ['nodejs:18', '1:18.14.2-3.module+el8.8.0+1+a', ['affected, fixed in 1:18.19.1-1.module+el8.9.0+21387+ac0c09ea']],
    ['nodejs:18', '1:18.19.1-1.module+el8.9.0+21387+ac0c09ea', []],
    ['nodejs:16', '1:16.20.2-4.module+el8.9.0+1+a', ['end_of_life']],
    ['nodejs:20', '1:20.11.0-1.module+el8.9.0+1+a', []],
    ['nodejs:22', '1:22.4.1-1.module+el8.10.0+1+a', []],
    [undefined, '1:10.24.0-1.el8', ['will_not_fix']],
  ])('given a package of %s at %s, then %j', async (module, version, expected) => {
    expect(await found(lines, of(module, version))).toEqual(expected);
  });

  test('given a modular build whose label is lost, then every stream may speak of it', async () => {
    const unlabelled = of(undefined, '1:18.14.2-3.module+el8.8.0+1+a');
    expect(await found(lines, unlabelled)).toEqual(['affected, fixed in 1:18.19.1-1.module+el8.9.0+21387+ac0c09ea']);
  });
});

describe('streams of a release', () => {
  const lines: Line[] = [
    { on: rhel.main('9.3'), ...built('curl', '7.76.1-26.el9_3.2', 'src'), status: 'fixed' },
    { on: rhel.both('9.2'), ...built('curl', '7.76.1-23.el9_2.4', 'src'), status: 'fixed' },
    { on: rhel.extended('eus', '9.0'), ...built('curl', '7.76.1-14.el9_0.7', 'src'), status: 'fixed' },
  ];
  const of = (version: string, channel?: string): PackageKey =>
    key('libcurl', version, {
      source: 'curl',
      sourceVersion: version,
      ...(channel === undefined ? {} : { channel }),
    });

  test.each([
    // the main stream: 9.0 has no fix of its own there
    [undefined, '7.76.1-14.el9_0.7', 'affected, fixed in 7.76.1-23.el9_2.4'],
    [undefined, '7.76.1-23.el9_2.3', 'affected, fixed in 7.76.1-23.el9_2.4'],
    // built for 9.2 and repaired: the later fix for 9.3 takes nothing back
    [undefined, '7.76.1-23.el9_2.4', undefined],
    [undefined, '7.76.1-26.el9', 'affected, fixed in 7.76.1-26.el9_3.2'],
    [undefined, '7.76.1-29.el9_4', undefined],
    // the extended stream of 9.0 has its own
    ['eus-9.0', '7.76.1-14.el9_0.6', 'affected, fixed in 7.76.1-14.el9_0.7'],
    ['eus-9.0', '7.76.1-14.el9_0.7', undefined],
    ['e4s-9.0', '7.76.1-14.el9_0.7', undefined],
    // that of 9.2 was the main stream then
    ['eus-9.2', '7.76.1-23.el9_2.3', 'affected, fixed in 7.76.1-23.el9_2.4'],
    ['eus-9.2', '7.76.1-23.el9_2.4', undefined],
    // where its own says nothing, the main stream speaks
    ['eus-9.4', '7.76.1-29.el9_4', undefined],
    ['aus-9.0', '7.76.1-14.el9_0.1', 'affected, fixed in 7.76.1-14.el9_0.7'],
    // built for a later minor release than the stream: it came from the main one
    ['eus-9.0', '7.76.1-23.el9_2.3', 'affected, fixed in 7.76.1-23.el9_2.4'],
  ])('given an image of %s with curl %s, then %s', async (channel, version, expected) => {
    expect(await found(lines, of(version, channel))).toEqual(expected === undefined ? [] : [expected]);
  });

  test('given a word of the extended stream alone, then it says nothing of the main one', async () => {
    const only: Line[] = [
      { on: rhel.extended('eus', '9.4'), ...anySource('curl'), status: 'known_affected', plan: 'Will not fix' },
      { on: rhel.unfixed(9), ...anySource('curl'), status: 'known_not_affected' },
    ];
    expect(await found(only, of('7.76.1-29.el9_4', 'eus-9.4'))).toEqual(['will_not_fix']);
    expect(await found(only, of('7.76.1-29.el9_4'))).toEqual([]);
  });

  test('given a release that ended, then the main stream sees what only extended life cycle support repairs', async () => {
    const els: Line[] = [
      { on: ['7Server-ELS', 'rhel_els:7'], ...built('curl', '7.29.0-59.el7_9.3', 'src'), status: 'fixed' },
    ];
    const seven = (channel?: string): PackageKey => ({
      ...of('7.29.0-59.el7_9.2', channel),
      release: 'enterprise_linux:7',
    });
    expect(await found(els, seven())).toEqual(['affected, fixed in 7.29.0-59.el7_9.3']);
    expect(await found(els, seven('els'))).toEqual(['affected, fixed in 7.29.0-59.el7_9.3']);
  });
});

describe("an advisory in OSV's form, where Red Hat's own documents are not to be had", () => {
  const binary = (name: string, ecosystem: string, fixed: string): object => ({
    package: { ecosystem, name, purl: `pkg:rpm/redhat/${name}` },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
  });
  const main = 'Red Hat:enterprise_linux:9::baseos';
  const eus = 'Red Hat:rhel_eus:9.2::baseos';
  const names = ['krb5-debuginfo', 'krb5-debugsource', 'krb5-devel', 'krb5-libs'];
  const advisory = {
    id: 'RHSA-2024:3268',
    modified: '2024-05-22T00:00:00Z',
    upstream: ['CVE-2024-1000'],
    affected: [
      ...names.map((name) => binary(name, main, '0:1.21.1-2.el9_4')),
      ...names.map((name) => binary(name, eus, '0:1.20.1-9.el9_2.1')),
      binary('python3-urllib3', main, '0:1.26.5-5.el9_4.1'),
    ],
  };
  const krb5 = (version: string, channel?: string): PackageKey =>
    key('krb5-libs', version, {
      source: 'krb5',
      sourceVersion: version,
      ...(channel === undefined ? {} : { channel }),
    });

  test('given binaries of one build, then they are found by their source package, in their stream', async () => {
    expect(parseOsv(advisory).affected).toHaveLength(9);
    const status = async (of: PackageKey) => (await judged([advisory], of)).map(({ fixedIn }) => fixedIn);
    expect(await status(krb5('1.21.1-1.el9'))).toEqual(['0:1.21.1-2.el9_4']);
    expect(await status(krb5('1.21.1-2.el9_4'))).toEqual([]);
    expect(await status(krb5('1.20.1-9.el9_2', 'eus-9.2'))).toEqual(['0:1.20.1-9.el9_2.1']);
    expect(await status(krb5('1.20.1-9.el9_2.1', 'eus-9.2'))).toEqual([]);
    expect(await status(key('python3-urllib3', '1.26.5-3.el9'))).toEqual(['0:1.26.5-5.el9_4.1']);
  });
});
