import { describe, expect, test } from 'vitest';
import { matchName, matchVersion } from '#shared/inventory';
import { inventoryOf, named, osRelease } from './images.ts';

const installed = `C:Q1abc=
P:libcrypto3
V:3.3.2-r0
A:x86_64
S:1
L:Apache-2.0
o:openssl
m:Ariadne Conill <ariadne@dereferenced.org>
F:usr/lib
R:libcrypto.so.3
a:0:0:755

P:busybox
V:1.36.1-r29
A:x86_64
o:busybox
F:bin
R:busybox
F:

`;

describe('apk', () => {
  test.each(['lib/apk/db/installed', 'usr/lib/apk/db/installed'])(
    'given %s, then origin, architecture and owned files are read',
    async (path) => {
      const inventory = await inventoryOf({
        'etc/os-release': osRelease.alpine320,
        [path]: installed,
        'usr/lib/libcrypto.so.3': { content: '\x7fELFx', mode: 0o755 },
      });
      expect(inventory.packages[1]?.key).toEqual({
        ecosystem: 'Alpine',
        release: 'v3.20',
        architecture: 'x86_64',
        name: 'libcrypto3',
        version: '3.3.2-r0',
        source: 'openssl',
        sourceVersion: '3.3.2-r0',
      });
      expect(inventory.packages[1]?.purl).toBe(
        'pkg:apk/alpine/libcrypto3@3.3.2-r0?arch=x86_64&distro=alpine-3.20.3&upstream=openssl',
      );
      expect(matchName(inventory.packages[1]!.key)).toBe('openssl');
      expect(matchVersion(inventory.packages[1]!.key)).toBe('3.3.2-r0');
      expect(inventory.executables).toMatchObject([{ path: 'usr/lib/libcrypto.so.3', owner: 'apk:libcrypto3' }]);
      expect(inventory.coverage.state).toBe('scanned');
    },
  );

  test('given the nginx that its makers package for Alpine, then it is theirs and not Alpine’s (trap 12)', async () => {
    const { packages } = await inventoryOf({
      'etc/os-release': osRelease.alpine320,
      'lib/apk/db/installed':
        'P:nginx\nV:1.27.0-r2\nA:x86_64\no:nginx\nm:NGINX Packaging <nginx-packaging@f5.com>\n\n' +
        'P:musl\nV:1.2.5-r0\nA:x86_64\no:musl\nm:Timo Teräs <timo.teras@iki.fi>\n\n',
    });
    expect(packages.map(({ key: { name, vendor } }) => [name, vendor])).toEqual([
      ['musl', undefined],
      ['nginx', 'nginx'],
    ]);
  });

  test.each([
    ['Ariadne Conill <ariadne@dereferenced.org>', 'Ariadne Conill <ariadne@dereferenced.org>'],
    ['unknown', undefined],
    ['', undefined],
  ])('given the maintainer "%s", then the supplier is %s', async (maintainer, supplier) => {
    const inventory = await inventoryOf({
      'etc/os-release': 'ID=wolfi\nVERSION_ID="20230201"\n',
      'usr/lib/apk/db/installed': `P:glibc\nV:2.42-r4\nA:x86_64\no:glibc\nm:${maintainer}\n\n`,
    });
    expect(inventory.packages.map((found) => found.supplier)).toEqual([supplier]);
  });

  test.each([
    ['GPL-2.0-only', ['GPL-2.0-only']],
    ['MIT BSD GPL2+', ['MIT', 'BSD', 'GPL2+']],
    ['MPL-2.0 GPL-2.0-or-later', ['MPL-2.0', 'GPL-2.0-or-later']],
    ['MIT AND BSD-3-Clause', ['MIT AND BSD-3-Clause']],
    ['GPL-2.0-only OR MIT', ['GPL-2.0-only OR MIT']],
    ['LGPL-2.0-or-later and GPL-2.0-or-later', ['LGPL-2.0-or-later and GPL-2.0-or-later']],
    ['LGPL-3.0-or-later with exceptions', ['LGPL-3.0-or-later with exceptions']],
    ['(MIT OR ISC) AND Zlib', ['(MIT OR ISC) AND Zlib']],
    ['Public Domain', ['Public Domain']],
    ['custom:Xiph LGPL GPL', ['custom:Xiph LGPL GPL']],
    ['GPL-2.0+, LGPL-2.1+, Zlib', ['GPL-2.0+, LGPL-2.1+, Zlib']],
  ])(
    'given the licence line "%s", then licences written one after another are apart, and nothing else is cut',
    async (line, licenses) => {
      const inventory = await inventoryOf({
        'etc/os-release': osRelease.alpine320,
        'lib/apk/db/installed': `P:musl-utils\nV:1.1.24-r2\nL:${line}\n\n`,
      });
      expect(inventory.packages.map((found) => found.licenses)).toEqual([licenses]);
    },
  );

  test('given a word of a million digits for a licence, then it is read at once, as a text', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.alpine320,
      'lib/apk/db/installed': `P:musl\nV:1.2.5-r0\nL:a${'1'.repeat(1_000_000)}!\n\n`,
    });
    expect(inventory.packages.map((found) => found.licenses)).toEqual([[`a${'1'.repeat(199)}`]]);
  });

  test.each(['', 'L:\n', 'L:   \n'])('given no licence (%j), then none is stated', async (line) => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.alpine320,
      'lib/apk/db/installed': `P:replaces\nV:0.0.1-r0\n${line}\n`,
    });
    expect(inventory.packages).toMatchObject([{ key: { name: 'replaces' } }]);
    expect(inventory.packages[0]).not.toHaveProperty('licenses');
  });

  test('given files in the root itself, as baselayouts and init programs have them, then they are owned', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.alpine320,
      'lib/apk/db/installed': 'P:init\nV:1.0-r0\nF:etc\nR:inittab\nF:\nR:init\n\n',
      init: { content: '\x7fELFx', mode: 0o755 },
    });
    expect(inventory.executables).toMatchObject([{ path: 'init', owner: 'apk:init' }]);
  });

  test('given a database of another form, then it is unreadable and loud', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.alpine320,
      'lib/apk/db/installed': '\x00\x01binary',
    });
    expect(inventory.coverage).toMatchObject({
      state: 'partial',
      reasons: [{ code: 'unreadable-evidence', path: 'lib/apk/db/installed' }, { code: 'unsupported-evidence' }],
    });
  });
});

describe('npm', () => {
  test('given scoped, nested, pnpm and vendored packages, then all with name and version are found', async () => {
    const inventory = await inventoryOf({
      'app/package.json': '{"name":"app","version":"1.0.0"}',
      'app/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.20","license":"MIT"}',
      'app/node_modules/@angular/core/package.json': '\ufeff{"name":"@angular/core","version":"v17.0.1"}',
      'app/node_modules/a/node_modules/lodash/package.json': '{"name":"lodash","version":"3.10.1"}',
      'app/node_modules/.pnpm/ms@2.1.2/node_modules/ms/package.json': '{"name":"ms","version":"2.1.2"}',
      'app/node_modules/next/dist/compiled/semver/package.json': '{"name":"semver","version":"7.3.2"}',
      'app/node_modules/lodash/esm/package.json': '{"type":"module"}',
      'app/node_modules/resolve/test/resolver/multirepo/package.json':
        '{"name":"ljharb-monorepo-symlink-test","version":"0.0.0"}',
      'app/node_modules/aws-cdk/lib/init-templates/app/package.json': '{"name":"%name%","version":"0.1.0"}',
      'app/my_node_modules/x/package.json': '{"name":"x","version":"1.0.0"}',
    });
    expect(named(inventory)).toEqual([
      '@angular/core@17.0.1',
      'lodash@3.10.1',
      'lodash@4.17.20',
      'ms@2.1.2',
      'semver@7.3.2',
    ]);
    expect(inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence')).toEqual([]);
    expect(inventory.packages[0]?.purl).toBe('pkg:npm/%40angular/core@17.0.1');
    expect(inventory.packages[2]).toMatchObject({ licenses: ['MIT'], path: 'app/node_modules/lodash/package.json' });
  });

  test('given hostile names and broken JSON, then each is a reason and none is a package', async () => {
    const inventory = await inventoryOf({
      'node_modules/a/package.json': '{"name":"<b>x</b>","version":"1.0.0"}',
      'node_modules/b/package.json': '{"name":"x\\u001b[31m","version":"1.0.0"}',
      'node_modules/c/package.json': '{"name":"c","version":"1.0 <!channel>"}',
      'node_modules/d/package.json': '{"name":"d",',
      'node_modules/e/package.json': '{"name":{},"version":["1"]}',
      'node_modules/f/package.json': 'null',
      'node_modules/good/package.json': '{"name":"good","version":"1.0.0"}',
    });
    expect(named(inventory)).toEqual(['good@1.0.0']);
    const reasons = inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence');
    expect(reasons.map(({ path }) => path)).toEqual([
      'node_modules/a/package.json',
      'node_modules/b/package.json',
      'node_modules/c/package.json',
      'node_modules/d/package.json',
    ]);
    expect(reasons.some(({ text }) => text.includes('\u001b'))).toBe(false);
    expect(reasons[1]?.text).toContain('\\u{1b}');
  });
});

describe('PyPI', () => {
  test('given every form of metadata, then names are normalised', async () => {
    const inventory = await inventoryOf({
      'usr/lib/python3/dist-packages/requests-2.28.1.dist-info/METADATA':
        'Metadata-Version: 2.1\nName: requests\nVersion: 2.28.1\nLicense: Apache 2.0\n\nName: not-this\n',
      'usr/lib/python3/dist-packages/zope.interface-5.4.0.egg-info/PKG-INFO':
        'Metadata-Version: 2.1\r\nName: zope.interface\r\nVersion: 5.4.0\r\n',
      'usr/lib/python3/dist-packages/Old_Thing-1.0.egg-info': 'Metadata-Version: 1.0\nName: Old_Thing\nVersion: 1.0\n',
      'opt/eggs/Foo-2.0-py3.egg/EGG-INFO/PKG-INFO': 'Name: Foo\nVersion: 2.0\n',
      'usr/share/doc/METADATA': 'Name: no\nVersion: 1\n',
    });
    expect(named(inventory)).toEqual(['foo@2.0', 'old-thing@1.0', 'requests@2.28.1', 'zope-interface@5.4.0']);
    expect(inventory.packages[2]).toMatchObject({ purl: 'pkg:pypi/requests@2.28.1', licenses: ['Apache 2.0'] });
  });
});
