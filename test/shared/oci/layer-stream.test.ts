import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CorruptLayer,
  DigestMismatch,
  digestOf,
  OciError,
  SizeMismatch,
  TruncatedLayer,
  UnsupportedCompression,
  unpackedLayer,
  verified,
} from '#shared/oci';

function streamOf(bytes: Buffer, chunkSize = bytes.length || 1): Readable {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) chunks.push(bytes.subarray(at, at + chunkSize));
  return Readable.from(chunks, { objectMode: false });
}

async function unpack(bytes: Buffer, chunkSize?: number): Promise<Buffer> {
  const { stream } = await unpackedLayer(streamOf(bytes, chunkSize), 'the layer');
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const noise = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251));
const skippable = (size: number) => {
  const frame = Buffer.alloc(8 + size, 0xee);
  frame.writeUInt32LE(0x184d2a50, 0);
  frame.writeUInt32LE(size, 4);
  return frame;
};

describe('unpackedLayer', () => {
  test.each([
    ['gzip', gzipSync(noise)],
    ['zstd', zstdCompressSync(noise)],
    ['none', noise],
  ])('tells %s by its first bytes and counts both sides', async (compression, packed) => {
    const layer = await unpackedLayer(streamOf(packed, 100));
    const chunks = await layer.stream.toArray();
    expect(layer.compression).toBe(compression);
    expect(Buffer.concat(chunks).equals(noise)).toBe(true);
    expect(layer.counts).toEqual({ packed: packed.length, unpacked: noise.length });
  });

  test('an empty layer and one of a few bytes', async () => {
    expect((await unpack(Buffer.alloc(0))).length).toBe(0);
    expect(await unpack(Buffer.from('abc'), 1)).toEqual(Buffer.from('abc'));
  });

  test('many gzip members, cut anywhere', async () => {
    const parts = [noise, Buffer.alloc(0), Buffer.from('tail')];
    const packed = Buffer.concat(parts.map((part) => gzipSync(part)));
    for (const size of [1, 2, 7, gzipSync(noise).length, packed.length]) {
      expect((await unpack(packed, size)).equals(Buffer.concat(parts))).toBe(true);
    }
  });

  test('many zstd frames with skippable ones between them, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.nat(4000).map((size) => ({ data: Buffer.alloc(size, 7), skip: -1 })),
            fc.uint8Array({ maxLength: 3000 }).map((data) => ({ data: Buffer.from(data), skip: -1 })),
            fc.nat(40).map((skip) => ({ data: Buffer.alloc(0), skip })),
          ),
          { minLength: 1, maxLength: 6 },
        ),
        fc.integer({ min: 1, max: 2500 }),
        async (frames, chunkSize) => {
          const packed = frames.map(({ data, skip }) => (skip < 0 ? zstdCompressSync(data) : skippable(skip)));
          const got = await unpack(Buffer.concat(packed), chunkSize);
          expect(got.equals(Buffer.concat(frames.map(({ data }) => data)))).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a layer that ends in its middle', async () => {
    for (const packed of [gzipSync(noise), zstdCompressSync(noise)]) {
      await expect(unpack(packed.subarray(0, packed.length - 5))).rejects.toThrow(TruncatedLayer);
      await expect(unpack(Buffer.concat([packed, packed.subarray(0, 20)]))).rejects.toThrow(TruncatedLayer);
    }
  });

  test('a skippable zstd frame that is cut, after frames that are whole', async () => {
    const packed = Buffer.concat([zstdCompressSync(noise), skippable(100)]);
    for (const missing of [1, 50, 100, 101, 103]) {
      await expect(unpack(packed.subarray(0, packed.length - missing))).rejects.toThrow(TruncatedLayer);
    }
  });

  test('a layer whose data is broken', async () => {
    const gzip = gzipSync(noise);
    gzip[gzip.length - 7]! ^= 0xff; // its checksum
    await expect(unpack(gzip)).rejects.toThrow(CorruptLayer);
    const zstd = zstdCompressSync(noise);
    await expect(unpack(Buffer.concat([zstd, Buffer.from('garbage after the last frame')]))).rejects.toThrow(
      CorruptLayer,
    );
  });

  test('any damage ends in bytes or a named error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(gzipSync(noise), zstdCompressSync(noise)),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
        async (packed, changes) => {
          const damaged = Buffer.from(packed);
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          const error = await unpack(damaged, 64).then(
            () => undefined,
            (caught: unknown) => caught,
          );
          if (error !== undefined) expect(error).toBeInstanceOf(OciError);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('xz, bzip2 and lz4 are refused by name', async () => {
    const xz = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2, 3]);
    await expect(unpack(xz)).rejects.toThrow(UnsupportedCompression);
    await expect(unpack(xz)).rejects.toThrow(/compressed with xz/);
    await expect(unpack(Buffer.from('BZh91AY'))).rejects.toThrow(/bzip2/);
    await expect(unpack(Buffer.from([0x04, 0x22, 0x4d, 0x18, 0, 0]))).rejects.toThrow(/lz4/);
  });

  test("the source's own error comes through", async () => {
    const packed = gzipSync(noise);
    const other = digestOf(Buffer.from('other'));
    const stream = verified(streamOf(packed), { mediaType: '', digest: other, size: packed.length }, 'somewhere');
    const read = async () => (await unpackedLayer(stream)).stream.toArray();
    await expect(read()).rejects.toThrow(DigestMismatch);
  });

  test('padding after the gzip data is read to its end, because only there a wrong digest shows', async () => {
    for (const padding of [700, 3_000_000]) {
      const packed = Buffer.concat([gzipSync(noise), Buffer.alloc(padding)]);
      const descriptor = { mediaType: '', digest: digestOf(packed), size: packed.length };
      const read = async (given: typeof descriptor) => {
        const layer = await unpackedLayer(verified(streamOf(packed, 65_536), given, 'somewhere'));
        const bytes = Buffer.concat(await layer.stream.toArray());
        return { bytes, packed: layer.counts.packed };
      };
      expect(await read(descriptor)).toEqual({ bytes: noise, packed: packed.length });
      await expect(read({ ...descriptor, digest: digestOf(noise) })).rejects.toThrow(DigestMismatch);
    }
  });

  test('destroying the layer destroys what feeds it', async () => {
    const packed = streamOf(gzipSync(noise), 50);
    const { stream } = await unpackedLayer(packed);
    for await (const _ of stream) break;
    expect(packed.destroyed).toBe(true);
  });
});

describe('verified', () => {
  const descriptor = { mediaType: 'x', digest: digestOf(noise), size: noise.length };

  test('passes the promised bytes, sha256 and sha512', async () => {
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const stream = verified(streamOf(noise, 99), { ...descriptor, digest: digestOf(noise, algorithm) }, 'here');
      expect(Buffer.concat(await stream.toArray()).equals(noise)).toBe(true);
    }
  });

  test('never lets more than the promised bytes pass', async () => {
    let passed = 0;
    const read = async () => {
      for await (const chunk of verified(streamOf(noise, 100), { ...descriptor, size: 1050 }, 'here'))
        passed += chunk.length;
    };
    await expect(read()).rejects.toThrow(SizeMismatch);
    expect(passed).toBeLessThanOrEqual(1050);
  });

  test('says what was expected, what came, and where from', async () => {
    const short = verified(streamOf(noise.subarray(1)), descriptor, 'here').toArray();
    await expect(short).rejects.toMatchObject({ code: 'size-mismatch', source: 'here', expected: 3000, got: 2999 });
    const wrong = Buffer.from(noise);
    wrong[5]! ^= 1;
    await expect(verified(streamOf(wrong), descriptor, 'here').toArray()).rejects.toMatchObject({
      code: 'digest-mismatch',
      source: 'here',
      digest: descriptor.digest,
      expected: descriptor.digest,
      got: digestOf(wrong),
    });
  });

  test('an error of the stream becomes its own', async () => {
    const broken = new Readable({ read: () => broken.destroy(new Error('lost')) });
    await expect(verified(broken, descriptor, 'here').toArray()).rejects.toThrow('lost');
  });
});
