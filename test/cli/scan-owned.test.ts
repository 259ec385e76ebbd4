import path from 'node:path';
import { expect, test } from 'vitest';
import { buildImage } from '#shared/oci';
import { layerOf, osRelease, stanza, type Tree } from '../shared/inventory/images.ts';
import { drydock, freshFolder } from './command.ts';
import { writeAdvisories, writeLayout } from './stored-images.ts';

const home = freshFolder();
const at = (name: string): string => path.join(home, name);
const advisories = writeAdvisories(
  at('advisories'),
  [
    { id: 'DSA-9-1', ecosystem: 'Debian:12', package: 'requests', fixed: '2.28.1-2', upstream: ['CVE-2023-32681'] },
    { id: 'GHSA-j8r2-6x86-q33q', ecosystem: 'PyPI', package: 'requests', fixed: '2.31.0', aliases: ['CVE-2023-32681'] },
  ],
  [],
);
const own = 'usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO';
const debian: Tree = {
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status': stanza('python3-requests', '2.28.1-2', { Source: 'requests' }),
  'var/lib/dpkg/info/python3-requests.list': `/${own}\n`,
  [own]: 'Metadata-Version: 2.1\nName: requests\nVersion: 2.28.1\n',
};

const scan = async (name: string, tree: Tree, ...args: string[]) =>
  drydock(
    ['scan', writeLayout(at(name), buildImage({ layers: [layerOf(tree)] })), '--advisories', advisories, ...args],
    {
      home,
    },
  );

test("given Debian's patched python3-requests, then PyPI's advisory for the unpatched version is counted and shown apart, and stops nobody", async () => {
  const { code, stdout } = await scan('owned', debian, '--format', 'json', '--fail-on', 'any');
  const report = JSON.parse(stdout) as { summary: object; findings: unknown[]; owned: object[]; packages: object[] };
  expect(code).toBe(0);
  expect(report).toMatchObject({
    summary: { findings: 0, owned: 1 },
    findings: [],
    owned: [{ vulnerability: 'CVE-2023-32681', package: { ecosystem: 'PyPI', name: 'requests' } }],
  });
  expect(report.packages).toContainEqual(expect.objectContaining({ type: 'pypi', ownedBy: 'deb:python3-requests' }));
  const table = await scan('owned-table', debian);
  expect(table.stdout.split('\n')[0]).toContain(
    '1 of language advisories on packages that the distribution itself answers for',
  );
});

test('given a copy of the same version in a virtual environment, then it is found', async () => {
  const copy = 'opt/venv/lib/python3.11/site-packages/requests-2.28.1.dist-info/METADATA';
  const { code, stdout } = await scan(
    'both',
    { ...debian, [copy]: String(debian[own]) },
    '--format',
    'json',
    '--fail-on',
    'any',
  );
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ summary: { findings: 1, owned: 0 } });
});
