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
        'ALPINE-XSA-295',
        'ALPINE-ZBX-11023',
      ]),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect((await records()).find(({ id }) => id === 'ALPINE-CVE-2024-1000')?.['affected']).toMatchObject([
      { package: { ecosystem: 'Alpine:v3.20', name: 'p0' }, ecosystem_specific: { repository: 'main' } },
      { package: { ecosystem: 'Alpine:v3.20', name: 'c0' }, ecosystem_specific: { repository: 'community' } },
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
});
