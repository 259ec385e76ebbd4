import { describe, expect, test } from 'vitest';
import { baseCatalogue, readInventoryOf } from '#shared/findings';
import { baseOf } from '#shared/inventory';
import { buildImage } from '#shared/oci';
import { layerOf } from '../inventory/images.ts';
import { world } from './world.ts';

const os = layerOf({ 'etc/os-release': 'ID=debian\nVERSION_ID=12\n' });
const patched = layerOf({ 'etc/os-release': 'ID=debian\nVERSION_ID=12\nX=1\n' });
const app = layerOf({ 'app/run.sh': '#!/bin/sh\n' });

async function scanned() {
  const made = world({ records: [] });
  for (const [repository, tag, layers] of [
    ['bases/debian', '12', [os]],
    ['bases/debian', '12', [patched]],
    ['other/tool', '1', [os, app]],
  ] as const) {
    made.push(repository, tag, buildImage({ layers }));
    await made.scan(repository, tag);
  }
  return made;
}

describe('the catalogue of bases', () => {
  test('given repositories that policy names, then every image that they had over time is in it, and no other', async () => {
    const { table } = await scanned();
    const catalogue = await baseCatalogue(table, ['registry.test/bases/debian']);
    expect(catalogue.map(({ diffIds }) => diffIds).sort()).toEqual([[os.diffId], [patched.diffId]].sort());
    expect(catalogue.every(({ name }) => name.startsWith('registry.test/bases/debian@sha256:'))).toBe(true);
  });

  test('given no names, unknown ones, or what is no repository, then it is empty', async () => {
    const { table } = await scanned();
    expect(await baseCatalogue(table, [])).toEqual([]);
    expect(await baseCatalogue(table, ['registry.test/nothing', 'bases/*', '', '://'])).toEqual([]);
  });

  test('given an application on an old image of a base, then the stored inventory knows how much of it is the base', async () => {
    const made = await scanned();
    made.push('shop', '1', buildImage({ layers: [os, app] }));
    const [image] = (await made.scan('shop', '1')).images;
    const inventory = await readInventoryOf(made.blobs, image!.head);
    const answer = baseOf(inventory!, await baseCatalogue(made.table, ['registry.test/bases/debian']));
    expect(answer).toMatchObject({ layers: 1, by: 'catalogue' });
  });
});
