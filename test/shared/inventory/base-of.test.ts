import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baseOf, type CatalogueImage, mergeLayers, partOfLayer } from '#shared/inventory';
import { buildImage, type Digest, readImages } from '#shared/oci';
import { factsOf, layerOf } from './images.ts';

const id = (text: string): Digest => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const ids = (...texts: readonly string[]): Digest[] => texts.map(id);

type Asked = Parameters<typeof baseOf>[0];
const asked = (
  diffIds: readonly Digest[],
  more: { labels?: Record<string, string>; claimedBase?: Asked['claimedBase'] } = {},
) =>
  ({
    config: { diffIds, labels: more.labels ?? {} },
    layers: diffIds.map((digest) => ({ digest, size: 1 })),
    ...(more.claimedBase === undefined ? {} : { claimedBase: more.claimedBase }),
  }) as unknown as Asked;
const known = (name: string, ...layers: readonly string[]): CatalogueImage => ({
  name,
  digests: [id(`image ${name}`)],
  diffIds: ids(...layers),
});

const debian = known('debian:12', 'os');
const node = known('node:20', 'os', 'node');
const catalogue = [debian, node];

describe('the base by the catalogue', () => {
  test('given several bases, then the one with the longest beginning, whatever their order', () => {
    const image = asked(ids('os', 'node', 'app'));
    const answer = baseOf(image, catalogue);
    expect(answer).toEqual({
      layers: 2,
      by: 'catalogue',
      base: 'node:20',
      why: 'its first 2 layers are those of node:20',
      rejected: ['debian:12 has fewer of its first layers'],
    });
    expect(baseOf(image, catalogue.toReversed())).toEqual(answer);
    expect([0, 1, 2, 3].map((index) => partOfLayer(answer, index))).toEqual([
      'base',
      'base',
      'application',
      'application',
    ]);
  });

  test('given a base that shares only a part of its layers, then it is not the base', () => {
    expect(baseOf(asked(ids('os', 'app')), [node])).toEqual({ why: 'nothing says what it is built on', rejected: [] });
    expect(baseOf(asked(ids('app', 'os', 'node')), catalogue).layers).toBeUndefined();
  });

  test('given an image that is a base itself, then all of it is base', () => {
    expect(baseOf(asked(ids('os', 'node')), catalogue)).toMatchObject({
      layers: 2,
      why: expect.stringContaining('itself'),
    });
  });

  test('given no layers, an empty entry, or a config whose layers are not those of the manifest, then nothing is said', () => {
    expect(baseOf(asked([]), [known('empty')]).layers).toBeUndefined();
    const lying = { ...asked(ids('os', 'node', 'app')), layers: [{ digest: id('x'), size: 1 }] };
    expect(baseOf(lying, catalogue)).toEqual({
      why: 'its config lists 3 layers and its manifest 1: they cannot be told apart',
      rejected: [],
    });
  });

  test('given any image and catalogue, then the base is a beginning of it that the catalogue has, and none there is longer', () => {
    const chain = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 });
    fc.assert(
      fc.property(chain, fc.array(chain, { maxLength: 6 }), (own, others) => {
        const entries = others.map((layers, index) => known(`base:${index}`, ...layers));
        const { layers } = baseOf(asked(ids(...own)), entries);
        const fitting = others.filter(
          (other) => other.length > 0 && own.slice(0, other.length).join() === other.join(),
        );
        const longest = Math.max(0, ...fitting.map((other) => (other.length <= own.length ? other.length : 0)));
        expect(layers ?? 0).toBe(longest);
      }),
    );
  });
});

describe('the base by what the image says', () => {
  const metadata = (topLayer: string) => ({
    'io.buildpacks.lifecycle.metadata': JSON.stringify({
      app: [{ sha: id('app') }],
      runImage: { topLayer, reference: 'index.example/run@sha256:0', image: 'paketobuildpacks/run-jammy-base' },
    }),
  });

  test('given buildpacks metadata, then its top layer ends the base, before anything else', () => {
    const labels = metadata(id('node'));
    const claimedBase = { digest: id('image debian:12'), name: 'debian:12' };
    expect(baseOf(asked(ids('os', 'node', 'app'), { labels, claimedBase }), [debian])).toMatchObject({
      layers: 2,
      by: 'buildpack',
      base: 'paketobuildpacks/run-jammy-base',
    });
  });

  test.each([
    metadata('sha256:other'),
    { 'io.buildpacks.lifecycle.metadata': '{' },
    { 'io.buildpacks.lifecycle.metadata': 'null' },
  ])('given metadata that does not fit, then it is rejected and the catalogue decides', (labels) => {
    const answer = baseOf(asked(ids('os', 'node', 'app'), { labels }), catalogue);
    expect(answer).toMatchObject({ by: 'catalogue', layers: 2 });
    expect(answer.rejected[0]).toContain('buildpacks metadata');
  });

  test('given base annotations with the digest of a known base, then that base, though a longer one is known', () => {
    const claimedBase = { digest: id('image debian:12'), name: 'docker.io/library/debian:12' };
    expect(baseOf(asked(ids('os', 'node', 'app'), { claimedBase }), catalogue)).toMatchObject({
      layers: 1,
      by: 'annotation',
      base: 'debian:12',
    });
  });

  test('given annotations that name an unknown image, one whose layers it has not, or no digest, then they are rejected with the reason', () => {
    const rejectedFor = (claimedBase: Asked['claimedBase'], layers: readonly string[]): readonly string[] =>
      baseOf(asked(ids(...layers), { claimedBase }), catalogue).rejected;
    expect(rejectedFor({ digest: id('other') }, ['x'])).toEqual([expect.stringContaining('not among the known bases')]);
    expect(rejectedFor({ digest: id('image node:20') }, ['os', 'app'])[0]).toContain('not its first ones');
    expect(rejectedFor({ name: 'debian:\u001b[31m12' }, ['x'])).toEqual([
      expect.stringContaining('without the digest'),
    ]);
    expect(rejectedFor({ name: 'debian:\u001b[31m12' }, ['x']).join()).not.toContain('\u001b');
  });
});

test('given a manifest with base annotations, or labels instead, then the inventory carries them', async () => {
  const layer = layerOf({ a: 'x' });
  const facts = [await factsOf(layer)];
  const base = { 'org.opencontainers.image.base.name': 'debian:12', 'org.opencontainers.image.base.digest': id('d') };
  for (const built of [
    buildImage({ layers: [layer], annotations: base }),
    buildImage({ layers: [layer], config: { labels: base } }),
  ]) {
    const [image] = (await readImages(built.source)).images;
    expect(mergeLayers({ image: image!, facts }).claimedBase).toEqual({ name: 'debian:12', digest: id('d') });
  }
});
