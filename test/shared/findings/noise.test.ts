import { describe, expect, test } from 'vitest';
import { noiseOf, whyNoise } from '#shared/findings';
import { packageKeyId } from '#shared/inventory';
import type { Finding } from '#shared/judging';
import { readNoise } from '../../../shared/findings/noise.ts';
import { goFile, lines } from '../inventory/go-builder.ts';
import { inventoryOf } from '../inventory/images.ts';
import { sourceTable } from '../inventory/source-table-builder.ts';

function finding(vulnerability: string, aliases: readonly string[] = [], malicious = false): Finding {
  const name = { name: 'github.com/hashicorp/consul', version: '1.12.9', ecosystem: 'Go' };
  return {
    id: vulnerability,
    vulnerability,
    aliases,
    records: [],
    package: { ...name, matchedName: name.name, matchedVersion: name.version },
    match: 'direct',
    severity: { level: 'high', source: 'a test' },
    status: 'affected',
    malicious,
    why: 'a test',
  };
}

describe('a program and the Go module that it is', () => {
  const modules = lines(['path', 'github.com/hashicorp/consul'], ['mod', 'github.com/hashicorp/consul', 'v1.12.9', '']);

  test('given both, then what both have is told of the module, and what only the program has of the program', async () => {
    const inventory = await inventoryOf({ 'bin/consul': { content: goFile({ modules }), mode: 0o755 } });
    const noise = noiseOf(inventory);
    const ids = Object.fromEntries(
      inventory.packages.map(({ type, key }) => [`${type} ${key.name}`, packageKeyId(key)]),
    );
    const program = ids['program consul'] ?? '';
    const module = ids['golang github.com/hashicorp/consul'] ?? '';
    const onModule = [finding('CVE-2022-1'), finding('GHSA-a', ['GO-1']), finding('CVE-2022-3', ['GHSA-c'])];
    const why = (id: string, found: Finding) =>
      whyNoise(readNoise(JSON.parse(JSON.stringify(noise))), id, found, (other) => (other === module ? onModule : []));

    expect(why(program, finding('CVE-2022-1'))).toBe(
      'CVE-2022-1 is told of the Go module github.com/hashicorp/consul, which this program is built from',
    );
    expect(why(program, finding('BIT-1', ['GHSA-a']))).toContain('GHSA-a');
    expect(why(program, finding('CVE-2022-2'))).toBeUndefined();
    // two CVE ids are never one, whatever else they share
    expect(why(program, finding('CVE-2022-4', ['GHSA-c']))).toBeUndefined();
    expect(why(program, finding('CVE-2022-1', [], true))).toBeUndefined();
    expect(why(module, finding('CVE-2022-1'))).toBeUndefined();
  });

  test('given what is linked of a module, then a flaw in other packages of it is noise; one that may be anywhere is not', () => {
    const noise = { packages: {}, twins: {}, linked: { go: ['golang.org/x/net/html', 'golang.org/x/net/http2'] } };
    const why = (imports?: readonly string[], malicious = false, id = 'go') =>
      whyNoise(
        noise,
        id,
        { ...finding('CVE-2023-1', [], malicious), ...(imports === undefined ? {} : { imports }) },
        () => [],
      );
    expect(why(['golang.org/x/net/html', 'golang.org/x/net/idna'])).toBeUndefined();
    expect(why(['golang.org/x/net/idna'])).toBe(
      'it is in golang.org/x/net/idna, and nothing of that is linked into a program here',
    );
    expect(why(['a', 'b', 'c', 'd', 'e'])).toContain('a, b, c and 2 more packages');
    expect(why()).toBeUndefined();
    expect(why([])).toBeUndefined();
    expect(why(['golang.org/x/net/idna'], true)).toBeUndefined();
    expect(why(['golang.org/x/net/idna'], false, 'another')).toBeUndefined();
  });

  test('given two programs, then all that is linked of a module anywhere counts, and nothing if one of them does not tell', async () => {
    const program = (files?: readonly string[]) => ({
      content: goFile({
        modules: lines(['path', 'a.example/x'], ['dep', 'golang.org/x/net', 'v0.17.0']),
        elf: files === undefined ? {} : { sections: { '.gopclntab': sourceTable(files) } },
      }),
      mode: 0o755,
    });
    const linkedIn = async (...programs: readonly ReturnType<typeof program>[]) => {
      const tree = Object.fromEntries(programs.map((one, index) => [`bin/p${index}`, one]));
      const { linked = {} } = noiseOf(await inventoryOf(tree)) ?? {};
      return Object.entries(linked).find(([id]) => id.includes('golang.org/x/net'))?.[1];
    };
    const html = program(['golang.org/x/net@v0.17.0/html/parse.go']);
    const http2 = program(['golang.org/x/net@v0.17.0/http2/frame.go']);
    expect(await linkedIn(html, http2)).toEqual(['golang.org/x/net/html', 'golang.org/x/net/http2']);
    expect(await linkedIn(html, program())).toBeUndefined();
  });

  test('given noise as it was kept before, then it is read', () => {
    const noise = readNoise({ 'npm|||||||x|1||': 'it is old' });
    expect(whyNoise(noise, 'npm|||||||x|1||', finding('CVE-2022-1'), () => [])).toBe('it is old');
    expect(whyNoise(readNoise({}), 'npm|||||||x|1||', finding('CVE-2022-1'), () => [])).toBeUndefined();
  });
});
