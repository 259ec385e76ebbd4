import { describe, expect, test } from 'vitest';
import { baseCatalogue, readInventoryOf } from '#shared/findings';
import { baseOf, claimedDigests } from '#shared/inventory';
import { buildImage, buildIndex } from '#shared/oci';
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

  test('given an index of a base that somebody names by its digest, then its images are known by it', async () => {
    const { made, base } = await (async () => {
      const made = await scanned();
      const base = buildIndex([
        { image: buildImage({ layers: [os] }), platform: { os: 'linux', architecture: 'amd64' } },
      ]);
      made.push('bases/debian', '12', base);
      await made.scan('bases/debian', '12');
      return { made, base };
    })();
    const digests = async (claimed?: readonly (typeof base.descriptor.digest)[]) =>
      (await baseCatalogue(made.table, ['registry.test/bases/debian'], claimed)).flatMap((each) => each.digests);
    expect(await digests([base.descriptor.digest])).toContain(base.descriptor.digest);
    expect(await digests()).not.toContain(base.descriptor.digest);
    const shop = buildImage({
      layers: [os, app],
      annotations: { 'org.opencontainers.image.base.digest': base.descriptor.digest },
    });
    made.push('shop', '1', shop);
    const [image] = (await made.scan('shop', '1')).images;
    const inventory = await readInventoryOf(made.blobs, image!.head);
    const catalogue = await baseCatalogue(made.table, ['registry.test/bases/debian'], claimedDigests(inventory!));
    expect(baseOf(inventory!, catalogue)).toMatchObject({ layers: 1, by: 'annotation' });
  });
});
