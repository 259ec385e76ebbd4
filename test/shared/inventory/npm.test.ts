import { describe, expect, test } from 'vitest';
import { inventoryOf, named, osRelease, stanza, type Tree } from './images.ts';
import { zipOf } from './zip-builder.ts';

const json = (name: string, version: string): string => `{"name":"${name}","version":"${version}"}`;
const marks = async (tree: Tree): Promise<unknown[]> =>
  (await inventoryOf(tree)).packages.map(({ key, bundled }) => [key.name, bundled]);

describe('what comes with Node', () => {
  test.each([
    'usr/local/lib/node_modules/npm/package.json',
    'usr/local/lib/node_modules/npm/node_modules/tar/package.json',
    'usr/local/lib/node_modules/corepack/package.json',
    'usr/lib/node_modules/npm/node_modules/@npmcli/arborist/package.json',
    'usr/lib/node_modules_22/npm/package.json',
    'usr/lib/node_modules_22/npm/node_modules/tar/package.json',
    'usr/lib/node_modules_22/corepack/package.json',
    'root/.nvm/versions/node/v20.11.0/lib/node_modules/npm/node_modules/ip/package.json',
    'usr/share/nodejs/npm/node_modules/abort-controller/package.json',
    'opt/yarn-v1.22.22/package.json',
    'root/.cache/node/corepack/v1/pnpm/9.12.0/package.json',
  ])('given %s, then it is listed and marked as tooling', async (path) => {
    expect(await marks({ [path]: json('x', '1.0.0') })).toEqual([['x', 'tooling']]);
  });

  test("given an application's own modules and globally installed ones, then they are not", async () => {
    expect(
      await marks({
        'app/node_modules/npm/node_modules/tar/package.json': json('tar', '6.2.0'),
        'usr/local/lib/node_modules/pm2/node_modules/async/package.json': json('async', '3.2.4'),
      }),
    ).toEqual([
      ['async', undefined],
      ['tar', undefined],
    ]);
  });

  test('given a package.json inside a package that nobody may publish, then it is a mark for Node, not a package', async () => {
    const mark = '{"name":"dist","private":true,"version":"1.0.0","type":"commonjs"}';
    expect(
      await marks({
        'app/node_modules/terser/package.json': json('terser', '5.19.0'),
        'app/node_modules/terser/dist/package.json': mark,
        'app/node_modules/own/package.json': '{"name":"own","private":true,"version":"1.0.0"}',
      }),
    ).toEqual([
      ['own', undefined],
      ['terser', undefined],
    ]);
  });

  test('given a mark that leads to files of the package around it or has its name, and what new projects begin with, then none is a package', async () => {
    expect(
      await marks({
        'app/node_modules/@reduxjs/toolkit/package.json': json('@reduxjs/toolkit', '1.9.7'),
        'app/node_modules/@reduxjs/toolkit/query/package.json':
          '{"name":"@reduxjs/toolkit-query","version":"1.0.0","main":"../dist/query/index.js"}',
        'app/node_modules/@reduxjs/toolkit/dist/cjs/package.json': json('@reduxjs/toolkit', '1.9.7'),
        'app/node_modules/@reduxjs/toolkit/templates/app/package.json': json('my-app', '0.0.1'),
      }),
    ).toEqual([['@reduxjs/toolkit', undefined]]);
  });

  test('given what a package carries inside itself, then it is marked as vendored', async () => {
    const path = 'app/node_modules/next/dist/compiled/semver/package.json';
    expect(await marks({ [path]: json('semver', '7.3.2') })).toEqual([['semver', 'vendored']]);
  });
});

describe('where other package managers put packages', () => {
  test('given what the linker pnpm of Yarn stores, then it is a package of its own, and what lies in it is not', async () => {
    const store = 'app/node_modules/.store';
    expect(
      await marks({
        [`${store}/@types-node-npm-20.1.0-c5561d67cd/package/package.json`]: json('@types/node', '20.1.0'),
        [`${store}/debug-virtual-7db4590015/package/package.json`]: json('debug', '4.3.4'),
        [`${store}/debug-virtual-7db4590015/package/dist/package.json`]: json('inner', '1.0.0'),
        [`${store}/debug-virtual-7db4590015/package/test/package.json`]: json('fixture', '1.0.0'),
      }),
    ).toEqual([
      ['@types/node', undefined],
      ['debug', undefined],
      ['inner', 'vendored'],
    ]);
  });

  test('given the cache that Deno runs packages from, then they are installed', async () => {
    expect(
      await marks({
        'deno-dir/npm/registry.npmjs.org/ms/2.1.2/package.json': json('ms', '2.1.2'),
        'deno-dir/npm/registry.npmjs.org/ms/registry.json': '{"name":"ms","versions":{}}',
        'root/.cache/deno/npm/npm.jsr.io/@jsr/std__path/1.0.8/package.json': json('@jsr/std__path', '1.0.8'),
        'srv/npm/templates/ms/2.1.2/package.json': json('template', '2.1.2'),
      }),
    ).toEqual([
      ['@jsr/std__path', undefined],
      ['ms', undefined],
    ]);
  });
});

describe("Debian's Node.js", () => {
  test('has its packages in folders of its own, where dpkg owns them', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('node-undici', '5.15.0+dfsg1+~cs20.10.9.3-1+deb12u4'),
      'var/lib/dpkg/info/node-undici.list':
        '/usr\n/usr/share\n/usr/share/nodejs\n/usr/share/nodejs/undici/package.json\n',
      'usr/share/nodejs/undici/package.json': json('undici', '5.15.0'),
      'usr/share/nodejs/@types/node/package.json': json('@types/node', '18.18.14'),
      'usr/lib/x86_64-linux-gnu/nodejs/bindings/package.json': json('bindings', '1.5.0'),
      'usr/share/nodejs/acorn/test/fixtures/package.json': json('fixture', '1.0.0'),
      'usr/lib/ruby/gems/3.1.0/gems/typeprof-0.21.2/vscode/package.json': json('ruby-typeprof', '0.20.1'),
    });
    expect(
      inventory.packages
        .filter(({ type }) => type === 'npm')
        .map(({ key, ownedBy }) => [key.name, key.version, ownedBy]),
    ).toEqual([
      ['@types/node', '18.18.14', undefined],
      ['bindings', '1.5.0', undefined],
      ['undici', '5.15.0', 'deb:node-undici'],
    ]);
  });
});

test("given JupyterLab, then its extensions and what was bundled into its scripts are there, and others' lists of that name say nothing", async () => {
  const lab = 'opt/conda/share/jupyter';
  const listed = { name: '@lumino/widgets', versionInfo: '2.7.1', licenseId: 'BSD-3-Clause', extractedText: '' };
  const inventory = await inventoryOf({
    [`${lab}/labextensions/@jupyter-widgets/jupyterlab-manager/package.json`]: json(
      '@jupyter-widgets/jupyterlab-manager',
      '5.0.16',
    ),
    [`${lab}/labextensions/@jupyter-widgets/jupyterlab-manager/schemas/x/package.json.orig`]: json('not', '1.0.0'),
    [`${lab}/lab/static/third-party-licenses.json`]: JSON.stringify({ packages: [listed, { name: 'none' }, 'text'] }),
    'srv/third-party-licenses.json': '[{"name":"other","versionInfo":"1.0.0"}]',
  });
  expect(inventory.packages.map(({ key, bundled, licenses }) => [key.name, key.version, bundled, licenses])).toEqual([
    ['@jupyter-widgets/jupyterlab-manager', '5.0.16', undefined, undefined],
    ['@lumino/widgets', '2.7.1', 'vendored', ['BSD-3-Clause']],
  ]);
  expect(inventory.coverage.reasons.map(({ code }) => code)).not.toContain('unreadable-evidence');
});

describe('Yarn', () => {
  test("given Plug'n'Play, then the archives of the cache are read, bundled packages too, and unplugged ones where they lie", async () => {
    const inventory = await inventoryOf({
      'app/package.json': json('app', '1.0.0'),
      'app/.pnp.cjs': 'module.exports = {}',
      'app/.yarn/cache/lodash-npm-4.17.20-1fb8c1e6ab-b31afa0973.zip': zipOf({
        'node_modules/lodash/package.json': json('lodash', '4.17.20'),
        'node_modules/lodash/fp/package.json': json('not-a-package', '1.0.0'),
        'node_modules/lodash/node_modules/@a/b/package.json': json('@a/b', '2.0.0'),
      }),
      'app/.yarn/unplugged/sharp-npm-0.32.6-91d0b8b3d1/node_modules/sharp/package.json': json('sharp', '0.32.6'),
      'data/export.zip': zipOf({ 'node_modules/other/package.json': json('other', '1.0.0') }),
    });
    expect(inventory.packages.map(({ key, path }) => [`${key.name}@${key.version}`, path.split('!/')[1]])).toEqual([
      ['@a/b@2.0.0', 'node_modules/lodash/node_modules/@a/b/package.json'],
      ['lodash@4.17.20', 'node_modules/lodash/package.json'],
      ['sharp@0.32.6', undefined],
    ]);
  });

  test('given a damaged archive of the cache, then it is told with its path', async () => {
    const whole = zipOf({ 'node_modules/a/package.json': json('a', '1.0.0') });
    const inventory = await inventoryOf({ 'app/.yarn/cache/a.zip': whole.subarray(0, whole.length - 20) });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'unreadable-evidence', path: 'app/.yarn/cache/a.zip' }),
    );
  });
});

describe('pnpm', () => {
  const real = 'srv/node_modules/.pnpm/ms@2.1.2/node_modules/ms/package.json';

  test('given links from node_modules into .pnpm, then each package is there once', async () => {
    const inventory = await inventoryOf({
      [real]: json('ms', '2.1.2'),
      'srv/node_modules/ms': { link: '.pnpm/ms@2.1.2/node_modules/ms' },
      'srv/node_modules/.pnpm/debug@4.3.4/node_modules/ms': { link: '../../ms@2.1.2/node_modules/ms' },
    });
    expect(inventory.packages.map(({ path }) => path)).toEqual([real]);
  });

  test('given a store in the same layer, whose files come first in the tar and are only linked from node_modules, then what is linked counts and the rest of the store does not', async () => {
    const store = 'root/.local/share/pnpm/store/v3/files';
    const linked = `${store}/a1/${'b2'.repeat(31)}`;
    const inventory = await inventoryOf({
      [linked]: json('ms', '2.1.2'),
      [`${store}/c3/${'d4'.repeat(31)}`]: json('left-in-the-store', '1.0.0'),
      [`${store}/e5/${'f6'.repeat(31)}`]: '{ this is source text',
      [real]: { hard: linked },
      // a package.json without name and version, which several packages have alike
      [`${store}/07/${'18'.repeat(31)}`]: '{"type":"module"}',
      'srv/node_modules/.pnpm/ms@2.1.2/node_modules/ms/esm/package.json': { hard: `${store}/07/${'18'.repeat(31)}` },
      'srv/node_modules/.pnpm/ms@2.1.2/node_modules/ms/cjs/package.json': {
        hard: 'srv/node_modules/.pnpm/ms@2.1.2/node_modules/ms/esm/package.json',
      },
    });
    expect(inventory.packages.map(({ key, path }) => [key.name, path])).toEqual([['ms', real]]);
    expect(inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence')).toEqual([]);
  });
});

test('given package.json outside of node_modules, without name or version, or in test folders, then it is no package', async () => {
  const inventory = await inventoryOf({
    'app/package.json': json('app', '1.0.0'),
    'app/packages/core/package.json': json('core', '1.0.0'),
    'app/node_modules/a/package.json': '{"type":"module"}',
    'app/node_modules/b/package.json': '{"name":"b"}',
    'app/node_modules/c/test/fixtures/evil/package.json': json('evil', '1.0.0'),
    'app/node_modules/c/test/fixtures/node_modules/worse/node_modules/worst/package.json': json('worst', '1.0.0'),
    'app/node_modules/.express-Xy12abCD/package.json': json('express', '4.0.0'),
    'app/node_modules/@d/.f-Xy12abCD/package.json': json('@d/f', '1.0.0'),
    'app/node_modules/.cache/built/package.json': json('built', '1.0.0'),
    'test/node_modules/test/node_modules/g/package.json': json('g', '1.0.0'),
    'app/node_modules/@d/e/package.json': json('@d/e', '1.0.0'),
  });
  expect(named(inventory)).toEqual(['@d/e@1.0.0', 'g@1.0.0']);
});
