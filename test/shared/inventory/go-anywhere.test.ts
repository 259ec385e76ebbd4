import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFacts, encodeFacts } from '#shared/inventory';
import { linkedPackages } from '../../../shared/inventory/extractors/go/linked-packages.ts';
import { damage } from './damage.ts';
import { elfFile } from './elf-builder.ts';
import { macProgram, macPrograms, windowsProgram } from './foreign-builder.ts';
import { goData, lines } from './go-builder.ts';
import { factsOf, inventoryOf, layerOf, named } from './images.ts';
import { sourceTable } from './source-table-builder.ts';

const modules = lines(
  ['path', 'github.com/acme/tool'],
  ['mod', 'github.com/acme/tool', 'v1.4.0', ''],
  ['dep', 'golang.org/x/net', 'v0.17.0', 'h1:pVaXccu2ozPjCXewfr1S7xza/zcXTity9cCdXQYSjIM='],
);
const data = goData({ modules });
const found = ['github.com/acme/tool@1.4.0', 'golang.org/x/net@0.17.0', 'stdlib@1.22.3'];

const foreign: readonly (readonly [string, string, Buffer])[] = [
  ['of Windows', 'srv/downloads/tool.exe', windowsProgram({ data })],
  ['of Windows, 32 bits', 'srv/downloads/tool.exe', windowsProgram({ data, is64: false })],
  ['of macOS', 'srv/downloads/tool', macProgram({ data })],
  ['of macOS, 32 bits', 'srv/downloads/tool', macProgram({ data, is64: false })],
  ['of macOS for two processors', 'srv/downloads/tool', macPrograms([macProgram({ data }), macProgram({ data })])],
];

describe('Go programs of other systems in an image', () => {
  it.each(foreign)(
    'given one %s, then what it is made of is read, and it is no executable of a container',
    async (_, path, content) => {
      const inventory = await inventoryOf({ [path]: { content, mode: path.endsWith('.exe') ? 0o644 : 0o755 } });
      expect(named(inventory, 'golang')).toEqual(found);
      expect(inventory.executables).toEqual([]);
    },
  );

  it('given pointers, as before Go 1.18, in a Windows program, then they are followed from where it is loaded', async () => {
    const elf = { dataAt: 0x1_4000_0000 + 0x3000 };
    const content = windowsProgram({ data: goData({ modules, form: 'pointers', goVersion: 'go1.16.5', elf }) });
    const inventory = await inventoryOf({ 'a/tool.exe': { content, mode: 0o755 } });
    expect(named(inventory, 'golang')).toEqual([...found.slice(0, 2), 'stdlib@1.16.5']);
  });

  it('given a list of Rust crates in one of them, then it is read too', async () => {
    const list = deflateSync(JSON.stringify({ packages: [{ name: 'itoa', version: '1.0.19', source: 'crates.io' }] }));
    const sections = { '.dep-v0': list };
    const none = Buffer.alloc(64);
    for (const content of [
      windowsProgram({ data: none, sections, isOfGo: false }),
      macProgram({ data: none, sections, isOfGo: false }),
    ])
      expect(named(await inventoryOf({ 'a/hello': { content, mode: 0o755 } }))).toEqual(['itoa@1.0.19']);
  });

  it('given texts and classes that begin alike, then they are nothing', async () => {
    const javaClass = Buffer.alloc(200);
    javaClass.writeUInt32BE(0xcafe_babe, 0);
    javaClass.writeUInt32BE(61, 4);
    const inventory = await inventoryOf({
      'a/Main.class': { content: javaClass, mode: 0o755 },
      'a/MZ': { content: 'MZ is how Windows programs begin '.repeat(10), mode: 0o755 },
    });
    expect([inventory.packages, inventory.executables]).toEqual([[], []]);
    expect(inventory.coverage.reasons.map(({ code }) => code)).toEqual(['unknown-distribution']);
  });

  it('given any damage, then the layer is read, and what is told names the file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...foreign).chain(([, path, bytes]) => fc.tuple(fc.constant(path), damage(bytes))),
        async ([path, content]) => {
          const { evidence, state } = await factsOf(layerOf({ [path]: { content, mode: 0o755 } }));
          expect(state).toBe('whole');
          for (const fact of evidence) expect(fact.path).toBe(path);
        },
      ),
      { numRuns: 400 },
    );
  });
});

const sources = [
  '/usr/local/go/src/runtime/proc.go',
  '/root/go/pkg/mod/github.com/!masterminds/semver/v3@v3.2.1/version.go',
  'golang.org/x/net@v0.17.0/http2/frame.go',
  'github.com/docker/docker@v24.0.7+incompatible/api/common.go',
  '/build/vendor/github.com/acme/vendored/a.go',
  '/build/main.go',
  'a b@v1/x.go',
];
const modulesOfSources = [
  'github.com/Masterminds/semver/v3@3.2.1',
  'github.com/docker/docker@24.0.7+incompatible',
  'golang.org/x/net@0.17.0',
];

describe('what is linked into a Go program', () => {
  it.each([
    ['where Go lies', '/usr/local/go/src/', '/root/go/pkg/mod/github.com/!masterminds/semver/v3@v3.2.1/internal/x.go'],
    ['with -trimpath', '', 'github.com/Masterminds/semver/v3@v3.2.1/internal/x.go'],
    ['of a vendor folder', '/usr/lib/go-1.21/src/', '/build/vendor/github.com/Masterminds/semver/v3/internal/x.go'],
    [
      'by a Go that was downloaded',
      '/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64/src/',
      '/root/go/pkg/mod/github.com/!masterminds/semver/v3@v3.2.1/internal/x.go',
    ],
  ])('given source files %s, then they tell the packages of each module', (_, home, file) => {
    const { of } = linkedPackages([
      `${home}runtime/proc.go`,
      `${home}net/http/server.go`,
      `${home}net/http/internal/ascii/print.go`,
      `${home}vendor/golang.org/x/net/dns/dnsmessage/message.go`,
      'github.com/acme/tool/main.go',
      file,
      '<autogenerated>',
    ]);
    expect(of('stdlib')).toEqual([
      'net/http',
      'net/http/internal/ascii',
      'runtime',
      'vendor/golang.org/x/net/dns/dnsmessage',
    ]);
    expect(of('github.com/Masterminds/semver/v3')).toEqual(['github.com/Masterminds/semver/v3/internal']);
    // nothing of it was found: that is no proof that nothing is there
    expect(of('golang.org/x/net')).toBeUndefined();
  });

  it('given names of one letter more and modules in each other, then none is mistaken for another', () => {
    const { of } = linkedPackages([
      'runtime/proc.go',
      'a.example/x@v1.0.0/root.go',
      'a.example/x@v1.0.0/y/file.go',
      'a.example/x-y@v1.0.0/z/file.go',
      'a.example/x0@v1.0.0/file.go',
      'a.example/mod/lib@v1.0.0/sub/file.go',
    ]);
    expect(of('a.example/x')).toEqual(['a.example/x', 'a.example/x/y']);
    expect(of('a.example/x/y')).toEqual(['a.example/x/y']);
    expect(of('a.example/x-y')).toEqual(['a.example/x-y/z']);
    expect(of('a.example')).toHaveLength(5);
    expect(of('stdlib')).toEqual(['runtime']);
  });

  it('given paths made to be looked at for ever, and more packages than anybody has, then it ends and nothing is said', () => {
    const slow = [
      `/mod/a.b${'/mod/a.b'.repeat(500)}`,
      `/vendor/a.b${'/vendor/a.b'.repeat(360)}/`,
      `${'a.'.repeat(2000)}@`,
    ];
    const many = Array.from({ length: 6_000 }, (_, index) => `a.example/x@v1.0.0/p${index}/file.go`);
    const { of } = linkedPackages([...Array.from({ length: 3_000 }, () => slow).flat(), ...many]);
    expect(of('a.example/x')).toBeUndefined();
    expect(of('a.example/x/p7')).toEqual(['a.example/x/p7']);
  });

  it('given many modules that are large each, then only so much is said as one program may, and a small one still fits', () => {
    const filesOf = (module: string, packages: number) =>
      Array.from({ length: packages }, (_, index) => `${module}@v1.0.0/p${index}/file.go`);
    const large = Array.from({ length: 12 }, (_, index) => `large.example/m${index}`);
    const { of } = linkedPackages([
      ...large.flatMap((module) => filesOf(module, 4_500)),
      ...filesOf('small.example/m', 500),
      ...filesOf('late.example/m', 1),
    ]);
    expect(large.filter((module) => of(module) !== undefined)).toEqual(large.slice(0, 11));
    expect(of('small.example/m')).toHaveLength(500);
    expect(of('late.example/m')).toBeUndefined();
  });

  it('given a program, then it is kept with its modules, but not of one that another took the place of', async () => {
    const content = elfFile({
      dataName: '.go.buildinfo',
      data: goData({
        modules: lines(
          ['path', 'github.com/acme/tool'],
          ['dep', 'golang.org/x/net', 'v0.17.0'],
          ['dep', 'github.com/gogo/protobuf', 'v1.3.1'],
          ['=>', 'github.com/regen-network/protobuf', 'v1.3.3', 'h1:x'],
        ),
      }),
      sections: {
        '.gopclntab': sourceTable([
          '/usr/local/go/src/runtime/proc.go',
          '/root/go/pkg/mod/golang.org/x/net@v0.17.0/html/parse.go',
          '/root/go/pkg/mod/github.com/regen-network/protobuf@v1.3.3/proto/lib.go',
        ]),
      },
    });
    const facts = await factsOf(layerOf({ 'bin/tool': { content, mode: 0o755 } }));
    expect(await decodeFacts(await encodeFacts(facts))).toEqual(facts);
    const { packages } = await inventoryOf({ 'bin/tool': { content, mode: 0o755 } });
    expect(packages.map(({ key, linked }) => [key.name, linked])).toEqual([
      ['github.com/regen-network/protobuf', undefined],
      ['golang.org/x/net', ['golang.org/x/net/html']],
      ['stdlib', ['runtime']],
    ]);
  });
});

describe('Go programs whose build information was taken out', () => {
  const forms = (['go12', 'go116', 'go118'] as const).flatMap((form) =>
    [true, false].flatMap((is64) => [true, false].map((isLittle) => ({ form, is64, isLittle }))),
  );

  it.each(forms)(
    'given the table of functions of $form ($is64 64 bits, $isLittle little-endian), then the names of source files tell the modules',
    async (form) => {
      const table = sourceTable(sources, form);
      const content = elfFile({ ...form, noteOf: 'Go', sections: { '.gopclntab': table } });
      const inventory = await inventoryOf({ 'bin/tool': { content, mode: 0o755 } });
      expect(named(inventory)).toEqual(modulesOfSources);
      const reasons = inventory.coverage.reasons.map(({ text }) => text).join('\n');
      expect(reasons).toContain('its modules are read from the names of its source files');
      expect(reasons).toContain('does not say which Go built it');
    },
  );

  it.each([
    [
      'Windows',
      windowsProgram({
        data: Buffer.alloc(64),
        readOnly: Buffer.concat([Buffer.alloc(40, 0xff), sourceTable(sources)]),
      }),
    ],
    ['macOS', macProgram({ data: Buffer.alloc(64), readOnly: sourceTable(sources) })],
  ])('given such a program of %s, then its table is found', async (_, content) => {
    expect(named(await inventoryOf({ 'bin/tool': { content, mode: 0o755 } }))).toEqual(modulesOfSources);
  });

  it('given a table that begins around a multiple of 64 KiB of what is searched, then it is found', async () => {
    for (let before = 2 ** 16 - 12; before <= 2 ** 16 + 8; before += 4) {
      const readOnly = Buffer.concat([Buffer.alloc(before), sourceTable(sources)]);
      const content = windowsProgram({ data: Buffer.alloc(64), readOnly });
      expect(named(await inventoryOf({ 'bin/tool': { content, mode: 0o755 } }))).toEqual(modulesOfSources);
    }
  });

  it('given a Go that was downloaded to build it, then that is the version of the standard library', async () => {
    const table = sourceTable([
      ...sources,
      '/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64/src/fmt/print.go',
    ]);
    const content = elfFile({ noteOf: 'Go', sections: { '.gopclntab': table } });
    const inventory = await inventoryOf({ 'bin/tool': { content, mode: 0o755 } });
    expect(named(inventory)).toEqual([...modulesOfSources, 'stdlib@1.22.3']);
  });

  it('given any damage to the table, then the program is named all the same', async () => {
    const whole = elfFile({ noteOf: 'Go', sections: { '.gopclntab': sourceTable(sources) } });
    const start = whole.indexOf(Buffer.from([0xf1, 0xff, 0xff, 0xff]));
    await fc.assert(
      fc.asyncProperty(damage(whole.subarray(start)), async (table) => {
        const content = Buffer.concat([whole.subarray(0, start), table]);
        const { evidence } = await factsOf(layerOf({ 'bin/tool': { content, mode: 0o755 } }));
        for (const fact of evidence)
          if (fact.kind === 'packages')
            for (const { name, version } of fact.packages) expect(`${name}@${version}`).toMatch(/^[\w./~+@-]{3,400}$/);
        expect(evidence.some(({ kind }) => kind === 'trouble')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('programs made to be searched for ever', () => {
  it.each([
    ['of ones', windowsProgram({ data: Buffer.alloc(64), readOnly: Buffer.alloc(8 * 2 ** 20, 0xff) })],
    ['of half a table, again and again', windowsProgram({ data: Buffer.alloc(64), readOnly: tables(2 ** 20) })],
    ['whose table promises millions of files', elfFile({ noteOf: 'Go', sections: { '.gopclntab': lyingTable() } })],
    ['with thousands of commands', macProgram({ data: Buffer.alloc(64) }).fill(0xff, 16, 20)],
  ])('given one %s, then it is read and named', async (_, content) => {
    const { evidence } = await factsOf(layerOf({ 'bin/tool': { content, mode: 0o755 } }));
    for (const fact of evidence) expect(fact.kind).toBe('trouble');
  });
});

/** Headers of tables that lead nowhere. */
function tables(size: number): Buffer {
  const header = Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8]);
  return Buffer.alloc(size, Buffer.concat([header, Buffer.alloc(56, 0xff)]));
}

function lyingTable(): Buffer {
  const table = sourceTable(['runtime/proc.go'], { form: 'go12' });
  table.writeUInt32LE(0x7fff_ffff, 8 + 4 * 8 + 8);
  return table;
}
