import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as oci from '#shared/oci';
import { withoutValues } from '../../../shared/oci/build-step.ts';
import { nextLink } from '../../../shared/oci/links.ts';
import { damage } from '../inventory/damage.ts';
import { layoutFiles, temporaryFolder, writeFiles } from './stored.ts';

const {
  buildArtifact,
  buildImage,
  buildLayer,
  InvalidReference,
  OciError,
  openArchive,
  openLayout,
  readImages,
  tarBytes,
} = oci;

const folder = temporaryFolder();
const layer = buildLayer([{ path: 'etc/os-release', content: 'ID=alpine\n' }], { compression: 'none' });
const image = buildImage({ layers: [layer], config: { user: 'app' } });
const [read] = (await readImages(image.source)).images;
const configDigest = read?.manifest.config.digest ?? 'sha256:';

const dockerArchive = tarBytes([
  { path: 'aaa/layer.tar', content: layer.bytes },
  { path: 'bbb/layer.tar', linkTarget: '../aaa/layer.tar' },
  { path: `${configDigest.slice(7)}.json`, content: image.blobs.get(configDigest) ?? '' },
  {
    path: 'manifest.json',
    content: JSON.stringify([
      { Config: `${configDigest.slice(7)}.json`, RepoTags: ['app:1'], Layers: ['aaa/layer.tar', 'bbb/layer.tar'] },
    ]),
  },
]);
const ociArchive = tarBytes(layoutFiles([{ image, name: 'app' }]));

/** Reads a source to its last layer; what comes out besides is one of the room's own errors. */
async function readWhole(source: oci.ImageSource): Promise<'read' | 'refused'> {
  try {
    for (const { manifest } of (await readImages(source)).images)
      for (const descriptor of manifest.layers) await (await source.blob(descriptor)).toArray();
    return 'read';
  } catch (error) {
    expect(error).toBeInstanceOf(OciError);
    expect((error as Error).message).toContain(path.basename(folder));
    return 'refused';
  } finally {
    await source.close();
  }
}

describe('damaged images in files', () => {
  test.each([
    ['of docker save', dockerArchive],
    ['of docker save, gzip', gzipSync(dockerArchive)],
    ['of docker save, zstd', zstdCompressSync(dockerArchive)],
    ['with an OCI layout', ociArchive],
  ])('given an archive %s with any damage, then it is read or refused by a text that names it', async (_, whole) => {
    const file = path.join(folder, 'image.tar');
    writeFileSync(file, whole);
    expect(await readWhole(openArchive(file))).toBe('read');
    await fc.assert(
      fc.asyncProperty(damage(whole), async (bytes) => {
        writeFileSync(file, bytes);
        await readWhole(openArchive(file));
      }),
      { numRuns: 100 },
    );
  });

  test('given an OCI layout with any damage to one of its files, then it is read or refused by a text that names it', async () => {
    const home = path.join(folder, 'layout');
    const files = layoutFiles([{ image }]);
    writeFiles(home, files);
    expect(await readWhole(openLayout(home))).toBe('read');
    const one = fc.constantFrom(...files.map(({ path: name }) => path.join(home, name)));
    await fc.assert(
      fc.asyncProperty(
        one.chain((file) => fc.tuple(fc.constant(file), damage(readFileSync(file)))),
        async ([file, bytes]) => {
          const whole = readFileSync(file);
          writeFileSync(file, bytes);
          await readWhole(openLayout(home));
          writeFileSync(file, whole);
        },
      ),
      { numRuns: 150 },
    );
  });
});

test('given what lies under the tag of attestations with any damage, then there are envelopes, none, or a named error', async () => {
  const envelope = buildArtifact({
    artifactType: oci.dsseMediaType,
    layers: [{ mediaType: oci.dsseMediaType, bytes: Buffer.from('{"payload":"e30="}') }],
  });
  const found = await envelope.source.root();
  await fc.assert(
    fc.asyncProperty(damage(found.bytes), async (bytes) => {
      const source = { ...envelope.source, tagged: async () => ({ ...found, bytes }) };
      const wanted = { predicate: 'https://spdx.dev', most: 5, mostBytes: 1_000 };
      try {
        const envelopes = await oci.readTaggedAttestations({ digest: image.descriptor.digest }, source, wanted);
        expect(envelopes.length).toBeLessThanOrEqual(5);
      } catch (error) {
        expect(error).toBeInstanceOf(OciError);
      }
    }),
    { numRuns: 200 },
  );
});

describe('small texts of others', () => {
  test('given any header of links, then there is a next page or none', () => {
    const near = fc
      .array(fc.constantFrom('<', '>', ';', ' rel', '=', '"', 'next', ',', '/v2/', '\\', ' '), { maxLength: 400 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (header) => {
        expect(['string', 'undefined']).toContain(typeof nextLink(header));
      }),
      { numRuns: 500 },
    );
  });

  test('given any step of a history, then values of variables and arguments are left out', () => {
    const value = fc.stringMatching(/^[\w .=|/-]{1,40}$/).map((text) => `secret${text}`);
    fc.assert(
      fc.property(fc.constantFrom('ENV TOKEN=', 'ARG T=', '/bin/sh -c #(nop)  ENV A_B='), value, (step, text) => {
        expect(withoutValues(`${step}${text}`)).not.toContain('secret');
      }),
    );
    fc.assert(fc.property(fc.string(), (step) => void withoutValues(step)));
  });

  test('given any text for a platform, then it is one that can be written again, or refused by name', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9/_.]{0,20}$/)), (text) => {
        try {
          const platform = oci.parsePlatform(text);
          expect(oci.parsePlatform(oci.formatPlatform(platform))).toEqual(platform);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidReference);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Where each reader of foreign bytes is tried with what fast-check makes. */
const triedIn: Readonly<Record<string, string>> = {
  TarReader: 'tar-reader',
  ZstdFrames: 'layer-stream',
  unpackedLayer: 'layer-stream',
  compressionOf: 'layer-stream',
  openArchive: 'damaged-sources',
  openLayout: 'damaged-sources',
  parsePlatform: 'damaged-sources',
  parseImageConfig: 'read-images',
  parseManifest: 'read-images',
  parseReference: 'reference',
  readImages: 'damaged-sources',
  readTaggedAttestations: 'damaged-sources',
};
/** Those that only choose among the others or ask a registry, whose answers are the others' affair (registry.test.ts has the hostile ones). */
const choosers = ['openRegistry', 'openSource', 'readAttachments', 'readBlob'];

test('given all readers that this room offers, then each is tried with damaged input', () => {
  const readers = Object.keys(oci).filter((name) =>
    /^(?:parse|read|open|unpacked|compressionOf)|(?:Reader|Frames)$/.test(name),
  );
  expect(readers.sort()).toEqual([...Object.keys(triedIn), ...choosers].sort());
  for (const [name, file] of Object.entries(triedIn)) {
    const text = readFileSync(new URL(`./${file}.test.ts`, import.meta.url), 'utf8');
    expect(text, `${name} in ${file}.test.ts`).toContain('fc.assert');
  }
});
