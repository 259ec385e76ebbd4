import { describe, expect, test } from 'vitest';
import { type Inventory, type ReadInventory, type ReadLimits, readInventory } from '#shared/inventory';
import { buildImage, readImages } from '#shared/oci';
import { layerOf, named, osRelease, stanza, type Tree } from './images.ts';
import { zipOf } from './zip-builder.ts';

async function readOf(trees: readonly Tree[], limits: Partial<ReadLimits> = {}): Promise<ReadInventory> {
  const { source } = buildImage({ layers: trees.map((tree) => layerOf(tree)) });
  const { images } = await readImages(source);
  return readInventory({ image: images[0]!, source, limits });
}
const reasonsOf = ({ coverage }: Inventory): string[] => coverage.reasons.map(({ text }) => text);

const lodash = '{"name":"lodash","version":"4.17.20"}';
const object = (name: string): string => `sysroot/ostree/repo/objects/${name.slice(0, 2)}/${name.slice(2)}.file`;
const [release, status, store] = [object('aa01'), object('bb02'), object('cc03')];

describe('content that a hard link alone gives the name of evidence', () => {
  test('is read: the objects of OSTree, as bootable images keep all of their files', async () => {
    const { inventory, layersRead, bytesFetched } = await readOf([
      {
        [release]: osRelease.debian12,
        [status]: stanza('curl', '7.88.1-10'),
        [store]: lodash,
        'etc/os-release': { hard: release },
        'var/lib/dpkg/status': { hard: status },
        'usr/lib/node_modules/lodash/package.json': { hard: store },
        'usr/share/node_modules/lodash/package.json': { hard: `./${store}` },
      },
    ]);
    expect(inventory.distribution?.ecosystem).toBe('Debian:12');
    expect(named(inventory)).toEqual(['curl@7.88.1-10', 'lodash@4.17.20', 'lodash@4.17.20']);
    expect(inventory.packages.map(({ path }) => path)).toEqual([
      'var/lib/dpkg/status',
      'usr/lib/node_modules/lodash/package.json',
      'usr/share/node_modules/lodash/package.json',
    ]);
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
    expect(layersRead).toBe(1);
    expect(bytesFetched).toBe(2 * inventory.layers[0]!.size);
  });

  test('and runs is both: what it is made of is known, and who owns the program, by its own name', async () => {
    const started = Buffer.concat([
      Buffer.from('#!/usr/bin/env python3\n'),
      zipOf({ '.deps/six.whl/six-1.16.0.dist-info/METADATA': 'Name: six\nVersion: 1.16.0\n' }),
    ]);
    const { inventory } = await readOf([
      {
        'etc/os-release': osRelease.debian12,
        'var/lib/dpkg/status': stanza('tool', '1.0'),
        'var/lib/dpkg/info/tool.list': '/usr/bin/tool.pex\n',
        [store]: { content: started, mode: 0o755 },
        'usr/bin/tool.pex': { hard: store },
      },
    ]);
    expect(named(inventory, 'pypi')).toEqual(['six@1.16.0']);
    expect(inventory.executables.map(({ path, owner }) => [path, owner])).toEqual([['usr/bin/tool.pex', 'deb:tool']]);
  });

  test('of a program is the file that its package owns, and not once more the object', async () => {
    const { inventory } = await readOf([
      {
        'etc/os-release': osRelease.debian12,
        'var/lib/dpkg/status': stanza('curl', '7.88.1-10'),
        'var/lib/dpkg/info/curl.list': '/usr/bin/curl\n',
        [store]: { content: '\x7fELF', mode: 0o755 },
        'usr/bin/curl': { hard: store },
        [object('dd04')]: { content: '\x7fELF nobody links it', mode: 0o755 },
      },
    ]);
    expect(inventory.executables.map(({ path, owner }) => [path, owner])).toEqual([
      [object('dd04'), undefined],
      ['usr/bin/curl', 'deb:curl'],
    ]);
    expect(reasonsOf(inventory).join()).toMatch(
      /^sysroot\/ostree\/repo\/objects\/dd\/04\.file: programs and libraries/,
    );
  });

  test('is read where the content has a name of its own too: a copy of the database, Bun’s cache', async () => {
    const cached = 'root/.bun/install/cache/lodash@4.17.20@@@1/package.json';
    const { inventory } = await readOf([
      {
        'etc/os-release': osRelease.debian12,
        'var/lib/dpkg/status-old': stanza('curl', '7.88.1-10'),
        'var/lib/dpkg/status': { hard: 'var/lib/dpkg/status-old' },
        [cached]: lodash,
        'usr/src/app/node_modules/lodash/package.json': { hard: cached },
      },
    ]);
    expect(named(inventory)).toEqual(['curl@7.88.1-10', 'lodash@4.17.20']);
    expect(inventory.coverage.reasons).toEqual([]);
  });

  test('counts as long as the link is there: what later entries and layers take away is gone', async () => {
    const linked = { [store]: lodash, 'srv/node_modules/lodash/package.json': { hard: store } };
    const whole = { 'etc/os-release': osRelease.debian12, 'var/lib/dpkg/status': stanza('curl', '7.88.1-10') };
    for (const upper of [{ 'srv/node_modules/lodash': null }, { srv: 'a file' }])
      expect(named((await readOf([whole, linked, upper])).inventory, 'npm')).toEqual([]);
    expect(named((await readOf([whole, linked, { [store]: null }])).inventory, 'npm')).toEqual(['lodash@4.17.20']);
  });

  test('that cannot be read is named as what the link makes of it', async () => {
    const tree = (content: string) => ({ [store]: content, 'srv/node_modules/lodash/package.json': { hard: store } });
    expect(reasonsOf((await readOf([tree('{')])).inventory)).toContainEqual(
      expect.stringMatching(/^srv\/node_modules\/lodash\/package\.json: /),
    );
    const { inventory } = await readOf([tree(lodash + ' '.repeat(500))], { maxEvidenceBytes: 200 });
    expect(reasonsOf(inventory)).toContainEqual(
      expect.stringMatching(/^srv\/node_modules\/lodash\/package\.json: a hard link to 537 bytes, more than/),
    );
  });

  test('is loud where the layer does not have it', async () => {
    const missing = { 'srv/node_modules/lodash/package.json': { hard: store } };
    for (const trees of [[missing], [{ [store]: lodash }, missing], [{ [store]: { link: 'x' }, ...missing }]]) {
      const { inventory } = await readOf(trees);
      expect(reasonsOf(inventory).join()).toContain('lodash/package.json: a hard link to sysroot/');
    }
  });

  test('costs one reading more, and no layer without such links any', async () => {
    const { inventory, bytesFetched } = await readOf([
      { 'bin/perl': { content: '\x7fELF', mode: 0o755 }, 'bin/perl5': { hard: 'bin/perl' } },
      {
        'a/node_modules/x/package.json': lodash,
        'b/node_modules/x/package.json': { hard: 'a/node_modules/x/package.json' },
      },
    ]);
    expect(named(inventory)).toEqual(['lodash@4.17.20', 'lodash@4.17.20']);
    expect(bytesFetched).toBe(inventory.layers.reduce((sum, { size }) => sum + size, 0));
  });
});
