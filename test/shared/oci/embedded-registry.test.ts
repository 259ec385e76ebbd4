import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Registry, startRegistry } from '#local/registry/index';
import {
  buildArtifact,
  buildImage,
  buildIndex,
  buildLayer,
  digestOf,
  openRegistry,
  pushImage,
  RegistryClient,
  readImages,
} from '#shared/oci';
import { temporaryFolder } from './stored.ts';

// the client and the embedded registry were written apart; here they meet

const layer = buildLayer([{ path: 'etc/os-release', content: 'ID=debian\n' }]);
const image = buildImage({ layers: [layer] });
const arm = buildImage({ layers: [layer], config: { architecture: 'arm64' } });
const index = buildIndex([{ image }, { image: arm }]);
let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry({ folder: path.join(temporaryFolder(), 'registry') });
});
afterAll(() => registry.close());

test('an index goes in and comes out', async () => {
  const target = { registry: registry.host, repository: 'team/app', tag: 'v1' };
  const pushed = await pushImage(index.source, target);
  const source = openRegistry(target);
  try {
    const { root, images } = await readImages(source);
    expect(root.digest).toBe(pushed.digest);
    expect(images.map(({ digest }) => digest)).toEqual([image.descriptor.digest, arm.descriptor.digest]);
    const bytes = Buffer.concat(await (await source.blob(layer.descriptor)).toArray());
    expect(digestOf(bytes)).toBe(layer.descriptor.digest);
    // the second push of the same sends the root's manifest only
    expect((await pushImage(source, target)).pushedBytes).toBe(index.descriptor.size);
  } finally {
    await source.close();
  }
});

test('mounts, pages and referrers', async () => {
  const source = openRegistry({ registry: registry.host, repository: 'team/app', tag: 'v1' });
  const client = new RegistryClient({ registry: registry.host, repository: 'team/copy' });
  try {
    for (const tag of ['c', 'a', 'b'])
      await pushImage(source, { registry: registry.host, repository: 'team/copy', tag });
    const tags: string[] = [];
    for await (const tag of client.tags(2)) tags.push(tag);
    expect(tags).toEqual(['a', 'b', 'c']);
    const sbom = buildArtifact({
      artifactType: 'application/spdx+json',
      subject: { mediaType: index.descriptor.mediaType, digest: index.descriptor.digest, size: index.descriptor.size },
      layers: [{ mediaType: 'application/spdx+json', bytes: Buffer.from('{}') }],
    });
    await pushImage(sbom.source, { registry: registry.host, repository: 'team/copy', digest: sbom.descriptor.digest });
    const found = await client.referrers(index.descriptor.digest, 'application/spdx+json');
    expect(found.map(({ digest }) => digest)).toEqual([sbom.descriptor.digest]);
  } finally {
    client.close();
    await source.close();
  }
});
