import { describe, expect, test } from 'vitest';
import { inventoryOf, named, osRelease, stanza, type Tree } from './images.ts';

const pkg = (name: string, version = '1.0.0'): string => JSON.stringify({ name, version });
const script = { content: '#!/bin/sh\necho\n', mode: 0o755 };
const elf = (text: string) => ({ content: `\x7fELF${text}`, mode: 0o755 });
const paths = async (...trees: Tree[]): Promise<string[]> =>
  (await inventoryOf(...trees)).executables.map(({ path }) => path);

describe('whiteouts', () => {
  test('given .wh. at the beginning of a name, then that name is gone from the layers below', async () => {
    expect(await paths({ 'bin/a': script, 'bin/b': script }, { 'bin/a': null })).toEqual(['bin/b']);
  });

  test('given a whited-out folder, then everything below it is gone', async () => {
    expect(await paths({ 'opt/x/bin/a': script, 'opt/xy/a': script }, { 'opt/x': null })).toEqual(['opt/xy/a']);
  });

  test('given names that only hold "wh" (wheel-0.40, whois, whatwg-url), then they are files', async () => {
    const inventory = await inventoryOf(
      {
        'node_modules/whatwg-url/package.json': pkg('whatwg-url'),
        'site-packages/wheel-0.40.dist-info/METADATA': 'Name: wheel\nVersion: 0.40\n',
        'usr/bin/whois': script,
        'x/a.wh.b': script,
      },
      { 'usr/bin/other': script },
    );
    expect(named(inventory)).toEqual(['whatwg-url@1.0.0', 'wheel@0.40']);
    expect(inventory.executables.map(({ path }) => path)).toEqual(['usr/bin/other', 'usr/bin/whois', 'x/a.wh.b']);
  });

  test('given an opaque folder, then only what the same layer puts there is left, whatever the order in the tar', async () => {
    expect(await paths({ 'd/old': script, 'd/e/older': script }, { 'd/new': script, 'd/.wh..wh..opq': '' })).toEqual([
      'd/new',
    ]);
    expect(await paths({ 'd/old': script }, { 'd/.wh..wh..opq': '', 'd/new': script })).toEqual(['d/new']);
  });

  test('given a whiteout and the file in one layer, then the file of that layer stays', async () => {
    expect(await paths({ 'bin/a': elf('old') }, { 'bin/a': script, 'bin/.wh.a': '' })).toEqual(['bin/a']);
  });

  test('given files of aufs (.wh..wh.plnk), then they are ignored', async () => {
    expect(await paths({ 'a/x': script }, { '.wh..wh.plnk/1.2': script, 'a/.wh..wh.aufs': '' })).toEqual(['a/x']);
  });

  test('given a whiteout in the lowest layer, then nothing happens', async () => {
    expect(await paths({ 'bin/a': script, 'bin/.wh.a': '' })).toEqual(['bin/a']);
  });
});

describe('ghosts: what an upper layer replaces without a whiteout', () => {
  test('given a binary replaced by a script, then only the script is there', async () => {
    const inventory = await inventoryOf({ 'bin/tool': elf('vulnerable') }, { 'bin/tool': script });
    expect(inventory.executables).toMatchObject([
      { path: 'bin/tool', interpreter: '/bin/sh', layer: inventory.layers[1]?.digest },
    ]);
  });

  test.each<[string, Tree]>([
    ['a link', { 'app/node_modules': { link: '/srv/modules' } }],
    ['a file', { 'app/node_modules': 'moved' }],
    ['a file above', { app: 'gone' }],
    ['a device', { 'app/node_modules': { kind: 'character-device' } }],
  ])('given a folder replaced by %s, then its packages are gone', async (_, upper) => {
    expect(named(await inventoryOf({ 'app/node_modules/x/package.json': pkg('x') }, upper))).toEqual([]);
  });

  test('given a file replaced by a folder, then the file is gone', async () => {
    expect(await paths({ 'bin/a': script }, { 'bin/a/': {}, 'bin/a/b': script })).toEqual(['bin/a/b']);
  });

  test('given a package replaced by an empty file, then it is gone', async () => {
    expect(
      named(await inventoryOf({ 'node_modules/x/package.json': pkg('x') }, { 'node_modules/x/package.json': '' })),
    ).toEqual([]);
  });

  test('given a folder that is only listed again, then what is in it stays', async () => {
    expect(await paths({ 'opt/': {}, 'opt/a': script }, { 'opt/': { mode: 0o700 } })).toEqual(['opt/a']);
  });
});

describe('links', () => {
  test('given /lib -> usr/lib below, then a layer that writes through it is read where the files are', async () => {
    const inventory = await inventoryOf(
      { 'usr/lib/': {}, lib: { link: 'usr/lib' }, 'usr/lib/a': elf('1') },
      { 'lib/a': elf('2'), 'lib/b': script },
    );
    expect(inventory.executables.map(({ path, layer }) => [path, layer === inventory.layers[1]?.digest])).toEqual([
      ['usr/lib/a', true],
      ['usr/lib/b', true],
    ]);
  });

  test('given a whiteout through a link, then the file behind it is gone', async () => {
    expect(
      await paths({ 'usr/lib/a': script, 'usr/lib/b': script, lib: { link: 'usr/lib' } }, { 'lib/a': null }),
    ).toEqual(['usr/lib/b']);
  });

  test('given a layer that makes a folder where a link was, then nothing behind the link is hidden', async () => {
    expect(await paths({ 'usr/lib/a': script, lib: { link: 'usr/lib' } }, { 'lib/': {}, 'lib/a': script })).toEqual([
      'lib/a',
      'usr/lib/a',
    ]);
  });

  test('given a file before a link of its folder in one tar, then it hides nothing behind the link', async () => {
    // a runtime removes a/ with its content when the link comes; b/tool of the base is still there
    expect(await paths({ 'b/tool': elf('vulnerable') }, { 'a/tool': script, a: { link: 'b' } })).toContain('b/tool');
  });

  test('given a file after a link of its folder in one tar, then it is behind the link', async () => {
    const inventory = await inventoryOf({ 'b/tool': elf('old') }, { a: { link: 'b' }, 'a/tool': elf('new') });
    expect(inventory.executables).toMatchObject([{ path: 'b/tool', layer: inventory.layers[1]?.digest }]);
  });

  test('given links that lead around in circles, then reading ends', async () => {
    expect(
      await paths(
        { a: { link: 'b' }, b: { link: 'a' }, 'a/x': script, c: { link: 'c/c' }, 'c/d': script },
        { 'a/y': script },
      ),
    ).toHaveLength(3);
  });

  test('given os-release as a relative link, then its target counts', async () => {
    const inventory = await inventoryOf(
      { 'usr/lib/os-release': osRelease.debian12 },
      { 'etc/os-release': { link: '../usr/lib/os-release' } },
    );
    expect(inventory.distribution?.ecosystem).toBe('Debian:12');
  });

  test('given a hard link to an executable, then both names run the same bytes', async () => {
    const inventory = await inventoryOf(
      { 'bin/perl': elf('perl') },
      { 'bin/perl5': { hard: 'bin/perl' }, 'bin/perl': null },
    );
    expect(inventory.executables.map(({ path }) => path)).toEqual(['bin/perl5']);
    const both = await inventoryOf({ 'bin/perl': elf('perl'), 'bin/perl5': { hard: '/bin/perl' } });
    expect(both.executables.map(({ path }) => path)).toEqual(['bin/perl', 'bin/perl5']);
    expect(both.executables[0]?.sha256).toBe(both.executables[1]?.sha256);
  });

  test('given evidence under the name of a hard link whose target is unknown, then it is loud', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.alpine320,
      'data/blob': 'P:musl\nV:1.2.5-r0\n\n',
      'lib/apk/db/installed': { hard: 'data/blob' },
    });
    expect(inventory.coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'unreadable-evidence', path: 'lib/apk/db/installed' }),
    );
  });

  test('given a package database that is itself a link, then it is read or loud', async () => {
    const dpkg = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'data/status': stanza('bash', '5.2'),
      'var/lib/dpkg/status': { link: '/data/status' },
    });
    expect(named(dpkg)).toEqual(['bash@5.2']);
    const apk = await inventoryOf({
      'etc/os-release': osRelease.alpine320,
      'data/db': 'P:musl\nV:1.2.5-r0\n\n',
      'lib/apk/db/installed': { link: '/data/db' },
    });
    expect(apk.coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'unreadable-evidence', path: 'lib/apk/db/installed' }),
    );
  });
});

describe('databases over layers', () => {
  const base: Tree = {
    'etc/os-release': osRelease.debian12,
    'var/lib/dpkg/status': stanza('bash', '5.2') + stanza('curl', '7.88'),
  };

  test('given a database that a layer deletes, then coverage is partial and says of how many packages', async () => {
    for (const upper of [
      { 'var/lib/dpkg': null },
      { 'var/lib/dpkg/status': null },
      { 'var/lib/dpkg/status': '' },
      { 'var/lib/.wh..wh..opq': '' },
    ] satisfies Tree[]) {
      const inventory = await inventoryOf(base, upper);
      expect(inventory.packages).toEqual([]);
      expect(inventory.coverage).toMatchObject({
        state: 'partial',
        reasons: [{ code: 'database-deleted', path: 'var/lib/dpkg', text: expect.stringContaining('2 packages') }],
      });
    }
  });

  test('given a database that a layer moves, then only what it no longer lists is lost', async () => {
    const entry = (name: string, version: string): string => `P:${name}\nV:${version}\nA:x86_64\no:${name}\n\n`;
    const before: Tree = {
      'etc/os-release': osRelease.alpine320,
      'lib/apk/db/installed': `${entry('musl', '1.2.5-r0')}${entry('zlib', '1.3.1-r1')}`,
    };
    const lostAfter = async (listed: string): Promise<unknown[]> => {
      const moved = { lib: { link: 'usr/lib' }, 'usr/lib/apk/db/installed': listed };
      const { coverage } = await inventoryOf(before, moved);
      return coverage.reasons.map(({ code, text }) => [code, text]);
    };
    expect(await lostAfter(`${entry('musl', '1.2.5-r9')}${entry('zlib', '1.3.1-r2')}`)).toEqual([]);
    expect(await lostAfter(entry('musl', '1.2.5-r9'))).toEqual([
      ['database-deleted', expect.stringMatching(/^a layer deletes the apk database lib\/apk\/db of 1 package;/)],
    ]);
  });

  test('given a database of the same kind in a root filesystem inside the image, then it explains nothing', async () => {
    const base: Tree = { 'etc/os-release': osRelease.alpine320, 'lib/apk/db/installed': 'P:musl\nV:1.2.5-r0\n\n' };
    const { coverage } = await inventoryOf(base, {
      'srv/root/lib/apk/db/installed': 'P:musl\nV:1.2.5-r0\n\n',
      'lib/apk': null,
    });
    expect(coverage.reasons.map(({ code, path }) => [code, path])).toEqual([['database-deleted', 'lib/apk/db']]);
  });

  test('given a package that a layer removes and a later one installs again, then the later one brought it', async () => {
    const inventory = await inventoryOf(
      base,
      { 'var/lib/dpkg/status': stanza('bash', '5.2') },
      { 'var/lib/dpkg/status': stanza('bash', '5.2') + stanza('curl', '7.88') },
    );
    const layer = new Map(
      inventory.packages.map(({ key, layer: digest }) => [
        key.name,
        inventory.layers.findIndex((each) => each.digest === digest),
      ]),
    );
    expect(layer).toEqual(
      new Map([
        ['bash', 0],
        ['curl', 2],
      ]),
    );
  });

  test('given chmod -R, which writes files anew, then a package keeps the layer that first brought it', async () => {
    const inventory = await inventoryOf(
      { 'node_modules/x/package.json': pkg('x') },
      { 'node_modules/x/package.json': { content: pkg('x'), mode: 0o600 } },
    );
    expect(inventory.packages[0]?.layer).toBe(inventory.layers[0]?.digest);
  });

  test("given a status file that is not dpkg's (vcpkg), then nothing is installed", async () => {
    const vcpkg = 'Package: zlib\nVersion: 1.2.11\nArchitecture: x64-linux\nAbi: 0f2\nStatus: install ok installed\n\n';
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'opt/vcpkg/installed/vcpkg/status': vcpkg,
      'srv/status': stanza('ghost', '1'),
    });
    expect(inventory.packages).toEqual([]);
    const withInfo = await inventoryOf({
      'opt/vcpkg/installed/vcpkg/status': vcpkg,
      'opt/vcpkg/installed/vcpkg/info/zlib.list': 'x64-linux/\n',
    });
    expect(withInfo.packages).toEqual([]);
  });

  test("given a status file elsewhere with info/ beside it, if only from another layer, then it is dpkg's", async () => {
    expect(
      named(await inventoryOf({ 'sysroot/dpkg/info/': {} }, { 'sysroot/dpkg/status': stanza('bash', '5.2') })),
    ).toEqual(['bash@5.2']);
    expect(
      named(
        await inventoryOf(
          { 'sysroot/dpkg/info/': {}, 'sysroot/dpkg/status': stanza('bash', '5.2') },
          { 'sysroot/dpkg/info': null },
        ),
      ),
    ).toEqual([]);
  });

  test('given a root filesystem inside the image, then its packages are of its own distribution', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.alpine320,
      'lib/apk/db/installed': 'P:musl\nV:1.2.5-r0\n\n',
      'rootfs/etc/os-release': osRelease.debian12,
      'rootfs/var/lib/dpkg/status': stanza('bash', '5.2'),
    });
    expect(inventory.packages.map(({ key }) => [key.name, key.ecosystem, key.release])).toEqual([
      ['musl', 'Alpine', 'v3.20'],
      ['bash', 'Debian', '12'],
    ]);
  });
});
