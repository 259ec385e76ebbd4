import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { high, metric, published, rejected, releaseZip } from '../shared/advisories/cve-list/cve-records.ts';
import { drydock, freshFolder } from './command.ts';
import { debianImage, medium, nodeModule, writeAdvisories, writeLayout } from './stored-images.ts';

const home = freshFolder();
const at = (name: string): string => path.join(home, name);
const advisories = writeAdvisories(at('advisories'), [
  { id: 'DSA-1-1', ecosystem: 'Debian:12', package: 'curl', fixed: '7.88.1-10+deb12u4', upstream: ['CVE-2023-38545'] },
  { id: 'DSA-1-2', ecosystem: 'Debian:12', package: 'curl', fixed: '7.88.1-10+deb12u5', upstream: ['CVE-2023-38545'] },
  { id: 'GHSA-aaaa-bbbb-cccc', ecosystem: 'npm', package: 'lodash', aliases: ['CVE-2021-23337'], vector: medium },
]);
const layout = writeLayout(
  at('layout'),
  debianImage({ curl: '7.88.1-10+deb12u3', base: '12.4' }, nodeModule('lodash', '4.17.20')),
);
const explain = async (id: string, ...args: string[]) => {
  const ran = await drydock(['explain', id, layout, '--advisories', advisories, ...args], { home });
  expect(ran.code).toBe(0);
  return ran.stdout;
};

describe('drydock explain of an image', () => {
  test('says which record decided by which comparison, who rates it, and what each record says', async () => {
    const text = await explain('CVE-2023-38545');
    expect(text).toContain('  records   DSA-1-1, DSA-1-2');
    expect(text).toContain('  decided   7.88.1-10+deb12u3 >= 0 and < 7.88.1-10+deb12u4 (dpkg)');
    expect(text).toMatch(/severity {2}critical 9\.8 \(DSA-1-1 \(CVSS 3\.1\); CVSS:3\.1\/AV:N\/AC:L\/.*\)/);
    expect(text).toContain('  fix       7.88.1-10+deb12u5');
    expect(text).toContain('  says      DSA-1-1 (introduced 0, fixed 7.88.1-10+deb12u4): fixed in 7.88.1-10+deb12u4');
    expect(text).toContain('  says      DSA-1-2 (introduced 0, fixed 7.88.1-10+deb12u5): fixed in 7.88.1-10+deb12u5');
    expect(text).toContain('  shown     no exception, no VEX and no noise hides it');
  });

  test('says what hides it: an exception, or VEX with its author; and which exception has ended', async () => {
    const policy = at('policy.yaml');
    const rule = '{id: CVE-2023-38545, reason: no proxy, owner: team-a, until: 2999-01-01}';
    writeFileSync(policy, `ignore: [${rule}, {id: CVE-2021-23337, reason: r, owner: team-a, until: 2020-01-01}]`);
    expect(await explain('CVE-2023-38545', '--policy', policy)).toContain(
      '  hidden    accepted until 2999-01-01: no proxy',
    );
    expect(await explain('CVE-2021-23337', '--policy', policy)).toContain(
      '  shown     its exception has ended: 2020-01-01 was its last day',
    );
    const vex = at('vex.json');
    const say = (fields: object) =>
      writeFileSync(
        vex,
        JSON.stringify({
          '@context': 'https://openvex.dev/ns/v0.2.0',
          author: 'team-a',
          timestamp: '2026-01-01T00:00:00Z',
          statements: [
            { vulnerability: { name: 'CVE-2021-23337' }, products: [{ '@id': 'pkg:npm/lodash' }], ...fields },
          ],
        }),
      );
    say({ status: 'not_affected', justification: 'component_not_present' });
    expect(await explain('CVE-2021-23337', '--vex', vex)).toContain(
      '  hidden    VEX of team-a: not affected, component not present',
    );
    say({ status: 'under_investigation' });
    expect(await explain('CVE-2021-23337', '--vex', vex)).toContain(
      '  shown     VEX of team-a says under investigation',
    );
  });

  test('says what the CVE List adds: the rating of what nobody rates, a dispute, and a rejection, which hides', async () => {
    const folder = writeAdvisories(at('listed'), [
      { id: 'GHSA-aaaa-bbbb-cccc', ecosystem: 'npm', package: 'lodash', aliases: ['CVE-2021-23337'], vector: 'none' },
      {
        id: 'DSA-1-1',
        ecosystem: 'Debian:12',
        package: 'curl',
        fixed: '7.88.1-10+deb12u4',
        upstream: ['CVE-2023-38545'],
      },
    ]);
    const explainBy = async (records: readonly object[]) => {
      writeFileSync(at('cves.zip'), releaseZip(records));
      const asked = ['explain', 'CVE-2021-23337', layout, '--advisories', folder, '--cve-list', at('cves.zip')];
      return (await drydock(asked, { home })).stdout;
    };
    const rated = await explainBy([
      published('CVE-2021-23337', { cna: [metric(high)], cisa: [metric('Low')], by: 'snyk', tags: ['disputed'] }),
    ]);
    expect(rated).toContain(`  severity  high 7.5 (CVE List: snyk (CNA), CVSS 3.1; ${high})`);
    expect(rated).toContain('CVE List  CVE-2021-23337 of snyk, last changed 2024-06-01; disputed');
    expect(rated).toContain(`snyk (CNA) 7.5 ${high}; CISA-ADP low`);
    const scanned = await drydock(
      ['scan', layout, '--advisories', folder, '--cve-list', at('cves.zip'), '--severity', 'high'],
      { home },
    );
    expect(scanned.stdout).toMatch(/CVE-2021-23337 .*high 7\.5 \(disputed\)/);
    expect(scanned.stdout).toContain('CVE List as of 2024-06-01');
    const gone = await explainBy([rejected('CVE-2021-23337', 'Not\u001b[31m a flaw.')]);
    expect(gone).toContain('  hidden    CVE-2021-23337 was rejected by HYPR on 2024-06-01: Not');
    expect(gone).toContain('CVE List  CVE-2021-23337 was rejected by HYPR on 2024-06-01');
    expect(gone).not.toContain('\u001b[31m');
  });
});
