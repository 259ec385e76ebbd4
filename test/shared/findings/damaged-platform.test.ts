import { beforeEach, describe, expect, it } from 'vitest';
import { makeScanImage } from '#functions/scan-image';
import { childrenOf, findingsOfImage, headsOf, listUnreadable, readImageHead, type Unreadable } from '#shared/findings';
import { extractorsVersion } from '#shared/inventory';
import {
  type BuiltImage,
  buildImage,
  buildIndex,
  buildLayer,
  type Digest,
  memorySource,
  parseManifest,
} from '#shared/oci';
import { readingProof } from '#shared/remedy';
import { checkout } from '../../../local/demo/images.ts';
import { batch, envelope, listening } from '../../functions/envelopes.ts';
import { listedRegistry, readsAll, sweepWhole } from '../sweep/listed-registry.ts';
import { heartbleed, world } from './world.ts';

const amd = checkout('1', 'vulnerable').image;
const arm = buildImage({
  layers: [buildLayer([{ path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="7"\n' }])],
  config: { architecture: 'arm64', variant: 'v8' },
});
const index = buildIndex([{ image: arm }, { image: amd }]);

const manifestOf = (image: BuiltImage) => {
  const parsed = parseManifest(image.blobs.get(image.descriptor.digest)!);
  if (parsed.kind !== 'image') throw new Error('it is no image');
  return parsed.manifest;
};
const layerOf = (image: BuiltImage): Digest => manifestOf(image).layers.at(-1)!.digest;

/** The index with one blob taken away, or with one of its bytes turned. */
function spoilt(digest: Digest, how: 'gone' | 'turned'): BuiltImage {
  const blobs = new Map(index.blobs);
  const bytes = Buffer.from(blobs.get(digest)!);
  bytes[bytes.length - 3]! ^= 1;
  if (how === 'gone') blobs.delete(digest);
  else blobs.set(digest, bytes);
  return { ...index, blobs, source: memorySource(blobs, index.descriptor) };
}

const damages: readonly (readonly [string, Digest, 'gone' | 'turned', string])[] = [
  ['a manifest of other bytes', arm.descriptor.digest, 'turned', arm.descriptor.digest],
  ['a config of other bytes', manifestOf(arm).config.digest, 'turned', manifestOf(arm).config.digest],
  ['no config', manifestOf(arm).config.digest, 'gone', manifestOf(arm).config.digest],
  ['a layer of other bytes', layerOf(arm), 'turned', layerOf(arm)],
  ['no layer', layerOf(arm), 'gone', layerOf(arm)],
];

let made: ReturnType<typeof world>;
let heard: ReturnType<typeof listening>;
let handle: ReturnType<typeof makeScanImage>;

beforeEach(() => {
  made = world({ records: [heartbleed] });
  heard = listening();
  handle = makeScanImage({ ...made.ports, ...heard, registryOf: () => 'registry.test', wantsAdvisories: () => false });
});

const wish = (digest: Digest, tag?: string) =>
  handle(
    batch(envelope('ImageWanted', { registry: 'registry.test', repository: 'app', digest, ...(tag ? { tag } : {}) })),
  );
const unreadable = async (): Promise<Unreadable[]> => {
  const found: Unreadable[] = [];
  for await (const each of listUnreadable(made.table)) found.push(each);
  return found;
};
const coverageOf = async (digest: Digest) => (await readImageHead(made.table, digest))?.coverage;

const wantedBySweep = async (): Promise<string[]> => {
  const wanted: string[] = [];
  await sweepWhole({
    ...made.ports,
    catalogue: listedRegistry([
      { registry: 'registry.test', repository: 'app', digest: index.descriptor.digest, tags: ['1'] },
    ]),
    policy: async () => readsAll,
    extractors: extractorsVersion,
    want: async ({ image }) => void wanted.push(image.digest),
  });
  return wanted;
};

describe('an index of which one platform is damaged', () => {
  it.each(damages)(
    '%s: the other platform is read and judged, this one says what is wrong',
    async (_, digest, how, about) => {
      made.push('app', '1', spoilt(digest, how));
      expect(await wish(index.descriptor.digest, '1')).toEqual({ batchItemFailures: [] });

      const heads = await headsOf(made.table, [index.descriptor.digest]);
      expect(heads.map((head) => [head.digest, head.platform, head.coverage.state]).sort()).toEqual(
        [
          [amd.descriptor.digest, 'linux/amd64', 'scanned'],
          [arm.descriptor.digest, 'linux/arm64/v8', 'unsupported'],
        ].sort(),
      );
      const [reason, ...more] = (await coverageOf(arm.descriptor.digest))?.reasons ?? [];
      expect(more).toEqual([]);
      expect(reason).toMatchObject({ code: 'unreadable-image', text: expect.stringContaining(about) });
      const sound = heads.find((head) => head.digest === amd.descriptor.digest)!;
      const { findings } = await findingsOfImage(made.ports, sound);
      expect(findings.map((finding) => finding.vulnerability)).toContain('CVE-2014-0160');
      expect(heard.emitted.map(({ type, detail }) => [type, detail.digest]).sort()).toEqual(
        [
          ['ImageScanned', amd.descriptor.digest],
          ['ImageScanned', arm.descriptor.digest],
        ].sort(),
      );
    },
  );

  it('proves nothing of what runs it: it may be just the damaged platform', async () => {
    made.push('app', '1', spoilt(layerOf(arm), 'turned'));
    await wish(index.descriptor.digest, '1');
    const answer = await readingProof(made.ports).inventoryHas(index.descriptor.digest, {
      key: { finding: 'DSA-0', shard: 'Debian:7', name: 'nothing' },
      vulnerability: 'CVE-0',
      aliases: [],
      package: 'nothing',
      severity: 'low',
    });
    expect(answer).toMatchObject({ answer: 'unknown', why: expect.stringContaining(arm.descriptor.digest) });
  });

  it('is asked for no more by the sweep, and is read when it is pushed again', async () => {
    made.push('app', '1', spoilt(layerOf(arm), 'turned'));
    await wish(index.descriptor.digest, '1');
    expect(await wantedBySweep()).toEqual([]);
    made.push('app', '1', index);
    made.push('app', 'arm', arm);
    await wish(arm.descriptor.digest);
    expect((await coverageOf(arm.descriptor.digest))?.reasons.map((reason) => reason.code)).not.toContain(
      'unreadable-image',
    );
  });

  it('takes nothing back that could be read before', async () => {
    made.push('app', '1', index);
    await wish(index.descriptor.digest, '1');
    const before = await readImageHead(made.table, arm.descriptor.digest);
    made.push('app', '1', spoilt(manifestOf(arm).config.digest, 'turned'));
    await wish(index.descriptor.digest, '1');
    expect(await readImageHead(made.table, arm.descriptor.digest)).toEqual(before);
  });

  it('is unreadable whole when every platform is damaged', async () => {
    const one = buildIndex([{ image: arm }]);
    const blobs = new Map(one.blobs);
    blobs.set(layerOf(arm), Buffer.from('other bytes'));
    made.push('app', '1', { ...one, blobs, source: memorySource(blobs, one.descriptor) });
    await wish(one.descriptor.digest, '1');
    expect(heard.types()).toEqual(['ImageUnreadable']);
    expect(await unreadable()).toMatchObject([{ digest: one.descriptor.digest }]);
    expect(await headsOf(made.table, [one.descriptor.digest])).toEqual([]);
  });
});

describe('an index that lists a platform which the registry does not have', () => {
  it('is worth what is there; what is missing is unreadable on its own until it comes', async () => {
    made.push('app', '1', spoilt(arm.descriptor.digest, 'gone'));
    await wish(index.descriptor.digest, '1');
    const heads = () => headsOf(made.table, [index.descriptor.digest]);
    expect((await heads()).map((head) => head.digest)).toEqual([amd.descriptor.digest]);
    expect(await unreadable()).toMatchObject([
      { registry: 'registry.test', repository: 'app', digest: arm.descriptor.digest, code: 'not-found' },
    ]);
    expect(heard.types()).toEqual(['ImageScanned', 'ImageUnreadable']);
    expect((await childrenOf(made.table, index.descriptor.digest)).sort()).toEqual(
      [amd.descriptor.digest, arm.descriptor.digest].sort(),
    );
    expect(await wantedBySweep()).toEqual([]);

    made.push('app', 'arm', arm);
    await wish(arm.descriptor.digest);
    expect(await unreadable()).toEqual([]);
    expect((await heads()).map((head) => head.digest).sort()).toEqual(
      [amd.descriptor.digest, arm.descriptor.digest].sort(),
    );
  });
});
