import { describe, expect, test } from 'vitest';
import { parseOsv } from '#shared/advisories';
import { recordIdOf, vexRecord } from '../../../../../shared/advisories/feeds/red-hat/vex-record.ts';
import { type About, anySource, built, type Line, rhel, vexDocument } from './vex-documents.ts';

const read = (lines: readonly Line[], about: About = {}) => {
  const record = vexRecord(
    `REDHAT-${about.cve ?? 'CVE-2024-1000'}`,
    Buffer.from(JSON.stringify(vexDocument(lines, about))),
  );
  if ('bytes' in record) throw new Error('it cannot be read');
  return record;
};

/** Each entry in a line: stream, package, what ends the range, details. */
const said = (lines: readonly Line[], about?: About): string[] =>
  read(lines, about).affected.map(({ package: { ecosystem, name }, ranges, ecosystem_specific: specific = {} }) => {
    const { fixed } = Object.assign({}, ...(ranges[0]?.events ?? [])) as { fixed?: string };
    const details = Object.entries(specific).map(([field, value]) => `${field}=${value}`);
    return [ecosystem.replace('Red Hat:', ''), name, fixed === undefined ? 'all' : `<${fixed}`, ...details].join(' ');
  });

describe('a VEX document of Red Hat', () => {
  test('is a record of its CVE with its own times, its rating and its vector', () => {
    const record = read([{ on: rhel.unfixed(9), ...anySource('openssl'), status: 'known_affected' }], {
      released: '2025-11-21T14:31:32.037000+00:00',
    });
    expect(record).toMatchObject({
      id: 'REDHAT-CVE-2024-1000',
      modified: '2025-11-21T14:31:32Z',
      published: '2024-03-05T00:00:00Z',
      upstream: ['CVE-2024-1000'],
      summary: 'openssl: a flaw',
    });
    expect(parseOsv(record).affected[0]?.severity).toEqual([
      { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H', from: 'package' },
      { type: 'rating', score: 'MODERATE', from: 'database' },
    ]);
  });

  test('says what is fixed by source package, in which version, for whom, by which advisory', () => {
    const fix = { status: 'fixed', advisory: 'RHSA-2024:2447' } as const;
    const version = '3.0.7-27.el9';
    expect(
      said([
        ...['src', 'x86_64', 'aarch64', 'ppc64le', 's390x'].map((architecture) => ({
          on: rhel.main('9.4'),
          ...built('openssl', version, architecture, 1),
          ...fix,
        })),
        { on: rhel.main('9.4'), ...built('openssl-libs', version, 'x86_64', 1), ...fix },
        { on: rhel.main('9.4'), ...built('openssl-debuginfo', version, 'x86_64', 1), ...fix },
        { on: rhel.main('9.4', 'AppStream'), ...built('openssl-devel', version, 'x86_64', 1), ...fix },
      ]),
    ).toEqual(['enterprise_linux:9 openssl <1:3.0.7-27.el9 advisory=RHSA-2024:2447']);
  });

  test.each([
    ['Will not fix', 'status=will-not-fix'],
    ['Out of support scope', 'status=out-of-support-scope'],
    ['Fix deferred', 'status=fix-deferred'],
    ['Affected', ''],
  ] as const)('says of what is not fixed what will be done: %s', (plan, details) => {
    expect(said([{ on: rhel.unfixed(8), ...anySource('openssl'), status: 'known_affected', plan }])).toEqual([
      `enterprise_linux:8 openssl all ${details}`.trim(),
    ]);
  });

  test('says what is looked into, what is not affected and why', () => {
    expect(
      said([
        { on: rhel.unfixed(7), ...anySource('openssl'), status: 'under_investigation' },
        { on: rhel.unfixed(8), ...anySource('openssl'), status: 'known_not_affected', flag: 'component_not_present' },
        { on: rhel.unfixed(9), ...anySource('compat-openssl11'), status: 'known_not_affected' },
      ]),
    ).toEqual([
      'enterprise_linux:7 openssl all status=under-investigation',
      'enterprise_linux:8 openssl <0 justification=component_not_present',
      'enterprise_linux:9 compat-openssl11 <0',
    ]);
  });

  test('keeps streams apart; what is fixed in the newest minor release is fixed in its extended stream too', () => {
    expect(
      said([
        { on: rhel.main('9.3'), ...built('curl', '7.76.1-26.el9_3.2', 'src'), status: 'fixed' },
        { on: rhel.both('9.2'), ...built('curl', '7.76.1-23.el9_2.4', 'src'), status: 'fixed' },
        { on: rhel.extended('eus', '9.0'), ...built('curl', '7.76.1-14.el9_0.7', 'src'), status: 'fixed' },
        { on: rhel.extended('e4s', '8.4'), ...built('curl', '7.61.1-18.el8_4.3', 'src'), status: 'fixed' },
        { on: ['7Server-ELS', 'rhel_els:7'], ...built('curl', '7.29.0-59.el7_9.2', 'src'), status: 'fixed' },
      ]),
    ).toEqual([
      'enterprise_linux:9 curl <7.76.1-26.el9_3.2',
      'enterprise_linux:9 curl <7.76.1-23.el9_2.4',
      'rhel_eus:9.2 curl <7.76.1-23.el9_2.4',
      'rhel_eus:9.0 curl <7.76.1-14.el9_0.7',
      'rhel_e4s:8.4 curl <7.61.1-18.el8_4.3',
      'rhel_els:7 curl <7.29.0-59.el7_9.2',
    ]);
  });

  test('knows the module of a component by a relation of its own, by the purl, and by the name', () => {
    const label = 'nodejs:18:8090020240301112233:a75119d5';
    const version = '18.19.1-1.module+el8.9.0+21387+ac0c09ea';
    const on = rhel.main('8.9', 'AppStream');
    expect(
      said([
        { on, ...built('nodejs', version, 'src', 1), module: [label], status: 'fixed' },
        { on, ...built('nodejs-docs', version, 'noarch', 1), module: [label], status: 'fixed' },
        { on, ...built('nodejs', '20.11.1-1.module+el9.3.0+1+a', 'src', 1, 'nodejs:20:9030:rhel9'), status: 'fixed' },
        { on: rhel.unfixed(8), component: 'nodejs:16/nodejs', status: 'known_affected', plan: 'Will not fix' },
        {
          on: rhel.unfixed(8),
          component: 'nodejs:22/nodejs',
          purl: 'pkg:rpm/redhat/nodejs?arch=src&rpmmod=nodejs:22',
          status: 'known_not_affected',
        },
      ]),
    ).toEqual([
      'enterprise_linux:8 nodejs <1:18.19.1-1.module+el8.9.0+21387+ac0c09ea module=nodejs:18',
      'enterprise_linux:8 nodejs <1:20.11.1-1.module+el9.3.0+1+a module=nodejs:20',
      'enterprise_linux:8 nodejs all module=nodejs:16 status=will-not-fix',
      'enterprise_linux:8 nodejs <0 module=nodejs:22',
    ]);
  });

  test('says of single binaries what differs from their source package', () => {
    const on = rhel.unfixed(9);
    const binary = (name: string, status: Line['status']): Line => ({
      on,
      component: name,
      purl: `pkg:rpm/redhat/${name}`,
      status,
    });
    expect(
      said([
        { on, component: 'git.src', purl: 'pkg:rpm/redhat/git?arch=src', status: 'known_affected' },
        binary('git-core', 'known_not_affected'),
        binary('perl-Git', 'known_not_affected'),
        binary('git-gui', 'known_affected'),
      ]),
    ).toEqual(['enterprise_linux:9 git all', 'enterprise_linux:9 git <0 binaries=git-core perl-Git']);
    expect(
      said([
        { on: rhel.main('9.4'), ...built('git', '2.43.5-1.el9_4', 'src'), status: 'fixed' },
        binary('git-gui', 'known_affected'),
        binary('git-core', 'known_not_affected'),
      ]),
    ).toEqual(['enterprise_linux:9 git <2.43.5-1.el9_4', 'enterprise_linux:9 git <0 binaries=git-core']);
  });

  test('takes a binary for one of the source package with the longest name that its own begins with', () => {
    const on = rhel.unfixed(9);
    const binary = (name: string): Line => ({
      on,
      component: name,
      purl: `pkg:rpm/redhat/${name}`,
      status: 'known_not_affected',
    });
    expect(
      said([
        { on, ...anySource('nss'), status: 'known_affected' },
        { on, ...anySource('nss-util'), status: 'known_affected' },
        ...['nss-tools', 'nss-util-devel', 'nss-utility', 'nssdb'].map(binary),
      ]),
    ).toEqual([
      'enterprise_linux:9 nss all',
      'enterprise_linux:9 nss <0 binaries=nss-tools nss-utility',
      'enterprise_linux:9 nss-util all',
      'enterprise_linux:9 nss-util <0 binaries=nss-util-devel',
      'enterprise_linux:9 nssdb <0 binaries=nssdb',
    ]);
  });

  test('names the architectures that a fix is for when they are not all', () => {
    const on = rhel.extended('aus', '8.2');
    expect(
      said([
        { on, ...built('zlib', '1.2.11-16.el8_2.1', 'src'), status: 'fixed' },
        { on, ...built('zlib', '1.2.11-16.el8_2.1', 'x86_64'), status: 'fixed' },
        { on, ...built('zlib', '1.2.11-16.el8_2.1', 'i686'), status: 'fixed' },
      ]),
    ).toEqual(['rhel_aus:8.2 zlib <1.2.11-16.el8_2.1 architectures=i686 x86_64']);
  });

  test('in the form since 2026 the newest minor release is the main stream, and a fix overrules its stream', () => {
    const line = (id: string, cpe: string, component: string, status: Line['status']): Line => {
      const [, name = '', version, src] = /^([a-z]+?)(?:-0:(.+?))?(\.src)?$/.exec(component) ?? [];
      const query = [...(src === undefined ? [] : ['arch=src']), ...(version === undefined ? [] : ['epoch=0'])];
      const purl = `pkg:rpm/redhat/${name}${version === undefined ? '' : `@${version}`}`;
      return { on: [id, cpe], component, purl: [purl, query.join('&')].filter(Boolean).join('?'), status };
    };
    const fixed = (id: string, cpe: string, version: string): Line[] => [
      line(id, cpe, `firefox-0:${version}`, 'fixed'),
      line(id, cpe, `firefox-0:${version}.src`, 'fixed'),
    ];
    const affected = (id: string, cpe: string): Line[] => [
      line(id, cpe, 'firefox', 'known_affected'),
      line(id, cpe, 'firefox.src', 'known_affected'),
    ];
    expect(
      said(
        [
          ...fixed('rhel-9.8.z.eus::appstream', 'rhel_eus:9.8::appstream', '140.10.1-1.el9_8'),
          ...fixed('rhel-9.6.z.eus::appstream', 'rhel_eus:9.6::appstream', '140.10.1-1.el9_6'),
          ...fixed('rhel-9.4.0.e4s::appstream', 'rhel_e4s:9.4::appstream', '140.10.1-1.el9_4'),
          ...affected('rhel-9.8.z.eus', 'rhel_eus:9.8'),
          ...affected('rhel-9.7.z', 'enterprise_linux:9'),
          ...affected('rhel-9.4.z.eus', 'rhel_eus:9.4'),
          ...affected('rhel-10.1.z', 'enterprise_linux:10.1'),
          ...fixed('rhel-10.2.z.eus', 'enterprise_linux_eus:10.2', '140.10.1-1.el10_2'),
          ...fixed('rhel-8.10.z::appstream', 'enterprise_linux:8::appstream', '140.10.1-1.el8_10'),
          ...affected('rhel-8.10.z', 'enterprise_linux:8'),
        ],
        { form: 'vex-feed' },
      ),
    ).toEqual([
      'enterprise_linux:9 firefox <140.10.1-1.el9_8',
      'rhel_eus:9.6 firefox <140.10.1-1.el9_6',
      'rhel_e4s:9.4 firefox <140.10.1-1.el9_4',
      'enterprise_linux:10 firefox <140.10.1-1.el10_2',
      'enterprise_linux:8 firefox <140.10.1-1.el8_10',
      'rhel_eus:9.4 firefox all',
    ]);
  });

  test('says nothing of other products, of what is no rpm, and of what is written against the rules', () => {
    expect(
      said([
        {
          on: ['9Base-RHOSE-4.16', 'openshift:4.16::el9'],
          ...built('cri-tools', '1.29.0-3.1.el9', 'src'),
          status: 'fixed',
        },
        {
          on: rhel.unfixed(10),
          component: 'rhel10/firefox-flatpak',
          purl: 'pkg:rpm/redhat/firefox-flatpak?arch=src&rpmmod=rhel10',
          status: 'known_affected',
        },
        {
          on: rhel.unfixed(9),
          component: 'x',
          purl: 'pkg:oci/ubi9?repository_url=r.example',
          status: 'known_affected',
        },
        { on: rhel.unfixed(9), component: 'io.quarkus/quarkus-vertx-http', status: 'known_affected' },
        { on: rhel.unfixed(9), component: 'y', purl: 'pkg:rpm/redhat/%E0%A4%A?arch=src', status: 'known_affected' },
      ]),
    ).toEqual([]);
  });

  test('says nothing any more when it is deleted, nor of what was found to be no flaw', () => {
    const line: Line = { on: rhel.unfixed(9), ...anySource('openssl'), status: 'known_affected' };
    expect(said([line], { status: 'deleted' })).toEqual([]);
    expect(said([{ ...line, impact: null, score: 0 }])).toEqual([]);
    expect(said([{ ...line, impact: null }])).toHaveLength(1);
  });

  test('of one package the worst rating counts', () => {
    const record = read([
      { on: rhel.unfixed(9), ...anySource('openssl'), status: 'known_affected', impact: 'Low' },
      {
        on: rhel.unfixed(9),
        component: 'openssl-libs',
        purl: 'pkg:rpm/redhat/openssl-libs',
        status: 'known_affected',
        impact: 'Important',
        plan: 'Fix deferred',
      },
    ]);
    expect(record.affected.map((entry) => entry.database_specific?.severity)).toEqual(['Important', 'Important']);
  });

  test.each([
    ['cut', '{"document": {"tracking": {"id": "CVE-2024-1000"'],
    ['no object', '[]'],
    ['without a head', '{"product_tree": {}}'],
    ['of another CVE', JSON.stringify(vexDocument([], { cve: 'CVE-2024-9' }))],
    ['without a time', JSON.stringify(vexDocument([], { released: 'yesterday' }))],
  ])('that is %s is a record that cannot be read', (_, text) => {
    const record = vexRecord('REDHAT-CVE-2024-1000', Buffer.from(text));
    expect(() => parseOsv('bytes' in record ? record.bytes : record)).toThrow(/cannot|not JSON/);
  });

  test.each([
    [{ product_tree: { branches: [null, 1, { branches: 'x', product: [] }], relationships: [{}, null] } }],
    [{ product_tree: [], vulnerabilities: [{ product_status: [], scores: {}, threats: [null] }, 3] }],
    [{ product_tree: { branches: Array(3), relationships: {} }, vulnerabilities: { x: 1 } }],
    [{ vulnerabilities: [{ product_status: { fixed: [1, 'unknown', null], known_affected: 'all' } }] }],
  ])('with members of other kinds than they should be says nothing, and does not fail: %j', (members) => {
    const text = JSON.stringify({ ...vexDocument([]), ...members });
    expect(vexRecord('REDHAT-CVE-2024-1000', Buffer.from(text))).toMatchObject({ affected: [] });
  });

  test('nests as deep as it likes, and may relate to itself', () => {
    const depth = 50_000;
    const branches = `${'[{"category":"vendor","branches":'.repeat(depth)}[]${'}]'.repeat(depth)}`;
    const loop = { product_reference: 'a', relates_to_product_reference: 'a', full_product_name: { product_id: 'a' } };
    const text = JSON.stringify({
      ...vexDocument([]),
      product_tree: { branches: 'deep', relationships: [loop] },
      vulnerabilities: [{ product_status: { known_affected: ['a'] } }],
    });
    const deep = Buffer.from(text.replace('"deep"', branches));
    expect(vexRecord('REDHAT-CVE-2024-1000', deep)).toMatchObject({ id: 'REDHAT-CVE-2024-1000', affected: [] });
  });
});

test('the path of a document names its record', () => {
  expect(recordIdOf('2024/cve-2024-6387.json')).toBe('REDHAT-CVE-2024-6387');
  expect(recordIdOf('2024/cve-2024-6387.json.asc')).toBeUndefined();
  expect(recordIdOf('changes.csv')).toBeUndefined();
});
