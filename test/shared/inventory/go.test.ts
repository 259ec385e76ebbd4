import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { mainVersion, stdlibVersion } from '../../../shared/inventory/extractors/go/versions.ts';
import { damage } from './damage.ts';
import { elfFile } from './elf-builder.ts';
import { type GoInput, goData, goFile, lines } from './go-builder.ts';
import { factsOf, inventoryOf, layerOf, named, osRelease, stanza, type Tree } from './images.ts';
import { zipOf } from './zip-builder.ts';

const read = (input: GoInput, at = 'usr/local/bin/tool') =>
  inventoryOf({ [at]: { content: goFile(input), mode: 0o755 } });
const reasons = async (input: GoInput) => (await read(input)).coverage.reasons.map(({ text }) => text).join('\n');

const tool = lines(
  ['path', 'github.com/acme/tool/cmd/tool'],
  ['mod', 'github.com/acme/tool', 'v1.4.0', ''],
  ['dep', 'github.com/Masterminds/semver/v3', 'v3.2.1', 'h1:RN9w6+7QoMeJVGyfmbcgs28Br8cvmnucEXnY0rYXWg0='],
  ['dep', 'github.com/docker/docker', 'v24.0.7+incompatible', 'h1:Wo6l37AuwP3JaMnZa226lzVXGA3F9Ig1seQen0cKYlM='],
  ['dep', 'golang.org/x/net', 'v0.17.0', 'h1:pVaXccu2ozPjCXewfr1S7xza/zcXTity9cCdXQYSjIM='],
  ['build', 'CGO_ENABLED=0'],
);

describe('Go programs', () => {
  it('given build information, then its modules and the standard library are packages of Go, by path, version and layer', async () => {
    const inventory = await read({ modules: tool });
    expect(named(inventory, 'golang')).toEqual([
      'github.com/Masterminds/semver/v3@3.2.1',
      'github.com/acme/tool@1.4.0',
      'github.com/docker/docker@24.0.7+incompatible',
      'golang.org/x/net@0.17.0',
      'stdlib@1.22.3',
    ]);
    expect(inventory.packages.map(({ purl }) => purl)).toEqual([
      'pkg:golang/github.com/Masterminds/semver/v3@v3.2.1',
      'pkg:golang/github.com/acme/tool@v1.4.0',
      'pkg:golang/github.com/docker/docker@v24.0.7%2Bincompatible',
      'pkg:golang/golang.org/x/net@v0.17.0',
      'pkg:golang/stdlib@1.22.3',
    ]);
    expect(inventory.packages[0]).toMatchObject({ key: { ecosystem: 'Go' }, path: 'usr/local/bin/tool' });
  });

  it('given an image of nothing but known programs, then it is scanned whole; a stranger or a lost database beside them and it is not', async () => {
    const program = { 'usr/local/bin/tool': { content: goFile({ modules: tool }), mode: 0o755 } };
    expect((await inventoryOf(program)).coverage).toEqual({ state: 'scanned', reasons: [] });
    const codes = async (...trees: readonly Tree[]): Promise<string[]> =>
      (await inventoryOf(...trees)).coverage.reasons.map(({ code }) => code).sort();
    expect(await codes({ ...program, 'bin/stranger': { content: elfFile(), mode: 0o755 } })).toEqual([
      'unknown-distribution',
      'unsupported-evidence',
    ]);
    expect(
      await codes({ 'var/lib/dpkg/status': stanza('curl', '7.88.1-10') }, { ...program, 'var/lib/dpkg/status': null }),
    ).toEqual(['database-deleted', 'unknown-distribution']);
    expect(await codes({ 'etc/motd': 'nothing that runs' })).toEqual(['unknown-distribution']);
  });

  it.each([
    { is64: true, isLittle: true },
    { is64: true, isLittle: false },
    { is64: false, isLittle: true },
    { is64: false, isLittle: false },
  ])(
    'given pointers as before Go 1.18 ($is64 64 bits, $isLittle little-endian), then the same is read',
    async (elf) => {
      const inventory = await read({ form: 'pointers', goVersion: 'go1.16.5', modules: tool, elf });
      expect(named(inventory)).toContain('golang.org/x/net@0.17.0');
      expect(named(inventory)).toContain('stdlib@1.16.5');
    },
  );

  it('given no sections and a segment at an odd address, then the mark is found by its alignment in memory', async () => {
    const info = goData({ modules: tool });
    // first a copy of the mark among the program's own data, where no build information can be
    const content = elfFile({
      data: Buffer.concat([Buffer.alloc(4), info.subarray(0, 16), Buffer.alloc(4), info]),
      dataAt: 0x800_0008,
      hasSections: false,
    });
    const inventory = await inventoryOf({ 'bin/tool': { content, mode: 0o755 } });
    expect(named(inventory)).toContain('github.com/acme/tool@1.4.0');
  });

  it('given a program too large to be held, then build information is found behind what is written while loading', async () => {
    const relro = 100_000;
    const data = Buffer.concat([Buffer.alloc(relro), goData({ modules: tool }), Buffer.alloc(50_000)]);
    const content = elfFile({
      code: 200_000,
      data,
      relro,
      dataName: '.go.buildinfo',
      dataNameAt: relro,
      sections: { '.symtab': Buffer.alloc(100_000) },
    });
    const facts = await factsOf(layerOf({ 'bin/tool': { content, mode: 0o755 } }), { maxExecutableBytes: 128 * 1024 });
    expect(facts.evidence.map(({ kind }) => kind)).toEqual(['packages']);
  });

  it('given a program of an OS package with the same version, then it is marked as that package', async () => {
    const modules = lines(
      ['path', 'github.com/docker/cli/cmd/docker'],
      ['mod', 'github.com/docker/cli', 'v20.10.24+incompatible'],
    );
    const { packages } = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('docker.io', '20.10.24+dfsg1-1'),
      'var/lib/dpkg/info/docker.io.list': '/usr/bin/docker\n',
      'usr/bin/docker': { content: goFile({ modules }), mode: 0o755 },
    });
    expect(packages.map(({ key, ownedBy }) => [key.name, ownedBy])).toEqual([
      ['docker.io', undefined],
      ['github.com/docker/cli', 'deb:docker.io'],
      ['stdlib', undefined],
    ]);
  });

  it('given replacements, then another module takes its place, and one from a folder keeps its own name and version', async () => {
    const inventory = await read({
      modules: lines(
        ['path', 'github.com/acme/tool'],
        ['mod', 'github.com/acme/tool', 'v1.0.0', ''],
        ['dep', 'github.com/gogo/protobuf', 'v1.3.1'],
        ['=>', 'github.com/regen-network/protobuf', 'v1.3.3-alpha.regen.1', 'h1:x'],
        ['dep', 'github.com/acme/lib', 'v0.9.0'],
        ['=>', './lib', '(devel)', ''],
        ['dep', 'k8s.io/api', 'v0.0.0'],
        ['=>', './staging/src/k8s.io/api', '(devel)', ''],
      ),
    });
    expect(named(inventory)).toEqual([
      'github.com/acme/lib@0.9.0',
      'github.com/acme/tool@1.0.0',
      'github.com/regen-network/protobuf@1.3.3-alpha.regen.1',
      'stdlib@1.22.3',
    ]);
    expect(inventory.coverage.reasons.find(({ code }) => code === 'unknown-version')?.text).toContain(
      'built from a folder',
    );
  });

  it('given a program that does not say its version, then that is said of a public module, and of a private one not', async () => {
    const program = (module: string) => ({ modules: lines(['path', module], ['mod', module, '(devel)', '']) });
    expect(await reasons(program('github.com/acme/tool'))).toContain('does not say its own version');
    expect(await reasons(program('shop'))).not.toContain('version');
    expect(named(await read(program('github.com/acme/tool')))).toEqual(['stdlib@1.22.3']);
  });

  it('given a program of GOPATH times, then its version by the linker is kept and its modules are said to be unknown', async () => {
    const modules = lines(
      ['path', 'github.com/docker/cli/cmd/docker'],
      ['build', '-ldflags="-X \\"github.com/docker/cli/cli/version.Version=28.2.2\\" -w"'],
    );
    expect(named(await read({ modules }))).toEqual(['github.com/docker/cli@28.2.2', 'stdlib@1.22.3']);
    expect(await reasons({ modules })).toContain('built without modules');
    expect(await reasons({ modules: lines(['path', 'cmd/gofmt']) })).not.toContain('built without modules');
  });

  it('given a program without build information, but of Go, then it is named', async () => {
    const inventory = await inventoryOf({ 'bin/old': { content: elfFile({ noteOf: 'Go' }), mode: 0o755 } });
    expect(inventory.coverage.reasons.map(({ text }) => text).join()).toContain('without build information');
  });

  it('given a program packed by UPX, then it is named as one that cannot be read', async () => {
    const content = Buffer.concat([
      elfFile({ hasSections: false }),
      Buffer.from('\0\0\0\0UPX!\r\0\0\0'),
      Buffer.alloc(5_000, 7),
    ]);
    const inventory = await inventoryOf({ 'bin/packed': { content, mode: 0o755 } });
    expect(inventory.coverage.reasons.map(({ text }) => text).join()).toContain('packed by UPX');
  });

  it('given names that are none, then they are reported and not kept', async () => {
    const modules = lines(
      ['path', 'a.b/c'],
      ['mod', 'a.b/c', 'v1.0.0'],
      ['dep', 'evil\u001b[2J/x', 'v1.0.0'],
      ['dep', 'a b', 'v1'],
    );
    const inventory = await read({ modules });
    expect(named(inventory)).toEqual(['a.b/c@1.0.0', 'stdlib@1.22.3']);
    expect(inventory.coverage.reasons.map(({ text }) => text).join()).toContain('cannot be a golang package name');
  });

  it("given a program that an OS package owns, then what it leaves open is that package's affair", async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('tool', '1.0-1'),
      'var/lib/dpkg/info/tool.list': '/usr/bin/tool\n',
      'usr/bin/tool': { content: goFile({ modules: lines(['path', 'github.com/acme/tool']) }), mode: 0o755 },
    });
    expect(inventory.coverage.reasons).toEqual([]);
    expect(named(inventory, 'golang')).toEqual(['stdlib@1.22.3']);
  });

  it('given any damage, then it is read or reported, and what is kept is plain text', async () => {
    const originals = [goFile({ modules: tool }), goFile({ modules: tool, form: 'pointers', goVersion: 'go1.17' })];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...originals).chain(damage), async (content) => {
        const { evidence } = await factsOf(layerOf({ 'bin/tool': { content, mode: 0o755 } }));
        for (const fact of evidence) {
          if (fact.kind === 'trouble') expect(fact.text).toMatch(/^\P{C}{10,300}$/u);
          else if (fact.kind === 'packages')
            // what plausibleVersion takes: other ecosystems have these characters, and none of them is markup or a control
            for (const { name, version } of fact.packages)
              expect(`${name}@${version}`).toMatch(/^[\w./~+@:!*^=-]{3,400}$/);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('the version of the standard library', () => {
  it.each([
    ['go1.22.3', '1.22.3'],
    ['go1.20', '1.20'],
    ['go1.21rc2', '1.21rc2'],
    ['go1.22.3 X:boringcrypto,rangefunc', '1.22.3'],
    ['go1.19.13 (Red Hat 1.19.13-2.el9_3)', '1.19.13'],
    ['go1.20.12 X:strictfipsruntime', '1.20.12'],
    ['go1.9.3b4', '1.9.3'],
    ['go1.22.5-fips', '1.22.5'],
    ['go1.26.8+auto', '1.26.8'],
    ['go1.27-devel_0a1b2c3d4e Thu Mar 7 12:00:00 2026 +0000', undefined],
    ['devel go1.23-0a1b2c3d4e Thu Mar 7 12:00:00 2024 +0000', undefined],
    ['', undefined],
    ['go1.22.3.4.5', undefined],
  ])('given %j, then it is %j', (text, version) => {
    expect(stdlibVersion(text)).toBe(version);
  });
});

describe('the version of the program itself', () => {
  const main = (version: string, flags = '', module = 'github.com/acme/tool') =>
    mainVersion(
      { path: module, dependencies: [], settings: new Map([['-ldflags', flags]]) },
      { path: module, version },
    );

  it.each([
    ['a tag', 'v1.2.3', '-X main.version=9.9.9', 'v1.2.3'],
    ['a modified tree', 'v1.2.4-0.20240102030405-abcdefabcdef+dirty', '', 'v1.2.4-0.20240102030405-abcdefabcdef+dirty'],
    ['a version by the linker', '(devel)', '-s -w -X main.version=1.4.2 -X main.commit=1234567', 'v1.4.2'],
    ['one in quotes', '(devel)', `-X 'github.com/acme/tool/pkg/version.Version=v2.0.0-rc.1'`, 'v2.0.0-rc.1'],
    ['an untagged commit and the linker', 'v0.0.0-20240102030405-abcdefabcdef', '-X main.Version=3.1.0', 'v3.1.0'],
    ['an untagged commit alone', 'v0.0.0-20240102030405-abcdefabcdef', '', 'v0.0.0-20240102030405-abcdefabcdef'],
    ['a library of somebody else', '(devel)', '-X github.com/other/version.Version=1.0.0', undefined],
    ['something that is no version', '(devel)', '-X main.version=dev -X main.buildVersion=abc1234', undefined],
    ['two that differ', '(devel)', '-X main.version=1.0.0 -X github.com/acme/tool/api.Version=2.0.0', undefined],
    ['two that agree', '(devel)', '-X main.version=1.0.0 -X main.gitVersion=v1.0.0', 'v1.0.0'],
    ['nothing', '(devel)', '', undefined],
  ])('given %s, then it is that', (_, version, flags, expected) => {
    expect(main(version, flags)).toBe(expected);
  });

  it.each([
    ['github.com/prometheus/node_exporter', '-X github.com/prometheus/common/version.Version=1.8.2', 'v1.8.2'],
    ['github.com/sigstore/cosign/v2', '-X sigs.k8s.io/release-utils/version.gitVersion=v2.4.1', 'v2.4.1'],
    ['github.com/acme/tool', '-X github.com/prometheus/common/version.Branch=1.0.0', undefined],
  ])('given %s, whose version is set in a module that others share, then that counts', (module, flags, expected) => {
    expect(main('(devel)', flags, module)).toBe(expected);
  });

  it('given Kubernetes, then its version module counts', () => {
    expect(main('(devel)', "-X 'k8s.io/component-base/version.gitVersion=v1.30.1'", 'k8s.io/kubernetes')).toBe(
      'v1.30.1',
    );
  });
});

const goVersion = (() => {
  try {
    const env = { ...process.env, GOTOOLCHAIN: 'local' };
    return execFileSync('go', ['env', 'GOVERSION'], { env, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    console.warn('go is not on the PATH: programs that it builds are not tried');
    return '';
  }
})();

describe.skipIf(goVersion === '')('programs that the Go on this machine builds', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-go-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  // a module of our own from a folder that stands for the proxy: nothing is fetched
  const proxy = path.join(folder, 'proxy');
  const served = path.join(proxy, 'example.com/!acme/lib/@v');
  mkdirSync(served, { recursive: true });
  const library = {
    'go.mod': 'module example.com/Acme/lib\n',
    'lib.go': 'package lib\n\nfunc Say(s string) { println(s) }\n',
  };
  writeFileSync(path.join(served, 'list'), 'v1.2.3\n');
  writeFileSync(path.join(served, 'v1.2.3.info'), '{"Version":"v1.2.3","Time":"2024-01-02T03:04:05Z"}');
  writeFileSync(path.join(served, 'v1.2.3.mod'), library['go.mod']);
  const files = Object.entries(library).map(([name, text]) => [`example.com/Acme/lib@v1.2.3/${name}`, text]);
  writeFileSync(path.join(served, 'v1.2.3.zip'), zipOf(Object.fromEntries(files)));
  writeFileSync(
    path.join(folder, 'go.mod'),
    'module github.com/acme/hello\n\ngo 1.21\n\nrequire example.com/Acme/lib v1.2.3\n',
  );
  writeFileSync(
    path.join(folder, 'main.go'),
    'package main\n\nimport "example.com/Acme/lib"\n\nvar version string\n\nfunc main() { lib.Say(version) }\n',
  );
  const environment = {
    ...process.env,
    CGO_ENABLED: '0',
    GOOS: 'linux',
    GOFLAGS: '-mod=mod -modcacherw',
    GOTOOLCHAIN: 'local',
    GOPROXY: `file://${proxy}`,
    GONOSUMDB: '*',
    GOMODCACHE: path.join(folder, 'pkg/mod'),
  };
  const build = (flags: readonly string[], more: Readonly<Record<string, string>> = {}): Buffer => {
    const env = { ...environment, ...more };
    execFileSync('go', ['build', '-o', 'hello', ...flags, '.'], { cwd: folder, env, stdio: 'pipe' });
    return readFileSync(path.join(folder, 'hello'));
  };
  const standardLibrary = `stdlib@${stdlibVersion(goVersion)}`;
  const withVersion = ['-ldflags', '-X main.version=1.4.2'];

  it.each([
    ['stripped', ['-ldflags', '-s -w -X main.version=1.4.2'], {}],
    ['for another architecture', withVersion, { GOARCH: 's390x' }],
    ['for 32 bits', withVersion, { GOARCH: 'arm' }],
    ['position-independent', ['-buildmode=pie', ...withVersion], {}],
    ['without its flags, which -trimpath leaves out', ['-trimpath', ...withVersion], {}],
    ['for Windows', withVersion, { GOOS: 'windows' }],
    ['for macOS', withVersion, { GOOS: 'darwin', GOARCH: 'arm64' }],
  ])('given one that is %s, then its modules, its version and its Go are read', async (_, flags, more) => {
    const inventory = await inventoryOf({ 'bin/hello': { content: build(flags, more), mode: 0o755 } });
    expect(named(inventory)).toEqual(['example.com/Acme/lib@1.2.3', 'github.com/acme/hello@1.4.2', standardLibrary]);
    const linked = Object.fromEntries(inventory.packages.map((found) => [found.key.name, found.linked]));
    expect(linked['example.com/Acme/lib']).toEqual(['example.com/Acme/lib']);
    expect(linked['stdlib']).toEqual(expect.arrayContaining(['runtime', 'internal/abi']));
    expect(linked['stdlib']).not.toContain('net/http');
  });

  it.each([
    ['', [], {}, [standardLibrary]],
    [' and stripped', ['-trimpath', '-ldflags', '-s -w'], {}, []],
    [' of Windows', [], { GOOS: 'windows' }, []],
    [' of macOS', [], { GOOS: 'darwin', GOARCH: 'arm64' }, []],
    [' that is position-independent', ['-buildmode=pie'], {}, [standardLibrary]],
  ])('given one%s whose build information was taken out, then its modules are known', async (_, flags, more, also) => {
    const content = build(flags, more);
    const mark = Buffer.from('\xff Go buildinf:', 'latin1');
    for (let at = content.indexOf(mark); at >= 0; at = content.indexOf(mark)) content.fill(0, at, at + mark.length);
    const inventory = await inventoryOf({ 'bin/hello': { content, mode: 0o755 } });
    expect(named(inventory)).toEqual(['example.com/Acme/lib@1.2.3', ...also]);
    expect(inventory.coverage.state).toBe('partial');
  });
});
