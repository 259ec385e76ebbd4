import { describe, expect, test } from 'vitest';
import { LayersMissing, mergeLayers } from '#shared/inventory';
import { LaidLayers } from '../../../shared/inventory/laid-layers.ts';
import { inventoryOfLayers } from '../../../shared/inventory/merge-layers.ts';
import { factsOf, imageOf, layerOf, named, osRelease, stanza, type Tree } from './images.ts';

const program = (text: string) => ({ content: `#!/bin/sh\n${text}`, mode: 0o755 });

/** Every layer changes what those below it brought, so that another order would be another image. */
const trees: readonly Tree[] = [
  {
    'etc/os-release': osRelease.debian12,
    'var/lib/dpkg/status': stanza('bash', '5.1') + stanza('curl', '7.88'),
    'opt/one/tool': program('1'),
    lib: { link: 'usr/lib' },
  },
  { 'var/lib/dpkg/status': stanza('bash', '5.2') + stanza('curl', '7.88'), 'lib/helper.so': program('2') },
  {
    'opt/one': { link: 'two' },
    'opt/two/tool': program('3'),
    'srv/node_modules/a/package.json': '{"name":"a","version":"1"}',
  },
  { 'srv/node_modules': null, 'opt/one/tool': program('4') },
];

/** All orders of some things. */
function ordersOf<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((first) => ordersOf(things.filter((each) => each !== first)).map((rest) => [first, ...rest]));
}

describe('layers that come in any order', () => {
  test('given every order, then they are laid base first', async () => {
    const layers = trees.map((tree) => layerOf(tree));
    const image = await imageOf(layers);
    const facts = await Promise.all(layers.map((layer) => factsOf(layer)));
    const expected = mergeLayers({ image, facts });
    expect(named(expected)).toEqual(['bash@5.2', 'curl@7.88']);
    expect(expected.executables.map(({ path }) => path)).toEqual(['opt/two/tool', 'usr/lib/helper.so']);
    for (const order of ordersOf(facts)) {
      const laid = new LaidLayers(image);
      for (const each of order) laid.take(each);
      expect(inventoryOfLayers(laid)).toEqual(expected);
    }
  });

  test('given a layer that the manifest names twice, then it is laid in both places', async () => {
    const [base, upper] = [layerOf({ 'opt/tool': program('1') }), layerOf({ 'opt/tool': program('2') })];
    const image = await imageOf([base, upper, base]);
    const laid = new LaidLayers(image);
    laid.take(await factsOf(upper));
    laid.take(await factsOf(base));
    const [executable] = inventoryOfLayers(laid).executables;
    expect(executable).toMatchObject({ path: 'opt/tool', layer: base.descriptor.digest });
    expect(laid.facts()).toHaveLength(3);
  });

  test('given too few of them, then there is no inventory', async () => {
    const layers = trees.map((tree) => layerOf(tree));
    const laid = new LaidLayers(await imageOf(layers));
    for (const layer of layers.slice(1)) laid.take(await factsOf(layer));
    expect(() => inventoryOfLayers(laid)).toThrow(LayersMissing);
  });
});
