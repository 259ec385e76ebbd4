import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BuiltImage,
  buildArtifact,
  buildImage,
  buildIndex,
  buildLayer,
  type Descriptor,
  type Digest,
  DigestMismatch,
  digestOf,
  InvalidConfig,
  InvalidManifest,
  memorySource,
  NotAnImage,
  NotFound,
  OCI_CONFIG,
  OCI_INDEX,
  OciError,
  parseImageConfig,
  parseManifest,
  parsePlatform,
  RegistryUnavailable,
  readImages,
  SizeMismatch,
  TooLarge,
  Unauthorized,
  UnsupportedImage,
} from '#shared/oci';

const layer = buildLayer([{ path: 'etc/os-release', content: 'ID=debian\n' }], { createdBy: 'COPY os-release' });
const image = buildImage({ layers: [layer], config: { user: 'app', environment: ['A=1'], labels: { a: 'b' } } });
const arm = buildImage({ layers: [layer], config: { architecture: 'arm64', variant: 'v8' } });
const inToto = buildArtifact({
  config: { mediaType: OCI_CONFIG, bytes: Buffer.from('{"os":"unknown","architecture":"unknown"}') },
  layers: [{ mediaType: 'application/vnd.in-toto+json', bytes: Buffer.from('{}') }],
});
const unknown = { os: 'unknown', architecture: 'unknown' };
const attestation = {
  image: inToto,
  platform: unknown,
  annotations: {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image.descriptor.digest,
  },
};

describe('readImages', () => {
  test.each(['oci', 'docker'] as const)('one image, %s', async (form) => {
    const built = buildImage({ layers: [layer], form, config: { user: 'app' } });
    const { root, images, setAside } = await readImages(built.source);
    expect(root.digest).toBe(built.descriptor.digest);
    expect(setAside).toEqual([]);
    expect(images[0]).toMatchObject({
      digest: built.descriptor.digest,
      platform: { os: 'linux', architecture: 'amd64' },
      config: { user: 'app', diffIds: [layer.diffId], history: [{ createdBy: 'COPY os-release', emptyLayer: false }] },
    });
    expect(images[0]?.manifest.layers[0]?.digest).toBe(layer.descriptor.digest);
  });

  test.each(['oci', 'docker'] as const)('an index with an attestation, %s', async (form) => {
    const index = buildIndex([{ image }, attestation, { image: arm }], { form });
    const { images, setAside } = await readImages(index.source);
    expect(images.map((found) => found.digest)).toEqual([image.descriptor.digest, arm.descriptor.digest]);
    expect(setAside).toEqual([
      {
        digest: inToto.descriptor.digest,
        mediaType: inToto.descriptor.mediaType,
        reason: `attestation-manifest of ${image.descriptor.digest}`,
      },
    ]);
  });

  test('a mark alone does not hide a real image, and an attestation without a platform is known by its content', async () => {
    const { platform: _, ...marked } = attestation;
    const index = buildIndex([{ ...marked, image }, marked]);
    const { images, setAside } = await readImages(index.source);
    expect(images.map((found) => found.digest)).toEqual([image.descriptor.digest]);
    expect(setAside.map(({ reason }) => reason)).toEqual(['it is an in-toto attestation']);
  });

  test('one platform of an index; a platform that is not there names those that are', async () => {
    const index = buildIndex([{ image }, { image: arm }]);
    const { images, setAside } = await readImages(index.source, { platform: parsePlatform('linux/arm64') });
    expect(images.map((found) => found.digest)).toEqual([arm.descriptor.digest]);
    expect(setAside[0]?.reason).toMatch(/linux\/amd64/);
    const missing = readImages(index.source, { platform: parsePlatform('linux/s390x') });
    await expect(missing).rejects.toThrow(NotFound);
    await expect(missing).rejects.toThrow(/linux\/amd64, linux\/arm64\/v8/);
  });

  test('an index of attestations only, and an empty one', async () => {
    await expect(readImages(buildIndex([attestation]).source)).rejects.toThrow(NotAnImage);
    await expect(readImages(buildIndex([attestation]).source)).rejects.toThrow(/an index of attestations only/);
    await expect(readImages(buildIndex([]).source)).rejects.toThrow(/an empty index/);
  });

  test('nested indexes, each image once, and a limit on depth', async () => {
    const inner = buildIndex([{ image }, { image: arm }]);
    const nested = await readImages(buildIndex([{ image: inner }, { image }]).source);
    expect(new Set(nested.images.map((found) => found.digest)).size).toBe(nested.images.length);
    expect(nested.images.length).toBe(2);
    let deep: BuiltImage = image;
    for (let i = 0; i < 7; i++) deep = buildIndex([{ image: deep }]);
    await expect(readImages(deep.source)).rejects.toThrow(/nested more than 4 deep/);
  });

  test('Windows is refused by name, and set aside beside Linux', async () => {
    const windows = buildImage({ layers: [layer], config: { os: 'windows' } });
    await expect(readImages(windows.source)).rejects.toThrow(UnsupportedImage);
    await expect(readImages(windows.source)).rejects.toThrow(/Windows/);
    const { images, setAside } = await readImages(buildIndex([{ image: windows }, { image }]).source);
    expect(images.length).toBe(1);
    expect(setAside[0]?.reason).toMatch(/Windows/);
    const asked = readImages(buildIndex([{ image: windows }, { image }]).source, {
      platform: { os: 'windows', architecture: 'amd64' },
    });
    await expect(asked).rejects.toThrow(/Windows/);
  });

  test('a child that the source does not have is unreadable, unless it is all there is', async () => {
    const index = buildIndex([{ image }, { image: arm }]);
    const blobs = new Map(index.blobs);
    blobs.delete(arm.descriptor.digest);
    const { images, unreadable, setAside } = await readImages(memorySource(blobs, index.descriptor));
    expect(images.length).toBe(1);
    expect(setAside).toEqual([]);
    expect(unreadable).toMatchObject([
      {
        digest: arm.descriptor.digest,
        platform: { architecture: 'arm64' },
        absent: true,
        error: { code: 'not-found' },
      },
    ]);
    blobs.delete(image.descriptor.digest);
    await expect(readImages(memorySource(blobs, index.descriptor))).rejects.toThrow(NotFound);
  });

  test.each([
    [
      'a Helm chart',
      buildArtifact({ config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', bytes: Buffer.from('{}') } }),
    ],
    [
      'a cosign signature',
      buildArtifact({
        config: { mediaType: OCI_CONFIG, bytes: Buffer.from('{}') },
        layers: [{ mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', bytes: Buffer.from('{}') }],
      }),
    ],
    ['a sigstore bundle', buildArtifact({ artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' })],
    ['an SPDX SBOM', buildArtifact({ layers: [{ mediaType: 'application/spdx+json', bytes: Buffer.from('{}') }] })],
    ['an artifact of type application/vnd.example', buildArtifact({ artifactType: 'application/vnd.example' })],
    ['an in-toto attestation', inToto],
  ])('%s is no image', async (what, artifact) => {
    await expect(readImages(artifact.source)).rejects.toMatchObject({ code: 'not-an-image', what });
  });

  describe('damage is named', () => {
    const damaged = (digest: Digest, bytes: Buffer) =>
      memorySource(new Map([...image.blobs, [digest, bytes]]), image.descriptor);
    const manifest = image.blobs.get(image.descriptor.digest)!;
    const parsed = parseManifest(manifest);
    const config = parsed.kind === 'image' ? parsed.manifest.config : image.descriptor;
    const flipped = (bytes: Buffer) => {
      const copy = Buffer.from(bytes);
      copy[copy.length - 3]! ^= 1;
      return copy;
    };

    test('a manifest of other bytes or another length', async () => {
      await expect(readImages(damaged(image.descriptor.digest, flipped(manifest)))).rejects.toThrow(DigestMismatch);
      await expect(readImages(damaged(image.descriptor.digest, Buffer.from('{}')))).rejects.toThrow(SizeMismatch);
    });

    test('a config of other bytes', async () => {
      const bytes = image.blobs.get(config.digest)!;
      await expect(readImages(damaged(config.digest, flipped(bytes)))).rejects.toMatchObject({
        code: 'digest-mismatch',
        expected: config.digest,
      });
    });

    test('a layer of other bytes', async () => {
      const source = damaged(layer.descriptor.digest, flipped(layer.bytes));
      await expect((await source.blob(layer.descriptor)).toArray()).rejects.toThrow(DigestMismatch);
    });

    const armManifest = parseManifest(arm.blobs.get(arm.descriptor.digest)!);
    const armConfig = armManifest.kind === 'image' ? armManifest.manifest.config.digest : arm.descriptor.digest;
    test.each<readonly [string, Digest, Buffer | undefined, string]>([
      [
        'a manifest of other bytes',
        arm.descriptor.digest,
        flipped(arm.blobs.get(arm.descriptor.digest)!),
        'digest-mismatch',
      ],
      ['a manifest of another length', arm.descriptor.digest, Buffer.from('{}'), 'size-mismatch'],
      ['a config of other bytes', armConfig, flipped(arm.blobs.get(armConfig)!), 'digest-mismatch'],
      ['a config that is not there', armConfig, undefined, 'not-found'],
    ])('%s of one platform leaves the others of its index readable', async (_what, digest, bytes, code) => {
      const index = buildIndex([{ image: arm }, { image }]);
      const blobs = new Map(index.blobs);
      if (bytes === undefined) blobs.delete(digest);
      else blobs.set(digest, bytes);
      const source = memorySource(blobs, index.descriptor);
      const { images, unreadable } = await readImages(source);
      expect(images.map((found) => found.digest)).toEqual([image.descriptor.digest]);
      expect(unreadable).toMatchObject([{ digest: arm.descriptor.digest, absent: false, error: { code } }]);
      // who asks for just that platform is told what is wrong with it, not that there is none
      const asked = readImages(source, { platform: parsePlatform('linux/arm64') });
      await expect(asked).rejects.toMatchObject({ code });
    });

    test('a child whose bytes are no manifest is unreadable', async () => {
      const nonsense = buildArtifact({ artifactType: 'application/vnd.example' });
      const bytes = Buffer.from('{"layers":{}}');
      const descriptor = { ...nonsense.descriptor, digest: digestOf(bytes), size: bytes.length };
      const index = buildIndex([
        { image: { ...nonsense, descriptor, blobs: new Map([[descriptor.digest, bytes]]) } },
        { image },
      ]);
      const { images, unreadable } = await readImages(index.source);
      expect(images.length).toBe(1);
      expect(unreadable).toMatchObject([{ digest: descriptor.digest, error: { code: 'invalid-manifest' } }]);
    });

    test.each([
      ['is down', new RegistryUnavailable('registry.test', 'it does not answer', 'Try again.')],
      ['wants other credentials', new Unauthorized('registry.test', 'it wants a login', 'Log in.')],
    ])('a registry that %s is no damage of a child: nothing is decided', async (_what, error) => {
      const index = buildIndex([{ image: arm }, { image }]);
      const source = {
        ...index.source,
        manifest: async (child: Descriptor) => {
          if (child.digest === arm.descriptor.digest) throw error;
          return index.source.manifest(child);
        },
      };
      await expect(readImages(source)).rejects.toBe(error);
    });

    test('a config that is no JSON, or too large', async () => {
      const bytes = Buffer.from('not json');
      const bad = buildArtifact({
        config: { mediaType: OCI_CONFIG, bytes },
        layers: [{ mediaType: layer.descriptor.mediaType, bytes: layer.bytes }],
      });
      await expect(readImages(bad.source)).rejects.toThrow(InvalidConfig);
      const huge = buildArtifact({ config: { mediaType: OCI_CONFIG, bytes: Buffer.alloc(9 << 20, 0x20) } });
      await expect(readImages(huge.source)).rejects.toThrow(TooLarge);
    });
  });
});

describe('parseManifest', () => {
  const descriptor = { mediaType: 'x', digest: digestOf(Buffer.from('x')), size: 1 };
  const parse = (document: unknown, type?: string) => parseManifest(Buffer.from(JSON.stringify(document)), type);

  test('recognises by content when nothing is claimed', () => {
    expect(parse({ schemaVersion: 2, manifests: [descriptor] })).toMatchObject({
      kind: 'index',
      index: { mediaType: OCI_INDEX },
    });
    expect(parse({ schemaVersion: 2, config: descriptor, layers: [] }, 'application/json').kind).toBe('image');
    expect(
      parse({ config: { ...descriptor, mediaType: 'application/vnd.docker.container.image.v1+json' }, layers: [] }),
    ).toMatchObject({
      manifest: { mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
    });
  });

  test.each([
    ['both an image and an index', { manifests: [], layers: [descriptor], config: descriptor }, /at once/],
    ['keys in another case', { config: descriptor, layers: [], Layers: [descriptor] }, /Layers/],
    ['keys that fold to others', { config: descriptor, layers: [], 'layer\u017f': [descriptor] }, /different readers/],
    ['descriptor keys in another case', { config: descriptor, layers: [{ ...descriptor, Digest: 'x' }] }, /Digest/],
    ['no config', { schemaVersion: 2 }, /neither/],
    ['layers that are no list', { config: descriptor, layers: {} }, /no list/],
    ['a negative size', { config: { ...descriptor, size: -1 }, layers: [] }, /size/],
    ['an absurd size', { config: descriptor, layers: [{ ...descriptor, size: 1e300 }] }, /layers\[0\]/],
    ['an unknown digest', { config: { ...descriptor, digest: 'md5:00' }, layers: [] }, /digest/],
    ['a path as digest', { config: { ...descriptor, digest: '../../etc/passwd' }, layers: [] }, /digest/],
    ['a list', [], /JSON object/],
  ])('refuses %s', (_name, document, message) => {
    expect(() => parse(document)).toThrow(InvalidManifest);
    expect(() => parse(document)).toThrow(message);
  });

  test('refuses a type that contradicts the content', () => {
    expect(() => parse({ config: descriptor, layers: [] }, OCI_INDEX)).toThrow(/no index/);
  });

  test('schema 1 is refused by name', () => {
    expect(() => parse({ schemaVersion: 1, fsLayers: [] })).toThrow(/schema 1/);
    expect(() => parse({}, 'application/vnd.docker.distribution.manifest.v1+prettyjws; charset=utf-8')).toThrow(
      UnsupportedImage,
    );
  });

  test('a manifest of more than 4 MiB is refused', () => {
    expect(() => parse({ config: descriptor, layers: [], pad: 'x'.repeat(5 << 20) })).toThrow(TooLarge);
  });

  test('whatever comes in, what comes out is a manifest or a named error', () => {
    const json = fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text));
    const near = fc
      .record(
        {
          config: fc.oneof(fc.jsonValue(), fc.constant(descriptor)),
          layers: fc.jsonValue(),
          manifests: fc.jsonValue(),
          annotations: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((document) => Buffer.from(JSON.stringify(document)));
    const bytes = fc.uint8Array({ maxLength: 50 }).map((data) => Buffer.from(data));
    fc.assert(
      fc.property(fc.oneof(json, near, bytes), (input) => {
        try {
          expect(['image', 'index']).toContain(parseManifest(input).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(OciError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseImageConfig', () => {
  test('claims of the wrong type are read as absent', () => {
    const config = parseImageConfig(
      Buffer.from(
        JSON.stringify({
          os: 7,
          architecture: null,
          config: {
            User: [],
            Env: ['A=1', 2, 'DB_PASSWORD=hunter2', 'A=2'],
            Healthcheck: { Test: ['CMD-SHELL', 'curl -f http://localhost/'], Interval: 30 },
            Cmd: 'sh',
            Labels: { a: 1, b: 'c', ['__proto__']: 'd' },
            ExposedPorts: { '80/tcp': {} },
          },
          rootfs: { diff_ids: ['sha256:short'] },
          history: [null, { created_by: 'RUN x', empty_layer: 'yes' }],
        }),
      ),
    );
    expect(config).toMatchObject({
      os: '',
      architecture: '',
      environment: ['A', 'DB_PASSWORD'],
      healthCheck: ['CMD-SHELL', 'curl -f http://localhost/'],
      command: ['sh'],
      entrypoint: [],
      labels: { b: 'c' },
      exposedPorts: ['80/tcp'],
      diffIds: [],
      history: [{ emptyLayer: false }, { createdBy: 'RUN x', emptyLayer: false }],
    });
    expect(config.user).toBeUndefined();
  });

  test('any JSON object is a config', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('os', 'config', 'rootfs', 'history', 'x'), fc.jsonValue()),
        (document) => {
          expect(typeof parseImageConfig(Buffer.from(JSON.stringify(document))).os).toBe('string');
        },
      ),
    );
  });
});

test('a source that is read while its stream fails hands the failure on', async () => {
  const source = {
    ...image.source,
    blob: async () =>
      new Readable({
        read() {
          this.destroy(new Error('cut'));
        },
      }),
  };
  await expect(readImages(source)).rejects.toThrow('cut');
});
