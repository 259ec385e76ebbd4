import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type HashedExecutables,
  type Inventory,
  type LayerFacts,
  type ReadInventoryInput,
  readInventory,
} from '#shared/inventory';
import { buildImage, readImages } from '#shared/oci';
import { layerOf, stanza, type Tree } from './images.ts';

const tool = (content: string, mode = 0o755) => ({ content: `#!/bin/sh\n${content}`, mode });
const base: Tree = {
  'var/lib/dpkg/status': stanza('tool', '1.0') + stanza('other', '2.0'),
  'var/lib/dpkg/info/tool.list': '/usr/bin/tool\n/usr/bin/same\n',
  'var/lib/dpkg/info/other.list': '/usr/bin/other\n',
  'usr/bin/tool': tool('first'),
  'usr/bin/same': tool('same'),
  'usr/bin/other': tool('other'),
};
const unrelated: Tree = { 'srv/app': tool('mine') };

async function reading(trees: readonly Tree[], input: Partial<ReadInventoryInput> = {}) {
  const { source } = buildImage({ layers: trees.map((tree) => layerOf(tree)) });
  const { images } = await readImages(source);
  return readInventory({ image: images[0]!, source, ...input });
}

/** Everything but the hashes, and what says that they were left out. */
const withoutHashes = ({ executables, extractors: _, ...rest }: Inventory) => ({
  ...rest,
  executables: executables.map(({ sha256: __, ...file }) => file),
});

describe('leaving out the hashes of executables', () => {
  test.each<[string, Tree[], { readonly read: number; readonly owner: string | undefined }]>([
    ['no file is written twice', [base, unrelated], { read: 2, owner: 'deb:tool' }],
    [
      'a file is written anew (chmod)',
      [base, { 'usr/bin/tool': tool('first', 0o700) }],
      { read: 4, owner: 'deb:tool' },
    ],
    ['one of the same size takes its place', [base, { 'usr/bin/tool': tool('other') }], { read: 4, owner: undefined }],
    ['one of another size takes its place', [base, { 'usr/bin/tool': tool('longer') }], { read: 2, owner: undefined }],
    ['other layers lie between', [base, unrelated, { 'usr/bin/tool': tool('first') }], { read: 5, owner: 'deb:tool' }],
    ['a layer comes twice', [base, base], { read: 1, owner: 'deb:tool' }],
    [
      'a hard link takes its place',
      [base, { 'usr/bin/new': tool('first'), 'usr/bin/tool': { hard: 'usr/bin/new' } }],
      { read: 4, owner: 'deb:tool' },
    ],
  ])(
    'given that %s, then all else is the same, and only layers that hashes tell apart are read again',
    async (_, trees, { read, owner }) => {
      const whole = await reading(trees);
      const lean = await reading(trees, { hashed: 'privileged' });
      expect(withoutHashes(lean.inventory)).toEqual(withoutHashes(whole.inventory));
      expect(lean.layersRead).toBe(read);
      expect(lean.inventory.executables.find(({ path }) => path === 'usr/bin/tool')?.owner).toBe(owner);
      expect(whole.inventory.executables.every(({ sha256 }) => sha256 !== undefined)).toBe(true);
    },
  );

  test('given any layers, links and removals among them, then all else is the same', async () => {
    const places = ['usr/bin/tool', 'usr/bin/same', 'bin/tool', 'bin/same', 'opt/tool'];
    const content = fc
      .record({ text: fc.constantFrom('first', 'other', 'same'), mode: fc.constantFrom(0o755, 0o700, 0o4755) })
      .map(({ text, mode }) => tool(text, mode));
    const hard = fc.constantFrom(...places).map((place) => ({ hard: place }));
    const tree = fc.record(
      {
        bin: fc.constantFrom({ link: 'usr/bin' }, { link: '/opt' }, null),
        ...Object.fromEntries(places.map((place) => [place, fc.oneof(content, content, hard, fc.constant(null))])),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 4 }), async (trees) => {
        const whole = await reading([base, ...(trees as Tree[])]);
        const lean = await reading([base, ...(trees as Tree[])], { hashed: 'privileged' });
        expect(withoutHashes(lean.inventory)).toEqual(withoutHashes(whole.inventory));
      }),
      { numRuns: 150 },
    );
  });

  test('given files that give rights, then their hashes are taken all the same', async () => {
    // vfs_cap_data, revision 2: cap_net_raw permitted
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    const trees: Tree[] = [
      {
        'usr/bin/su': tool('su', 0o4755),
        'usr/bin/wall': tool('wall', 0o2755),
        'usr/bin/ping': { ...tool('ping'), xattrs: { 'security.capability': capability } },
        'usr/bin/ls': tool('ls'),
      },
    ];
    const { inventory } = await reading(trees, { hashed: 'privileged' });
    const hashed = inventory.executables.filter(({ sha256 }) => sha256 !== undefined);
    expect(hashed.map(({ path }) => path)).toEqual(['usr/bin/ping', 'usr/bin/su', 'usr/bin/wall']);
    const whole = await reading(trees);
    for (const file of hashed) expect(whole.inventory.executables).toContainEqual(file);
  });

  test('given a store, then facts with all hashes do for everybody, and those without only for who wants none', async () => {
    const kept = new Map<string, LayerFacts>();
    const facts: ReadInventoryInput['facts'] = {
      get: async (blob, extractors) => kept.get(`${blob} ${extractors}`),
      put: async (each) => void kept.set(`${each.blob} ${each.extractors}`, each),
    };
    const read = async (hashed: HashedExecutables) => (await reading([base], { facts, hashed })).layersRead;
    expect([await read('privileged'), await read('privileged'), await read('all'), await read('all')]).toEqual([
      1, 0, 1, 0,
    ]);
    const again = await reading([base, { 'usr/bin/tool': tool('first', 0o700) }], { facts, hashed: 'privileged' });
    expect([again.layersRead, again.layersReused]).toEqual([2, 1]);
    kept.clear();
    await read('privileged');
    const anew = await reading([base, { 'usr/bin/tool': tool('first', 0o700) }], { facts, hashed: 'privileged' });
    expect([anew.layersRead, anew.layersReused]).toEqual([3, 0]);
    kept.clear();
    expect([await read('all'), await read('privileged')]).toEqual([1, 0]);
  });
});
