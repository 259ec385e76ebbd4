import { describe, expect, test } from 'vitest';
import { judged } from './judged.ts';
import { amazonEntry, amazonPublication, amazonTopic } from './publications.ts';
import { recordsOf } from './publish.ts';

const entries = [
  amazonEntry(
    'ALAS2-2023-2287',
    '2023-10-12T18:40:00Z',
    ['CVE-2023-38545', 'CVE-2023-38546'],
    [
      ['curl', '8.3.0', '1.amzn2.0.4'],
      ['libcurl', '8.3.0', '1.amzn2.0.4'],
      ['libcurl-devel', '8.3.0', '1.amzn2.0.4'],
    ],
  ),
  amazonEntry(
    'ALAS2-2024-2394',
    '2024-01-03T22:00:00Z',
    ['CVE-2023-5363'],
    [['openssl', '3.0.8', '1.amzn2.0.10', '1']],
  ),
  amazonEntry(
    'ALAS2LIVEPATCH-2024-164',
    '2024-01-03T22:00:00Z',
    ['CVE-2024-1'],
    [['kernel-livepatch', '1.0', '1.amzn2']],
  ),
  amazonEntry('ALAS2-2024-9', '2024-01-03T22:00:00Z', [], [['tzdata', '2024a', '1.amzn2']], 'bugfix'),
].join('');

const key = (name: string, version: string, source?: string) => ({
  ecosystem: 'Amazon Linux',
  release: '2',
  name,
  version,
  ...(source === undefined ? {} : { source }),
});

describe('updateinfo of Amazon Linux', () => {
  const records = () => recordsOf('amazon-linux', amazonPublication(0, '2024-01-01T00:00:00Z', entries));

  test('is read as records of both releases, with ids, CVEs, dates, severity and fixes with their epoch', async () => {
    const [first, second] = await records();
    expect(first).toEqual({
      id: 'ALAS2-2023-2287',
      modified: '2023-10-12T18:40:00Z',
      published: '2024-01-02T03:04:00Z',
      upstream: ['CVE-2023-38545', 'CVE-2023-38546'],
      summary: 'Amazon Linux 2 - ALAS2-2023-2287: important priority',
      database_specific: { severity: 'important' },
      affected: ['curl', 'libcurl', 'libcurl-devel'].map((name) => ({
        package: { ecosystem: 'Amazon Linux:2', name },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '8.3.0-1.amzn2.0.4' }] }],
      })),
    });
    expect(second?.['affected']).toMatchObject([{ ranges: [{ events: [{}, { fixed: '1:3.0.8-1.amzn2.0.10' }] }] }]);
  });

  test('says nothing of bug fixes, nor of patches of a running kernel', async () => {
    expect(JSON.stringify(await records())).not.toMatch(/LIVEPATCH|tzdata/);
  });

  test('judges a binary package by its own name: one finding for each CVE, fixed or not', async () => {
    const found = await judged(await records(), key('libcurl', '8.3.0-1.amzn2.0.3', 'curl'));
    expect(found.map(({ vulnerability, fixedIn, severity }) => [vulnerability, fixedIn, severity.level])).toEqual([
      ['CVE-2023-38545', '8.3.0-1.amzn2.0.4', 'high'],
      ['CVE-2023-38546', '8.3.0-1.amzn2.0.4', 'high'],
    ]);
    expect(found[0]?.severity.source).toBe('ALAS2-2023-2287 (rating important)');
    expect(await judged(await records(), key('libcurl', '8.3.0-1.amzn2.0.4', 'curl'))).toEqual([]);
  });

  test('an epoch decides', async () => {
    expect(await judged(await records(), key('openssl', '1:3.0.8-1.amzn2.0.9'))).toHaveLength(1);
    expect(await judged(await records(), key('openssl', '1:3.0.8-1.amzn2.0.10'))).toEqual([]);
  });

  test('a file that is not what its repository says is refused', async () => {
    const files = amazonPublication(1, '2024-01-01T00:00:00Z');
    const path = '2/core/2.0/x86_64/abc/repodata/updateinfo.xml.gz';
    const swapped = { ...files, [path]: amazonPublication(2, '2024-01-01T00:00:00Z')[path] ?? Buffer.alloc(0) };
    await expect(recordsOf('amazon-linux', swapped)).rejects.toMatchObject({ code: 'broken-archive' });
  });
});

// Topics, ids and versions as Amazon Linux 2 has them.
describe('extras of Amazon Linux 2', () => {
  const time = '2023-09-25T22:11:00Z';
  const entry = (id: string, cve: string, name: string, version: string, release: string) =>
    amazonEntry(id, time, [cve], [[name, version, release]]);
  const extras = {
    ...amazonTopic(
      'golang1.19',
      entry('ALAS2GOLANG1.19-2023-001', 'CVE-2023-29405', 'golang', '1.19.10', '1.amzn2.0.2'),
    ),
    ...amazonTopic(
      'golang1.20',
      entry('ALAS2GOLANG1.20-2023-002', 'CVE-2023-29405', 'golang', '1.20.5', '1.amzn2.0.1'),
    ),
    ...amazonTopic('docker', entry('ALAS2DOCKER-2024-039', 'CVE-2024-21626', 'runc', '1.1.11', '1.amzn2')),
    ...amazonTopic(
      'kernel-5.10',
      entry('ALAS2KERNEL-5.10-2024-052', 'CVE-2024-26583', 'kernel', '5.10.210', '201.852.amzn2'),
    ),
    ...amazonTopic('livepatch', entry('ALAS2LIVEPATCH-2024-164', 'CVE-2024-1', 'kernel-livepatch', '1.0', '1.amzn2')),
    ...amazonTopic('vim', undefined),
  };
  const core = [
    entry('ALAS2-2024-2455', 'CVE-2024-26583', 'kernel', '4.14.336', '257.562.amzn2'),
    entry('ALAS2-2023-2163', 'CVE-2023-29405', 'golang', '1.18.9', '1.amzn2.0.9'),
  ].join('');
  const catalog = (names: readonly unknown[]) => ({
    '2/extras-catalog.json': Buffer.from(
      JSON.stringify({
        status: 'ok',
        version: 1,
        topics: names.map((n) => ({ n, inst: ['x'], versions: ['stable'] })),
      }),
    ),
  });
  const topics = [
    'golang1.20',
    'golang1.19',
    'docker',
    'kernel-5.10',
    'livepatch',
    'vim',
    'gone',
    '../core',
    7,
    'docker',
  ];
  const records = () =>
    recordsOf('amazon-linux', { ...amazonPublication(0, time, core), ...extras, ...catalog(topics) });
  const fixes = async (name: string, version: string) =>
    (await judged(await records(), key(name, version))).map(
      ({ vulnerability, fixedIn }) => `${vulnerability} ${fixedIn}`,
    );

  test('are read by their catalogue; a topic without advisories, one that is gone and a name that is none are passed over', async () => {
    const ids = (await records()).map(({ id }) => id).filter((id) => /^ALAS2[A-Z]/.test(String(id)));
    expect(ids).toEqual([
      'ALAS2DOCKER-2024-039',
      'ALAS2GOLANG1.19-2023-001',
      'ALAS2GOLANG1.20-2023-002',
      'ALAS2KERNEL-5.10-2024-052',
    ]);
  });

  test('judge the stream that they name and no other', async () => {
    expect(await fixes('golang', '1.19.9-1.amzn2.0.1')).toEqual(['CVE-2023-29405 1.19.10-1.amzn2.0.2']);
    expect(await fixes('golang', '1.19.10-1.amzn2.0.2')).toEqual([]);
    expect(await fixes('golang', '1.20.4-1.amzn2')).toEqual(['CVE-2023-29405 1.20.5-1.amzn2.0.1']);
    expect(await fixes('golang', '1.18.9-1.amzn2.0.9')).toEqual([]);
    expect(await fixes('kernel', '4.14.336-257.562.amzn2')).toEqual([]);
    expect(await fixes('kernel', '5.10.209-198.858.amzn2')).toEqual(['CVE-2024-26583 5.10.210-201.852.amzn2']);
  });

  test('whose ids leave out the release speak with the same word: what the core repairs in another stream does not silence them', async () => {
    const named = (await records()).map((one) => ({ ...one, id: String(one.id).replace(/^ALAS2(?=[A-Z])/, 'ALAS') }));
    expect(named.map(({ id }) => id)).toContain('ALASGOLANG1.19-2023-001');
    const [found] = await judged(named, key('golang', '1.19.9-1.amzn2.0.1'));
    expect(found?.fixedIn).toBe('1.19.10-1.amzn2.0.2');
  });

  test('a topic that names no stream judges every version', async () => {
    expect(await fixes('runc', '1.1.7-4.amzn2')).toEqual(['CVE-2024-21626 1.1.11-1.amzn2']);
  });

  test('a catalogue that is none is refused', async () => {
    const broken = { ...amazonPublication(1, time), '2/extras-catalog.json': Buffer.from('{"topics":{}}') };
    await expect(recordsOf('amazon-linux', broken)).rejects.toMatchObject({ code: 'broken-archive' });
  });
});
