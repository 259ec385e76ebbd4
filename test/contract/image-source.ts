import { describe, expect, test } from 'vitest';
import {
  type BuiltImage,
  buildArtifact,
  buildImage,
  buildIndex,
  buildLayer,
  type Digest,
  DigestMismatch,
  digestOf,
  type ImageSource,
  NotFound,
  readImages,
  SizeMismatch,
  TarReader,
  unpackedLayer,
  unpackLayer,
} from '#shared/oci';

/** Puts what was built where an adapter finds it, and opens it. Blobs are stored as given, also when they do not fit their digest. */
export type OpenBuilt = (image: BuiltImage) => Promise<ImageSource>;

const layers = [
  buildLayer([{ path: 'etc/' }, { path: 'etc/os-release', content: 'ID=debian\n' }]),
  buildLayer([{ path: 'app/server.js', content: 'x'.repeat(600_000) }], { compression: 'zstd' }),
  buildLayer([{ path: 'app/plain', content: 'plain' }], { compression: 'none' }),
];
const image = buildImage({ layers, config: { user: '1000', labels: { a: 'b' } } });
const arm = buildImage({ layers: layers.slice(0, 1), config: { architecture: 'arm64' } });
const attestation = buildArtifact({
  layers: [{ mediaType: 'application/vnd.in-toto+json', bytes: Buffer.from('{}') }],
});
const index = buildIndex([
  { image },
  { image: arm },
  { image: attestation, platform: { os: 'unknown', architecture: 'unknown' } },
]);

/** The same image with other bytes under one digest. */
function with_(built: BuiltImage, digest: Digest, bytes: Buffer): BuiltImage {
  return { ...built, blobs: new Map([...built.blobs, [digest, bytes]]) };
}

async function using<T>(opening: Promise<ImageSource>, use: (source: ImageSource) => Promise<T>): Promise<T> {
  const source = await opening;
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

/** What every adapter of ImageSource must do. */
export function imageSourceContract(name: string, open: OpenBuilt): void {
  describe(`${name} as an image source`, () => {
    test('names its root, with the bytes that its digest promises, every time', async () => {
      await using(open(image), async (source) => {
        for (let i = 0; i < 2; i++) {
          const { descriptor, bytes } = await source.root();
          expect(descriptor).toMatchObject({ digest: image.descriptor.digest, mediaType: image.descriptor.mediaType });
          expect(digestOf(bytes)).toBe(image.descriptor.digest);
          expect(descriptor.size).toBe(bytes.length);
        }
        expect(source.description.length).toBeGreaterThan(3);
      });
    });

    test('resolves to images whose layers unpack to the same files, in any order and two at once', async () => {
      await using(open(index), async (source) => {
        const { root, images, setAside } = await readImages(source);
        expect(root.digest).toBe(index.descriptor.digest);
        expect(images.map(({ digest }) => digest)).toEqual([image.descriptor.digest, arm.descriptor.digest]);
        expect(setAside.map(({ digest }) => digest)).toEqual([attestation.descriptor.digest]);
        expect(images[0]?.config.user).toBe('1000');
        const read = async (i: number): Promise<string[]> => {
          const paths: string[] = [];
          const { stream } = await unpackedLayer(await source.blob(layers[i]!.descriptor));
          const reader = new TarReader({ entry: (entry) => void paths.push(`${entry.path} ${entry.size}`) });
          for await (const chunk of stream) reader.write(chunk as Buffer);
          reader.end();
          return paths;
        };
        const [third, second, again, first] = await Promise.all([read(2), read(1), read(1), read(0)]);
        expect(first).toEqual(['etc/ 0', 'etc/os-release 10']);
        expect([second, again]).toEqual([['app/server.js 600000'], ['app/server.js 600000']]);
        expect(third).toEqual(['app/plain 5']);
      });
    });

    test('does not have what it does not have', async () => {
      const nowhere = { ...image.descriptor, digest: `sha256:${'0'.repeat(64)}` as const };
      await using(open(image), async (source) => {
        await source.root();
        await expect(source.manifest(nowhere)).rejects.toThrow(NotFound);
        await expect(source.blob(nowhere)).rejects.toThrow(NotFound);
        if (source.found !== undefined) await expect(source.found(nowhere)).rejects.toThrow(NotFound);
      });
    });

    test('what it finds for a reader that checks is what it stores, whole', async () => {
      const { descriptor, bytes } = layers[1]!;
      const more = Buffer.concat([bytes, Buffer.from('more')]);
      for (const [stored, is] of [
        [bytes, 'sound'],
        [more, 'of another size'],
      ] as const) {
        await using(open(with_(image, descriptor.digest, stored)), async (source) => {
          await source.root();
          const blob = await (source.found?.(descriptor) ?? source.blob(descriptor));
          let unpacked = 0;
          const reading = unpackLayer(blob, {
            descriptor,
            source: source.description,
            take: (chunk) => {
              unpacked += chunk.length;
            },
          });
          if (is !== 'sound') await expect(reading).rejects.toThrow(SizeMismatch);
          else {
            await reading;
            expect(unpacked).toBeGreaterThan(600_000);
          }
        });
      }
    });

    test('a blob of other bytes ends in DigestMismatch, a longer or shorter one in SizeMismatch', async () => {
      const { descriptor, bytes } = layers[1]!;
      const flipped = Buffer.from(bytes);
      flipped[7]! ^= 1;
      const cases = [
        [flipped, DigestMismatch],
        [bytes.subarray(0, bytes.length - 9), SizeMismatch],
        [Buffer.concat([bytes, Buffer.from('more')]), SizeMismatch],
      ] as const;
      for (const [stored, error] of cases) {
        await using(open(with_(image, descriptor.digest, stored)), async (source) => {
          await source.root();
          const read = async () => (await source.blob(descriptor)).toArray();
          await expect(read()).rejects.toThrow(error);
        });
      }
    });

    test('a manifest of other bytes is refused, be it the root or a child', async () => {
      const text = image.blobs.get(image.descriptor.digest)!.toString();
      const bytes = Buffer.from(text.replace('"schemaVersion":2', '"schemaVersion":3'));
      await using(open(with_(index, image.descriptor.digest, bytes)), async (source) => {
        await source.root();
        await expect(source.manifest(image.descriptor)).rejects.toThrow(DigestMismatch);
      });
    });

    test('a signal that was given up reads nothing', async () => {
      await using(open(image), async (source) => {
        await source.root();
        const read = async () =>
          (await source.blob(layers[1]!.descriptor, { signal: AbortSignal.abort(new Error('enough')) })).toArray();
        await expect(read()).rejects.toThrow();
      });
    });

    test('a stream that is left early harms nothing', async () => {
      await using(open(image), async (source) => {
        await source.root();
        for await (const _ of await source.blob(layers[1]!.descriptor)) break;
        const whole = Buffer.concat(await (await source.blob(layers[1]!.descriptor)).toArray());
        expect(whole.equals(layers[1]!.bytes)).toBe(true);
      });
    });
  });
}
