import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { elfFile } from '../shared/inventory/elf-builder.ts';
import { goFile, lines } from '../shared/inventory/go-builder.ts';
import { drydock, freshFolder } from './command.ts';
import { debianImage, writeAdvisories, writeLayout } from './stored-images.ts';

const home = freshFolder();
const advisories = writeAdvisories(path.join(home, 'advisories'), [
  { id: 'GO-2024-2824', ecosystem: 'Go', package: 'stdlib', fixed: '1.22.3', aliases: ['CVE-2024-24788'] },
  {
    id: 'GHSA-4374-p667-p6c8',
    ecosystem: 'Go',
    package: 'golang.org/x/net',
    fixed: '0.17.0',
    aliases: ['CVE-2023-39325'],
  },
  { id: 'GHSA-jjjj-kkkk-mmmm', ecosystem: 'Go', package: 'github.com/acme/tool', fixed: '1.4.0' },
  { id: 'RUSTSEC-2021-0003', ecosystem: 'crates.io', package: 'smallvec', fixed: '1.6.1', aliases: ['CVE-2021-25900'] },
]);
const crates = { packages: [{ name: 'smallvec', version: '1.6.0', source: 'crates.io' }] };
const goProgram = (goVersion: string, net: string, own: string) =>
  goFile({
    goVersion,
    modules: lines(
      ['path', 'github.com/acme/tool'],
      ['mod', 'github.com/acme/tool', '(devel)', ''],
      ['dep', 'golang.org/x/net', net, ''],
      ['build', `-ldflags="-s -w -X main.version=${own}"`],
    ),
  });

const scan = async (go: Buffer) => {
  const application = {
    'usr/local/bin/tool': { content: go, mode: 0o755 },
    'usr/local/bin/rusty': {
      content: elfFile({ sections: { '.dep-v0': deflateSync(JSON.stringify(crates)) } }),
      mode: 0o755,
    },
  };
  const layout = writeLayout(
    path.join(home, `layout-${go.length}-${go.includes('go1.22.2') ? 'old' : 'new'}`),
    debianImage({ base: '12.4' }, application),
  );
  const { stdout } = await drydock(['scan', layout, '--advisories', advisories, '--format', 'json'], { home });
  return JSON.parse(stdout) as {
    readonly findings: readonly { readonly vulnerability: string; readonly path?: string }[];
  };
};

describe('scanning an image with programs of Go and Rust', () => {
  test('given vulnerable modules, standard library and crates, then each is found', async () => {
    const { findings } = await scan(goProgram('go1.22.2 X:nocoverageredesign', 'v0.16.0', '1.3.9'));
    expect(findings.map(({ vulnerability }) => vulnerability).sort()).toEqual([
      'CVE-2021-25900',
      'CVE-2023-39325',
      'CVE-2024-24788',
      'GHSA-jjjj-kkkk-mmmm',
    ]);
  });

  test('given fixed versions, then nothing of Go is found', async () => {
    const { findings } = await scan(goProgram('go1.22.3 (Red Hat 1.22.3-1.el9)', 'v0.17.0', 'v1.4.0'));
    expect(findings.map(({ vulnerability }) => vulnerability)).toEqual(['CVE-2021-25900']);
  });
});
