import { describe, expect, test } from 'vitest';
import { judged } from './judged.ts';
import { alpinePublication, chainguardPublication } from './publications.ts';
import { recordsOf } from './publish.ts';

const packages = JSON.stringify([
  {
    pkg: {
      name: 'xen',
      secfixes: {
        '0': ['CVE-2021-28689 XSA-370'],
        '4.12.1-r0': ['CVE-2019-17349 CVE-2019-17350 XSA-295', 'CVE-2019-17340 (+ regression fix)'],
        '4.13.0-r0': ['CVE-2019-17340'],
      },
    },
  },
  { pkg: { name: 'zabbix', secfixes: { '5.0.1-r0': ['CVE N/A ZBX-11023'], '5.0.2-r0': ['CVE_2019-2426'] } } },
  { pkg: { name: 'ansible', secfixes: { '2.8.6-r0': ['ALPINE-13661', 'GHSA-3m5r-4mjm-9hqv'] } } },
  { pkg: { name: 'nothing', secfixes: null } },
]);

const key = (name: string, version: string, more: object = { release: 'v3.20' }) => ({
  ecosystem: 'Alpine',
  name,
  version,
  ...more,
});

describe('secdb of Alpine', () => {
  const records = () => recordsOf('alpine-secdb', alpinePublication(1, '', packages));
  const vulnerable = async (name: string, version: string) =>
    (await judged(await records(), key(name, version))).map(
      ({ vulnerability, fixedIn }) => `${vulnerability} ${fixedIn ?? '-'}`,
    );

  test('knows main and community, each id of a text with several, and ids that are no CVE', async () => {
    const ids = (await records()).map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining([
        'ALPINE-13661',
        'ALPINE-CVE-2019-17349',
        'ALPINE-CVE-2019-17350',
        'ALPINE-CVE-2019-2426',
        'ALPINE-GHSA-3m5r-4mjm-9hqv',
        'ALPINE-ZBX-11023',
      ]),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect((await records()).find(({ id }) => id === 'ALPINE-CVE-2024-1000')?.['affected']).toMatchObject([
      { package: { ecosystem: 'Alpine:v3.20', name: 'p0' }, ecosystem_specific: { repository: 'main' } },
      { package: { ecosystem: 'Alpine:v3.20', name: 'c0' }, ecosystem_specific: { repository: 'community' } },
    ]);
  });

  test('the ids of one text are one flaw, and several CVEs of a text stay several', async () => {
    const findings = await judged(await records(), key('xen', '4.12.0-r0'));
    expect(findings.map(({ vulnerability, aliases }) => [vulnerability, ...aliases])).toEqual([
      ['CVE-2019-17340'],
      ['CVE-2019-17349', 'XSA-295'],
      ['CVE-2019-17350', 'XSA-295'],
    ]);
  });

  test('a fix in version 0 means that no version was affected', async () => {
    expect(await vulnerable('xen', '4.20.0-r0')).toEqual([]);
    expect((await vulnerable('xen', '4.1.0-r0')).some((one) => one.includes('28689'))).toBe(false);
  });

  test('one CVE under two versions is fixed by the later', async () => {
    expect(await vulnerable('xen', '4.12.5-r0')).toEqual(['CVE-2019-17340 4.13.0-r0']);
    expect(await vulnerable('xen', '4.13.0-r0')).toEqual([]);
  });

  test('an id that is not a CVE is a finding under its own name', async () => {
    expect(await vulnerable('ansible', '2.8.5-r0')).toEqual([
      'ALPINE-13661 2.8.6-r0',
      'ALPINE-GHSA-3m5r-4mjm-9hqv 2.8.6-r0',
    ]);
  });

  test('a package is found by its origin', async () => {
    const found = await judged(
      await records(),
      key('xen-libs', '4.12.0-r0', { release: 'v3.20', source: 'xen', sourceVersion: '4.12.0-r0' }),
    );
    expect(found.map(({ match }) => match)).toContain('source');
  });

  test.each([
    ['another document', '{"packages":{}}'],
    ['a package without a name', '{"packages":[{"pkg":{}}]}'],
    ['fixes that are no list', '{"packages":[{"pkg":{"name":"a","secfixes":{"1":"CVE-2024-1"}}}]}'],
    ['a page of a proxy', '<html></html>'],
  ])('%s is refused', async (_, text) => {
    await expect(recordsOf('alpine-secdb', { 'v3.20/main.json': Buffer.from(text) })).rejects.toMatchObject({
      code: 'broken-archive',
    });
  });
});

describe.each([
  ['wolfi-secdb', 'Wolfi'],
  ['chainguard-secdb', 'Chainguard'],
])('%s', (feed, ecosystem) => {
  test('judges its distribution by what it fixed; its own ids beside a CVE say nothing more', async () => {
    const records = await recordsOf(feed, chainguardPublication(1, ''));
    const findings = await judged(records, { ecosystem, name: 'p0', version: '1.2.2-r9' });
    expect(findings.map(({ vulnerability, fixedIn, id }) => [vulnerability, fixedIn, id])).toEqual([
      ['CVE-2024-1000', '1.2.3-r0', `${ecosystem.toUpperCase()}-CVE-2024-1000`],
    ]);
    expect(await judged(records, { ecosystem, name: 'p0', version: '1.2.3-r0' })).toEqual([]);
  });

  // The form is that of wolfictl (pkg/advisory/secdb.go); ids, packages and versions are of the advisories of these distributions.
  const own = JSON.stringify([
    {
      pkg: {
        name: 'haproxy-3.1',
        secfixes: { '3.1.7-r0': ['CGA-224q-ccj5-2p53', 'CVE-2025-32464', 'GHSA-frg5-h47x-75j9'] },
      },
    },
    {
      pkg: {
        name: 'grafana',
        secfixes: {
          '12.0.1-r0': [
            ...['CGA-2222-3333-4444', 'CVE-2023-39325', 'GHSA-4374-p667-p6c8'],
            ...['CGA-5555-6666-7777', 'GHSA-jq35-85cj-fj4p'],
            ...['CGA-8888-9999-aaaa', 'CVE-2023-44487', 'CVE-2023-45283', 'GHSA-qppj-fm5r-hxr3'],
          ],
        },
      },
    },
    // ids without Chainguard's own say nothing of each other
    { pkg: { name: 'apko', secfixes: { '0.12.0-r0': ['CVE-2023-45283', 'CVE-2023-45284', 'GHSA-jq35-85cj-fj4p'] } } },
    { pkg: { name: 'haproxy-2.8', secfixes: { '2.8.18-r0': ['CVE-2025-32464', 'GHSA-frg5-h47x-75j9'] } } },
    // an id of letters alone, as chance makes some
    {
      pkg: { name: 'tini', secfixes: { '0.19.0-r9': ['CGA-cfgh-jmpq-rvwx', 'CVE-2025-32465', 'GHSA-cfgh-jmpq-rvwx'] } },
    },
    { pkg: { name: 'haproxy-2.2', secfixes: { '2.2.34-r0': ['GHSA-frg5-h47x-75j9'] } } },
    { pkg: { name: 'zlib', secfixes: { '1.3.2.1_rc20260601-r0': ['CVE-2026-85091', 'GHSA-g5fp-32jq-cfw2'] } } },
  ]);
  const found = async (name: string, version: string, more: readonly object[] = []) => {
    const records = [...(await recordsOf(feed, chainguardPublication(1, '', own))), ...more];
    const findings = await judged(records, { ecosystem, name, version });
    return findings.map(({ vulnerability, aliases, fixedIn }) => [vulnerability, ...aliases, fixedIn].join(' ')).sort();
  };
  /** As OSV has it. */
  const cga = (id: string, upstream: readonly string[], name: string, fixed: string): object => ({
    schema_version: '1.7.0',
    id,
    published: '2026-01-07T00:00:00Z',
    modified: '2026-01-07T00:00:00Z',
    upstream,
    related: upstream,
    affected: [
      {
        package: { ecosystem, name, purl: `pkg:apk/${ecosystem.toLowerCase()}/${name}` },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  });

  test('a GHSA and the CVE of one flaw are one finding', async () => {
    expect(await found('haproxy-3.1', '3.1.6-r0')).toEqual(['CVE-2025-32464 GHSA-frg5-h47x-75j9 3.1.7-r0']);
    expect(await found('haproxy-3.1', '3.1.7-r0')).toEqual([]);
    expect(await found('tini', '0.19.0-r8')).toEqual(['CVE-2025-32465 GHSA-cfgh-jmpq-rvwx 0.19.0-r9']);
  });

  test('what one flaw of a file says holds for the lists that do not say it', async () => {
    expect(await found('haproxy-2.8', '2.8.17-r0')).toEqual(['CVE-2025-32464 GHSA-frg5-h47x-75j9 2.8.18-r0']);
    expect(await found('haproxy-2.2', '2.2.33-r0')).toEqual(['CVE-2025-32464 GHSA-frg5-h47x-75j9 2.2.34-r0']);
  });

  test('two CVEs are never joined, and a GHSA that nobody pairs stays a finding', async () => {
    expect(await found('grafana', '12.0.0-r0')).toEqual(
      [
        'CVE-2023-39325 GHSA-4374-p667-p6c8 12.0.1-r0',
        'CVE-2023-44487 GHSA-qppj-fm5r-hxr3 12.0.1-r0',
        'CVE-2023-45283 GHSA-qppj-fm5r-hxr3 12.0.1-r0',
        `${ecosystem.toUpperCase()}-GHSA-jq35-85cj-fj4p 12.0.1-r0`,
      ].sort(),
    );
    expect((await found('apko', '0.11.0-r0')).map((one) => one.split(' ')[0])).toEqual(
      ['CVE-2023-45283', 'CVE-2023-45284', `${ecosystem.toUpperCase()}-GHSA-jq35-85cj-fj4p`].sort(),
    );
  });

  test('an advisory of OSV pairs what the list leaves open', async () => {
    const ids = ['CVE-2026-85091', 'GHSA-g5fp-32jq-cfw2'];
    const fixed = '1.3.2.1_rc20260601-r0';
    expect(await found('zlib', '1.3.1-r0')).toHaveLength(2);
    expect(await found('zlib', '1.3.1-r0', [cga('CGA-xcpc-gm23-prj9', ids, 'zlib', fixed)])).toEqual([
      `CVE-2026-85091 GHSA-g5fp-32jq-cfw2 ${fixed}`,
    ]);
    // two flaws that share a GHSA are two findings, and it belongs to both
    const both = [
      cga('CGA-aaaa-aaaa-aaaa', ids, 'zlib', fixed),
      cga('CGA-bbbb-bbbb-bbbb', ['CVE-2026-85092', 'GHSA-g5fp-32jq-cfw2'], 'zlib', fixed),
    ];
    expect(await found('zlib', '1.3.1-r0', both)).toEqual([
      `CVE-2026-85091 GHSA-g5fp-32jq-cfw2 ${fixed}`,
      `CVE-2026-85092 GHSA-g5fp-32jq-cfw2 ${fixed}`,
    ]);
  });
});
