import { describe, expect, test } from 'vitest';
import { judged } from './judged.ts';
import { ubuntuPublication } from './publications.ts';
import { recordsOf } from './publish.ts';

const entry = (ecosystem: string, name: string, fixed: string | undefined, availability: string) => ({
  package: { ecosystem, name },
  ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, ...(fixed === undefined ? [] : [{ fixed }])] }],
  ecosystem_specific: { availability },
});
const pro = 'Available with Ubuntu Pro: https://ubuntu.com/pro';
const free = 'No subscription required';
const record = (id: string, upstream: readonly string[], ...affected: readonly object[]) => ({
  schema_version: '1.7.0',
  id,
  modified: '2025-03-01T00:00:00Z',
  published: '2025-02-01T00:00:00Z',
  upstream,
  severity: [{ type: 'Ubuntu', score: 'high' }],
  affected,
});

const own = JSON.stringify([
  record(
    'UBUNTU-CVE-2025-0001',
    ['CVE-2025-0001'],
    entry('Ubuntu:Pro:20.04:LTS', 'curl', '7.68.0-1ubuntu2.25+esm1', pro),
  ),
  record(
    'UBUNTU-CVE-2025-0002',
    ['CVE-2025-0002'],
    entry('Ubuntu:Pro:FIPS-updates:20.04:LTS', 'openssl', '1.1.1f-1ubuntu2.fips.99', pro),
  ),
  record(
    'UBUNTU-CVE-2025-0003',
    ['CVE-2025-0003'],
    entry('Ubuntu:Pro:22.04:LTS:Realtime:Kernel', 'linux-realtime', '5.15.0-1.1', pro),
    entry('Ubuntu:22.04:LTS:for:NVIDIA:BlueField', 'linux-realtime', '5.15.0-1.1', free),
  ),
  record('UBUNTU-CVE-2025-0004', ['CVE-2025-0004'], entry('Ubuntu:20.04:LTS', 'curl', undefined, free)),
  record(
    'USN-7000-1',
    ['CVE-2025-0005', 'CVE-2025-0006'],
    entry('Ubuntu:20.04:LTS', 'curl', '7.68.0-1ubuntu2.26', free),
  ),
]);

const key = (name: string, version: string, release: string, channel?: string) => ({
  ecosystem: 'Ubuntu',
  release,
  name,
  version,
  ...(channel === undefined ? {} : { channel }),
});

describe("Canonical's own archive of OSV records", () => {
  const found = async (...about: Parameters<typeof key>) =>
    (await judged(await recordsOf('ubuntu-osv', ubuntuPublication(1, '2025-03-01T00:00:00Z', own)), key(...about))).map(
      ({ vulnerability, fixedIn, severity }) => [vulnerability, fixedIn ?? null, severity.level],
    );

  test('a standard image is affected by what Pro repairs, and sees where the fix is', async () => {
    expect(await found('curl', '7.68.0-1ubuntu2.25', '20.04:LTS')).toEqual([
      ['CVE-2025-0001', '7.68.0-1ubuntu2.25+esm1', 'high'],
      ['CVE-2025-0004', null, 'high'],
      ['CVE-2025-0005', '7.68.0-1ubuntu2.26', 'high'],
      ['CVE-2025-0006', '7.68.0-1ubuntu2.26', 'high'],
    ]);
  });

  test('FIPS, Realtime and BlueField never judge a standard image', async () => {
    expect(await found('openssl', '1.1.1f-1ubuntu2.16', '20.04:LTS')).toEqual([]);
    expect(await found('openssl', '1.1.1f-1ubuntu2.16', '20.04:LTS', 'esm')).toEqual([]);
    expect(await found('linux-realtime', '5.15.0-1.0', '22.04:LTS')).toEqual([]);
  });

  test('files that are no records are passed over', async () => {
    const ids = (await recordsOf('ubuntu-osv', ubuntuPublication(2, '2025-03-01T00:00:00Z'))).map(({ id }) => id);
    expect(ids).toEqual(['UBUNTU-CVE-2024-1000', 'UBUNTU-CVE-2024-1001']);
  });
});
