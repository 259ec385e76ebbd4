import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Ran } from './command.ts';
import { at, layout, scan as scanImage } from './scanned-debian.ts';

/** Scans by a policy with these exceptions. */
function scan(exceptions: readonly string[], ...args: string[]): Promise<Ran> {
  const policy = at('policy.yaml');
  writeFileSync(
    policy,
    `ignore:\n${exceptions.map((each) => `  - {reason: known, ${each.includes('owner:') ? '' : 'owner: team-a, '}${each}}\n`).join('')}`,
  );
  return scanImage(layout, '--policy', policy, ...args);
}

describe('a scan by a policy', () => {
  test('leaves out what exceptions accept, counts it, and fails no build for it', async () => {
    const ran = await scan(
      ['id: GHSA-aaaa-bbbb-cccc, until: 2999-01-01, owner: team-b', 'id: CVE-2023-99999, untilFixed: true'],
      '--fail-on',
      'medium,any',
    );
    expect(ran.stdout.split('\n')[0]).toBe(
      '1 finding: 1 critical (1 KEV), 1 fixable; 2 more accepted by the policy (--show-hidden lists them)',
    );
    expect(ran.stdout).not.toContain('CVE-2021-23337');
    expect(ran.stderr).toContain('1 finding');
  });

  test('shows what is accepted when asked, with why, until when and by whom', async () => {
    const { stdout } = await scan(['id: CVE-2021-23337, until: 2999-01-01, owner: team-b'], '--show-hidden');
    expect(stdout).toContain('CVE-2021-23337 in lodash is accepted until 2999-01-01: known (team-b)');
  });

  test('does not accept what has ended an exception, and says what did', async () => {
    const { stdout, code } = await scan(
      ['id: CVE-2023-38545, untilKev: true', 'scope: {package: curl}, untilFixed: true'],
      '--fail-on',
      'kev',
    );
    expect(code).toBe(2);
    expect(stdout).toContain(
      'the exception for CVE-2023-38545 in curl has ended: it is known to be exploited since 2026-01-05 (CISA KEV)',
    );
  });

  test('takes paths, and nothing that is for services', async () => {
    const path = await scan(['scope: {path: app/node_modules/**}, untilKev: true'], '--format', 'json');
    expect(JSON.parse(path.stdout)).toMatchObject({ summary: { accepted: 1, findings: 2 } });
    const service = await scan(['id: CVE-2021-23337, scope: {service: "**"}, untilKev: true'], '--format', 'json');
    expect(JSON.parse(service.stdout)).toMatchObject({ summary: { accepted: 0, findings: 3 } });
  });

  test('refuses a policy with errors before anything is read', async () => {
    const { code, stdout, stderr } = await scan(['id: CVE-2021-23337']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('an exception ends');
  });
});
