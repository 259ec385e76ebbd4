import { describe, expect, test } from 'vitest';
import {
  buildImage,
  buildIndex,
  DigestMismatch,
  digestOf,
  memorySource,
  openRegistry,
  pushImage,
  readImages,
} from '#shared/oci';
import { big, closing, cutAfter, image, open, options, other, registry, small } from './tiny-registries.ts';
import type { TinyRegistry } from './tiny-registry.ts';

describe('pushImage', () => {
  const arm = buildImage({ layers: [small], config: { architecture: 'arm64' } });
  const index = buildIndex([{ image }, { image: arm }]);
  const to = (tag: string | undefined, repository = 'made/app') => ({
    registry: other.host,
    repository,
    ...(tag === undefined ? {} : { tag }),
  });

  test('copies a whole index, blobs once, children first', async () => {
    const result = await pushImage(index.source, to('v2'), options());
    expect(result.digest).toBe(index.descriptor.digest);
    const pushed = openRegistry({ ...to('v2') }, options());
    closing.push(pushed);
    const { images } = await readImages(pushed);
    expect(images.map(({ digest }) => digest)).toEqual([image.descriptor.digest, arm.descriptor.digest]);
    const puts = other.seen.filter(({ method }) => method === 'PUT').map(({ path }) => path);
    expect(puts.filter((path) => path.includes('/blobs/')).length).toBe(4);
    expect(puts.at(-1)).toBe('/v2/made/app/manifests/v2');
    const total = [...index.blobs.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect([result.pushedBytes, result.reusedBytes]).toEqual([total, 0]);
  });

  test('sends nothing twice', async () => {
    await pushImage(image.source, to('v1'), options());
    const outcomes: string[] = [];
    const again = await pushImage(index.source, to('v2'), {
      ...options(),
      onBlob: (_blob, outcome) => outcomes.push(outcome),
    });
    expect(outcomes.sort()).toEqual(['pushed', 'there']);
    expect(again.reusedBytes).toBe(image.descriptor.size + small.bytes.length);
  });

  test('from one registry to another, streaming, through a cut', async () => {
    registry.before = cutAfter(1_000_000, 1);
    await pushImage(open(), to('copy'), options());
    expect(other.blobs.get(big.descriptor.digest)?.equals(big.bytes)).toBe(true);
  });

  test('mounts from a repository that is named, and by itself from one of the same registry', async () => {
    const noBlobs: TinyRegistry['before'] = (request, response, url) => {
      if (request.method !== 'HEAD' || !url.pathname.includes('/blobs/')) return false;
      response.writeHead(404).end();
      return true;
    };
    other.before = noBlobs;
    other.put(image);
    const outcomes: string[] = [];
    const onBlob = (_blob: unknown, outcome: string) => outcomes.push(outcome);
    const mounted = await pushImage(image.source, to('y'), { ...options(), mountFrom: 'base/app', onBlob });
    expect(mounted.pushedBytes).toBe(image.descriptor.size);
    expect(other.seen.some(({ path }) => path.includes('from=base%2Fapp'))).toBe(true);
    registry.before = noBlobs;
    await pushImage(open(), { registry: registry.host, repository: 'team/copy', tag: 'x' }, { ...options(), onBlob });
    expect(registry.seen.some(({ path }) => path.includes('from=team%2Fapp'))).toBe(true);
    expect(new Set(outcomes)).toEqual(new Set(['mounted']));
  });

  test('begins an upload again when it broke', async () => {
    let breaks = 2;
    other.before = (request, _response, url) => {
      if (request.method !== 'PUT' || !url.pathname.includes('/blobs/') || breaks-- <= 0) return false;
      request.socket.destroy();
      return true;
    };
    await pushImage(image.source, to('v1'), options());
    expect(other.manifests.has('v1')).toBe(true);
  });

  test('a source with damaged bytes tags nothing', async () => {
    const bytes = Buffer.from(big.bytes);
    bytes[9]! ^= 1;
    const damaged = memorySource(new Map([...image.blobs, [big.descriptor.digest, bytes]]), image.descriptor);
    await expect(pushImage(damaged, to('v1'), options())).rejects.toThrow(DigestMismatch);
    expect(other.manifests.size).toBe(0);
  });

  test('a manifest that is refused says why', async () => {
    other.before = (request, response, url) => {
      if (request.method !== 'PUT' || !url.pathname.includes('/manifests/')) return false;
      response.writeHead(400).end(JSON.stringify({ errors: [{ code: 'TAG_INVALID', message: 'immutable' }] }));
      return true;
    };
    await expect(pushImage(image.source, to('v1'), options())).rejects.toThrow(/TAG_INVALID: immutable/);
  });

  test('without a tag the digest is its name', async () => {
    await pushImage(image.source, to(undefined), options());
    expect([...other.manifests.keys()]).toEqual([image.descriptor.digest]);
    expect(digestOf(other.manifests.get(image.descriptor.digest)!.bytes)).toBe(image.descriptor.digest);
  });
});
