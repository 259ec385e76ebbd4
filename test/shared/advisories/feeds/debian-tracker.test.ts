import { describe, expect, test } from 'vitest';
import { judged } from './judged.ts';
import { debianPublication } from './publications.ts';
import { bulkOf, mirror, recordsOf, sourceOver } from './publish.ts';

const suite = (more: object) => ({ repositories: { bookworm: '1.0-1' }, urgency: 'not yet assigned', ...more });
const open = (more: object = {}) => suite({ status: 'open', ...more });
const issue = (releases: object, description = 'a flaw') => ({ description, scope: 'remote', debianbug: 1, releases });

const tracker = {
  'xz-utils': {
    'CVE-2024-3094': issue({
      bookworm: suite({ status: 'resolved', fixed_version: '0' }),
      sid: suite({ status: 'resolved', fixed_version: '5.6.1+really5.4.5-1' }),
    }),
  },
  zlib: {
    'CVE-2023-45853': issue({
      bookworm: open({
        nodsa: 'contrib/minizip not built and src:zlib not producing binary packages',
        nodsa_reason: 'ignored',
      }),
      bullseye: open({ nodsa: 'Minor issue', nodsa_reason: 'postponed' }),
      trixie: suite({ status: 'resolved', fixed_version: '1:1.3.dfsg+really1.3.1-1' }),
      sid: suite({ status: 'resolved', fixed_version: '1:1.3.dfsg+really1.3.1-1' }),
    }),
  },
  curl: {
    'CVE-2024-2379': issue({ bookworm: open({ urgency: 'unimportant' }) }),
    'CVE-2025-0725': issue({ bookworm: open({ nodsa: 'Minor issue', nodsa_reason: '' }) }),
    'CVE-2025-0001': issue({ bookworm: open({ urgency: 'end-of-life' }) }),
    'CVE-2025-0002': issue({ bookworm: suite({ status: 'undetermined' }) }),
    'CVE-2025-0003': issue({
      bookworm: open({ urgency: 'high' }),
      sid: suite({ status: 'resolved', fixed_version: '8.0-1' }),
    }),
    'CVE-2025-0004': issue({
      bookworm: suite({ status: 'resolved', fixed_version: '7.88.1-10+deb12u9', urgency: 'medium' }),
    }),
    'TEMP-0000000-ABCDEF': issue({ bookworm: open() }),
    'CVE-2025-0005': issue({ 'someday-suite': open() }),
  },
};

const key = (name: string, version: string, release = '12') => ({ ecosystem: 'Debian', release, name, version });

describe('the tracker of Debian', () => {
  const records = () => recordsOf('debian-tracker', debianPublication(0, '', JSON.stringify(tracker)));
  const said = async (name: string, version: string, release?: string) =>
    (await judged(await records(), key(name, version, release))).map(({ vulnerability, status, fixedIn }) => [
      vulnerability,
      status,
      fixedIn ?? null,
    ]);

  test('the eight statuses come out by suite; what nobody can know from it is not said', async () => {
    expect(await said('curl', '7.88.1-10+deb12u8')).toEqual([
      ['CVE-2024-2379', 'will_not_fix', null],
      ['CVE-2025-0001', 'end_of_life', null],
      ['CVE-2025-0002', 'under_investigation', null],
      ['CVE-2025-0003', 'affected', null],
      ['CVE-2025-0004', 'affected', '7.88.1-10+deb12u9'],
      ['CVE-2025-0725', 'fix_deferred', null],
    ]);
  });

  test('never affected is no finding in its suite, and one elsewhere', async () => {
    expect(await said('xz-utils', '5.4.1-0.2')).toEqual([]);
    expect(await said('xz-utils', '5.6.1-1', 'sid')).toEqual([['CVE-2024-3094', 'affected', '5.6.1+really5.4.5-1']]);
  });

  test('ignored and postponed are told apart; a fix in sid does not fix the suite, whatever its version', async () => {
    expect(await said('zlib', '1:1.2.13.dfsg-1')).toEqual([['CVE-2023-45853', 'will_not_fix', null]]);
    expect(await said('zlib', '1:1.2.11.dfsg-2', '11')).toEqual([['CVE-2023-45853', 'fix_deferred', null]]);
    expect(await said('zlib', '1:1.2.13.dfsg-1', '13')).toEqual([
      ['CVE-2023-45853', 'affected', '1:1.3.dfsg+really1.3.1-1'],
    ]);
  });

  test('severity is the urgency where a person gave one', async () => {
    const found = await judged(await records(), key('curl', '7.88.1-10+deb12u8'));
    const level = (cve: string) => found.find(({ vulnerability }) => vulnerability === cve)?.severity.level;
    expect([level('CVE-2025-0003'), level('CVE-2025-0004'), level('CVE-2024-2379')]).toEqual([
      'high',
      'medium',
      'negligible',
    ]);
    expect(level('CVE-2025-0725')).toBe('unknown');
  });

  test('its records stand for those of OSV, and the notices stay beside them', async () => {
    const { folder, publish } = await mirror();
    await publish('debian-tracker', debianPublication(0, '', JSON.stringify(tracker)));
    const bulk = bulkOf({
      Debian: [{ id: 'DEBIAN-CVE-2024-3094' }, { id: 'DEBIAN-CVE-1999-0001' }, { id: 'DSA-5649-1' }],
    });
    const ids: string[] = [];
    for await (const { id } of sourceOver(folder, bulk).records('Debian')) ids.push(id);
    expect(ids.filter((id) => id === 'DEBIAN-CVE-2024-3094')).toHaveLength(1);
    expect(ids).toContain('DSA-5649-1');
    expect(ids).not.toContain('DEBIAN-CVE-1999-0001');
  });

  test.each([
    ['no object', '[]'],
    ['a package that is a list', '{"curl":[]}'],
    ['an issue without releases', '{"curl":{"CVE-2024-1000":{}}}'],
    ['two documents', '{}{}'],
    ['a member without a value', '{"a":{},,"b":{}}'],
    ['nothing', ''],
  ])('%s is refused', async (_, text) => {
    await expect(recordsOf('debian-tracker', { 'data.json': Buffer.from(text) })).rejects.toMatchObject({
      code: 'broken-archive',
    });
  });
});
