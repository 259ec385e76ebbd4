import { describe, expect, test } from 'vitest';
import { inventoryOf, named } from './images.ts';

const project = (name: string, version?: string): string => `name = "${name}"
uuid = "cd3eb016-35fb-5094-929b-558a96fad6f3"
authors = ["Jacob Quinn", "contributors: https://example.org"]
${version === undefined ? '' : `version = "${version}"\n`}
[deps]
Base64 = "2a0f44e3-6c83-55bd-87e4-b1978d98bd5f"

[compat]
version = "9.9"
julia = "1.6"
`;

describe('Julia packages', () => {
  test('given a depot and the standard library, then what has a version is found', async () => {
    const inventory = await inventoryOf({
      'root/.julia/packages/HTTP/1EWL3/Project.toml': project('HTTP', '1.5.5'),
      'opt/depot/packages/OpenSSL_jll/xDGhw/JuliaProject.toml': project('OpenSSL_jll', '1.1.10+0'),
      'usr/local/julia/share/julia/stdlib/v1.9/LibCURL_jll/Project.toml': project('LibCURL_jll', '7.84.0+0'),
      'usr/local/julia/share/julia/stdlib/v1.9/Dates/Project.toml': project('Dates'),
    });
    expect(named(inventory)).toEqual(['HTTP@1.5.5', 'LibCURL_jll@7.84.0+0', 'OpenSSL_jll@1.1.10+0']);
    expect(inventory.packages[0]).toMatchObject({
      type: 'julia',
      key: { ecosystem: 'Julia', name: 'HTTP', version: '1.5.5' },
      purl: 'pkg:julia/HTTP@1.5.5?uuid=cd3eb016-35fb-5094-929b-558a96fad6f3',
    });
  });

  test('given projects, manifests and parts of packages, then they are not installed', async () => {
    const inventory = await inventoryOf({
      'app/Project.toml': project('App', '1.0.0'),
      'root/.julia/environments/v1.9/Manifest.toml': '[[deps.HTTP]]\nversion = "1.5.5"\n',
      'root/.julia/packages/HTTP/1EWL3/test/Project.toml': project('Test', '1.0.0'),
      'root/.julia/packages/HTTP/1EWL3/docs/Project.toml': '[deps]\n',
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.map(({ code }) => code)).toEqual(['unknown-distribution']);
  });

  test('given packages without a version or of another name, then each is a reason', async () => {
    const inventory = await inventoryOf({
      'd/packages/A/abcde/Project.toml': project('A'),
      'd/packages/B/abcde/Project.toml': project('C', '1.0.0'),
      'd/packages/D/abcde/Project.toml': '[deps]\nname = "D"\n',
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.map(({ code, text }) => [code, text])).toEqual([
      ['unknown-version', 'd/packages/A/abcde/Project.toml: a Julia package without a version'],
      [
        'unreadable-evidence',
        'd/packages/B/abcde/Project.toml and 1 more: a Julia package that is not of the name of its folder',
      ],
      ['unknown-distribution', expect.any(String)],
    ]);
  });
});
