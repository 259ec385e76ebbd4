import { describe, expect, test } from 'vitest';
import { baseOf, readInventory } from '#shared/inventory';
import {
  type BuiltImage,
  buildArtifact,
  buildImage,
  buildIndex,
  type Digest,
  type Image,
  type ImageSource,
  RegistryRefused,
  readImages,
} from '#shared/oci';
import { layerOf } from './images.ts';

const os = layerOf({ 'etc/os-release': 'ID=debian\nVERSION_ID=12\n' });
const app = layerOf({ 'app/run.sh': '#!/bin/sh\n' });
const base = buildImage({ layers: [os] });
const shop = buildImage({ layers: [os, app] });
const indexOfBase = `sha256:${'1'.repeat(64)}` as Digest;
const compiler = `sha256:${'2'.repeat(64)}` as Digest;
const catalogue = [{ name: 'node:20', digests: [base.descriptor.digest, indexOfBase], diffIds: [os.diffId] }];

const hex = (digest: Digest) => ({ sha256: digest.slice('sha256:'.length) });
const subject = (image: BuiltImage) => [
  { name: 'pkg:docker/shop@1?platform=linux%2Famd64', digest: hex(image.descriptor.digest) },
];

/** What BuildKit 0.11 to 0.24 attach (`--provenance=mode=min`). */
const slsa02 = (of: BuiltImage = shop) => ({
  _type: 'https://in-toto.io/Statement/v0.1',
  predicateType: 'https://slsa.dev/provenance/v0.2',
  subject: subject(of),
  predicate: {
    builder: { id: '' },
    buildType: 'https://mobyproject.org/buildkit@v1',
    materials: [
      { uri: 'pkg:docker/golang@1.22-bookworm?platform=linux%2Famd64', digest: hex(compiler) },
      { uri: 'pkg:docker/node@20?platform=linux%2Famd64', digest: hex(indexOfBase) },
      { uri: 'https://github.com/shop/shop.git#refs/heads/main', digest: { sha1: 'a'.repeat(40) } },
    ],
    invocation: {
      configSource: { entryPoint: 'Dockerfile' },
      parameters: {},
      environment: { platform: 'linux/amd64' },
    },
  },
});

/** SLSA 1.0, as newer BuildKits write it. */
const slsa1 = (of: BuiltImage = shop) => ({
  _type: 'https://in-toto.io/Statement/v1',
  predicateType: 'https://slsa.dev/provenance/v1',
  subject: subject(of),
  predicate: {
    buildDefinition: {
      buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
      resolvedDependencies: [
        { uri: `pkg:oci/node@sha256%3A${'1'.repeat(64)}?repository_url=docker.io%2Flibrary%2Fnode&tag=20` },
      ],
    },
    runDetails: { builder: { id: '' } },
  },
});

const statement = 'application/vnd.in-toto+json';
const attestation = (document: unknown, mediaType = statement, annotations?: Record<string, string>) => {
  const bytes = Buffer.isBuffer(document) ? document : Buffer.from(JSON.stringify(document));
  const built = buildArtifact({
    layers: [{ mediaType, bytes }],
    ...(annotations === undefined ? {} : { annotations }),
  });
  return built;
};
const listed = (image: BuiltImage, of: BuiltImage = shop) => ({
  image,
  platform: { os: 'unknown', architecture: 'unknown' },
  annotations: {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': of.descriptor.digest,
  },
});

async function read(source: ImageSource) {
  const { images, attestations } = await readImages(source);
  const image = images[0] as Image;
  const { inventory } = await readInventory({ image, source, attestations: attestations.get(image.digest) });
  return inventory;
}

const fromIndex = (...attached: BuiltImage[]) =>
  read(buildIndex([{ image: shop }, ...attached.map((each) => listed(each))]).source);

/** A registry that keeps lists of referrers. */
const withReferrers = (referrers: NonNullable<ImageSource['referrers']>, ...attached: BuiltImage[]): ImageSource => {
  const all = buildIndex([{ image: shop }, ...attached.map((image) => ({ image }))]);
  return { ...shop.source, manifest: all.source.manifest, blob: all.source.blob, referrers };
};

describe('provenance as evidence of a base', () => {
  test.each([
    ['SLSA 0.2', slsa02()],
    ['SLSA 1', slsa1()],
    [
      'SLSA 0.2 in an envelope',
      { payloadType: statement, payload: Buffer.from(JSON.stringify(slsa02())).toString('base64'), signatures: [] },
    ],
  ])(
    'given %s beside the image in its index, then the material that it begins with is its base',
    async (_, document) => {
      const inventory = await fromIndex(attestation(document));
      expect(inventory.provenance?.trouble).toBeUndefined();
      expect(baseOf(inventory, catalogue)).toEqual({
        layers: 1,
        by: 'provenance',
        base: 'node:20',
        why: expect.stringMatching(
          /^its provenance names (docker.io\/library\/)?node:20@sha256:1{64}, whose layer it begins with$/,
        ),
        rejected: [],
      });
    },
  );

  test('given a signed bundle that refers to the image in its registry, then it is read too', async () => {
    const type = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const payload = Buffer.from(JSON.stringify(slsa1())).toString('base64');
    const bundle = attestation({ mediaType: type, dsseEnvelope: { payloadType: statement, payload } }, type);
    const source = withReferrers(async (digest, asked) => {
      expect(digest).toBe(shop.descriptor.digest);
      return asked === type ? [bundle.descriptor] : [];
    }, bundle);
    expect(baseOf(await read(source), catalogue)).toMatchObject({ layers: 1, by: 'provenance' });
  });

  test('given a base that the catalogue does not know, or whose layers it does not have, then that is told and the rest decides', async () => {
    const inventory = await fromIndex(attestation(slsa02()));
    expect(baseOf(inventory, []).rejected).toEqual([
      'its provenance names 2 images, none of which is among the known bases',
    ]);
    const other = { name: 'golang:1.22', digests: [compiler], diffIds: [app.diffId] };
    const [known] = catalogue;
    expect(baseOf(inventory, [other, { ...known!, digests: [] }])).toMatchObject({
      by: 'catalogue',
      base: 'node:20',
      rejected: ['its provenance names 2 images, none of which has its first layers'],
    });
  });

  test('given annotations of a base that is known, then they go before provenance', async () => {
    const inventory = await fromIndex(attestation(slsa02()));
    const claimedBase = { digest: base.descriptor.digest, name: 'node:20' };
    expect(baseOf({ ...inventory, claimedBase }, catalogue)).toMatchObject({ by: 'annotation' });
  });

  test('given a statement of another image, an SBOM, or none at all, then there is no provenance', async () => {
    const other = buildImage({ layers: [app] });
    const sbom = { ...slsa02(), predicateType: 'https://spdx.dev/Document' };
    expect((await fromIndex(attestation(slsa02(other)))).provenance).toBeUndefined();
    expect((await fromIndex(attestation(sbom))).provenance).toBeUndefined();
    expect((await fromIndex()).provenance).toBeUndefined();
  });

  test.each([
    ['cut in the middle', attestation(Buffer.from(JSON.stringify(slsa02()).slice(0, 300)))],
    ['empty', attestation(Buffer.alloc(0))],
    ['an envelope of no JSON', attestation({ payload: 'AAAA' })],
  ])('given an attestation that is %s, then the image is read and the trouble is told', async (_, damaged) => {
    const inventory = await fromIndex(damaged);
    expect(inventory.distribution?.id).toBe('debian');
    expect(baseOf(inventory, []).rejected).toEqual([expect.stringMatching(/^its provenance cannot be read whole: /)]);
  });

  test.each([
    null,
    [],
    'text',
    { subject: 3 },
    { predicateType: 'https://slsa.dev/provenance/v1', subject: subject(shop), predicate: [{}] },
  ])('given %j for a statement, then nothing is said and nothing breaks', async (document) => {
    expect((await fromIndex(attestation(document))).provenance?.images ?? []).toEqual([]);
  });

  test('given a registry that refuses the list, or a referrer that is gone, then the image is read all the same', async () => {
    const refused = withReferrers(async () => {
      throw new RegistryRefused('registry.test', 403, 'no access to referrers', 'Allow it.');
    });
    expect((await read(refused)).provenance).toBeUndefined();
    const gone = attestation(slsa02());
    const source = withReferrers(async () => [gone.descriptor]);
    expect((await read(source)).provenance).toEqual({
      images: [],
      trouble: expect.stringContaining(gone.descriptor.digest),
    });
  });
});
