import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildImage } from '#shared/oci';
import { readVex } from '#shared/vex';
import { readVexFiles } from '../../cli/scan/vex-files.ts';
import { layerOf, osRelease, stanza } from '../shared/inventory/images.ts';
import { drydock, freshFolder } from './command.ts';
import { debianImage, medium, nodeModule, writeAdvisories, writeLayout } from './stored-images.ts';

const home = freshFolder();
const at = (name: string): string => path.join(home, name);
const advisories = writeAdvisories(at('advisories'), [
  { id: 'DSA-1-1', ecosystem: 'Debian:12', package: 'curl', fixed: '7.88.1-10+deb12u4', upstream: ['CVE-2023-38545'] },
  { id: 'GHSA-aaaa-bbbb-cccc', ecosystem: 'npm', package: 'lodash', aliases: ['CVE-2021-23337'], vector: medium },
]);
const image = debianImage({ curl: '7.88.1-10+deb12u3', base: '12.4' }, nodeModule('lodash', '4.17.20'));
const layout = writeLayout(at('layout'), image);
const scan = (...args: string[]) =>
  drydock(['scan', layout, '--advisories', advisories, '--format', 'json', ...args], { home });

/** Writes an OpenVEX document about one vulnerability. */
function vexFile(name: string, vulnerability: string, product: object, fields: object): string {
  writeFileSync(
    at(name),
    JSON.stringify({
      '@context': 'https://openvex.dev/ns/v0.2.0',
      '@id': `https://vex.example/${name}`,
      author: 'team-a',
      timestamp: '2026-01-01T00:00:00Z',
      version: 1,
      statements: [{ vulnerability: { name: vulnerability }, products: [product], ...fields }],
    }),
  );
  return at(name);
}

const harmless = { status: 'not_affected', justification: 'vulnerable_code_not_in_execute_path' };

describe('a scan by VEX', () => {
  test('hides what does no harm with who says so, counts it, and shows it when asked', async () => {
    const file = vexFile('a.json', 'CVE-2021-23337', { '@id': 'pkg:npm/lodash' }, harmless);
    const { stdout, code } = await scan('--vex', file, '--fail-on', 'medium');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [{ vulnerability: 'CVE-2023-38545', vex: null }],
      summary: { findings: 1, noise: 0, vex: 1 },
    });
    expect(JSON.parse((await scan('--vex', file, '--show-hidden')).stdout)).toMatchObject({
      findings: [
        { vulnerability: 'CVE-2023-38545' },
        {
          vulnerability: 'CVE-2021-23337',
          hidden: 'VEX of team-a: not affected, vulnerable code not in execute path',
          vex: { status: 'not_affected', by: 'team-a' },
        },
      ],
    });
  });

  test('says so in the summary for people, and why when asked', async () => {
    const file = vexFile('a.json', 'CVE-2021-23337', { '@id': 'pkg:npm/lodash' }, harmless);
    const people = (...args: string[]) =>
      drydock(['scan', layout, '--advisories', advisories, '--vex', file, ...args], { home });
    expect((await people()).stdout.split('\n')[0]).toBe(
      '1 finding: 1 critical, 1 fixable; 1 more hidden by VEX (--show-hidden says why)',
    );
    expect((await people('--show-hidden')).stdout).toContain(
      'CVE-2021-23337 in lodash is hidden: VEX of team-a: not affected, vulnerable code not in execute path',
    );
  });

  test('of another image hides nothing; what is not believed is told', async () => {
    const other = { '@id': `pkg:oci/app@sha256:${'0'.repeat(64)}` };
    const { stdout } = await scan('--vex', vexFile('b.json', 'CVE-2021-23337', other, harmless));
    expect(JSON.parse(stdout)).toMatchObject({ summary: { findings: 2, vex: 0 } });
    const unfounded = vexFile('c.json', 'CVE-2021-23337', { '@id': 'pkg:npm/lodash' }, { status: 'not_affected' });
    const { stderr } = await scan('--vex', unfounded);
    expect(stderr).toContain('neither a justification nor an impact statement says why');
    expect((await scan('--vex', layout)).code).toBe(1);
  });
});

describe('files of VEX documents', () => {
  test('speak at the latest now: one dated years ahead does not outdo all that comes before that', async () => {
    const file = vexFile(
      'ahead.json',
      'CVE-2021-23337',
      { '@id': 'pkg:npm/lodash' },
      { ...harmless, timestamp: '2999-01-01T00:00:00Z' },
    );
    const past = vexFile('past.json', 'CVE-2021-23337', { '@id': 'pkg:npm/lodash' }, harmless);
    const statements = await readVexFiles([file, past], () => undefined, new Date('2026-02-03T04:05:06Z'));
    expect(statements.map(({ at: said }) => said.slice(0, 10))).toEqual(['2026-02-03', '2026-01-01']);
  });
});

describe('drydock vex export', () => {
  test('issues exceptions on the digest, and a scan by what was issued hides only what was justified', async () => {
    const policy = at('policy.yaml');
    writeFileSync(
      policy,
      `ignore:
  - {id: GHSA-aaaa-bbbb-cccc, reason: only at build time, owner: team-a, untilKev: true, justification: vulnerable_code_not_in_execute_path}
  - {id: CVE-2023-38545, reason: no SOCKS5 proxy, owner: team-a, until: 2999-01-01}
`,
    );
    const out = at('issued.json');
    const ran = await drydock(['vex', 'export', layout, '--policy', policy, '--advisories', advisories, '-o', out], {
      home,
    });
    expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: '' });
    const document = readVex(readFileSync(out), out);
    expect(document).toMatchObject({ author: 'team-a', skipped: [] });
    expect(document.statements.map(({ vulnerabilities, status, text }) => [vulnerabilities[0], status, text])).toEqual([
      ['CVE-2023-38545', 'affected', 'accepted until 2999-01-01: no SOCKS5 proxy'],
      ['CVE-2021-23337', 'not_affected', 'only at build time'],
    ]);
    expect(document.statements[0]?.products[0]?.digests).toEqual([image.descriptor.digest]);
    expect(JSON.parse((await scan('--vex', out)).stdout)).toMatchObject({
      findings: [{ vulnerability: 'CVE-2023-38545', vex: { status: 'affected' } }],
      summary: { vex: 1 },
    });
    expect((await drydock(['vex', 'export', layout], { home })).stderr).toContain('--policy');
  });

  test('names a package without its source package, which not every reader of the purl knows', async () => {
    const status = stanza('libcurl4', '7.88.1-10+deb12u3', { Source: 'curl' });
    const files = { 'etc/os-release': osRelease.debian12, 'var/lib/dpkg/status': status };
    const from = writeLayout(at('libcurl4'), buildImage({ layers: [layerOf(files)] }));
    const policy = at('curl.yaml');
    writeFileSync(policy, 'ignore:\n  - {id: CVE-2023-38545, reason: no SOCKS5, owner: team-a, until: 2999-01-01}\n');
    const out = at('libcurl4.json');
    await drydock(['vex', 'export', from, '--policy', policy, '--advisories', advisories, '-o', out], { home });
    expect(readVex(readFileSync(out), out).statements[0]?.products[0]?.subcomponents[0]?.purls).toEqual([
      'pkg:deb/debian/libcurl4@7.88.1-10%2Bdeb12u3?arch=amd64&distro=debian-12',
    ]);
  });
});
