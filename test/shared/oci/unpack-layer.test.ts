import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  CorruptLayer,
  type Descriptor,
  DigestMismatch,
  digestOf,
  endIdleThreads,
  type FoundBlob,
  SizeMismatch,
  TruncatedLayer,
  type UnpackOptions,
  UnsupportedCompression,
  unpackLayer,
} from '#shared/oci';

const folder = mkdtempSync(path.join(tmpdir(), 'drydock-unpack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const descriptorOf = (bytes: Buffer): Descriptor => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digestOf(bytes),
  size: bytes.length,
});

function streamOf(bytes: Buffer, chunkSize = 7_001): Readable {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) chunks.push(bytes.subarray(at, at + chunkSize));
  return Readable.from(chunks, { objectMode: false });
}

let files = 0;
/** In the middle of a file, as in an archive. */
function fileOf(bytes: Buffer): FoundBlob {
  files += 1;
  const file = path.join(folder, `${files}`);
  writeFileSync(file, Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]));
  return { file, offset: 6, bytes: bytes.length };
}

const places = [
  { where: 'here, from a stream', open: streamOf, threadFrom: Number.POSITIVE_INFINITY },
  { where: 'here, from a file', open: fileOf, threadFrom: Number.POSITIVE_INFINITY },
  { where: 'in a thread, from a stream', open: streamOf, threadFrom: 0 },
  { where: 'in a thread, from a file', open: fileOf, threadFrom: 0 },
];

async function unpack(blob: FoundBlob, options: Partial<UnpackOptions> & Pick<UnpackOptions, 'descriptor'>) {
  const chunks: Buffer[] = [];
  let packed = 0;
  await unpackLayer(blob, {
    source: 'a test',
    take: (chunk) => chunks.push(Buffer.from(chunk)),
    onBytes: (bytes) => {
      packed += bytes;
    },
    ...options,
  });
  return { bytes: Buffer.concat(chunks), packed };
}

const noise = Buffer.concat([randomBytes(1_500_000), Buffer.alloc(2_000_000, 'a'), randomBytes(700_000)]);

describe.each(places)('unpacking a layer $where', ({ open, threadFrom }) => {
  test.each([
    ['gzip', gzipSync(noise)],
    ['many gzip members', Buffer.concat([gzipSync(noise), gzipSync(''), gzipSync('tail')])],
    ['gzip with padding behind it', Buffer.concat([gzipSync(noise), Buffer.alloc(70_000)])],
    ['zstd', zstdCompressSync(noise)],
    ['many zstd frames', Buffer.concat([zstdCompressSync('x'), zstdCompressSync(noise), zstdCompressSync('tail')])],
    ['nothing packed', noise],
    ['a few bytes', Buffer.from('abc')],
    ['no bytes at all', Buffer.alloc(0)],
  ])('%s: every byte, in order, and every packed byte counted', async (form, packed) => {
    const got = await unpack(open(packed), { descriptor: descriptorOf(packed), threadFrom });
    const tail = form.startsWith('many') ? Buffer.from('tail') : Buffer.alloc(0);
    const head = form === 'many zstd frames' ? Buffer.from('x') : Buffer.alloc(0);
    const expected = packed.length < 10 ? packed : Buffer.concat([head, noise, tail]);
    expect(got.bytes.equals(expected)).toBe(true);
    expect(got.packed).toBe(packed.length);
  });

  test.each([
    ['cut', gzipSync(noise).subarray(0, 900_000), TruncatedLayer],
    ['cut', zstdCompressSync(noise).subarray(0, 900_000), TruncatedLayer],
    ['broken', Buffer.concat([gzipSync(noise), Buffer.from('no gzip')]), CorruptLayer],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 1, 2, 3]), UnsupportedCompression],
  ])('promised bytes that are %s are named', async (_, packed, error) => {
    await expect(unpack(open(packed), { descriptor: descriptorOf(packed), threadFrom })).rejects.toThrow(error);
  });

  test('other bytes than the promised ones are told before all else', async () => {
    const packed = gzipSync(noise);
    const broken = Buffer.from(packed);
    broken[500_000]! ^= 0xff;
    const taken = () => {
      throw new Error('what was seen in them counts for nothing');
    };
    for (const take of [() => {}, taken]) {
      const promised = { descriptor: descriptorOf(packed), threadFrom, take };
      await expect(unpack(open(broken), promised)).rejects.toThrow(DigestMismatch);
      await expect(unpack(open(packed.subarray(0, -1)), promised)).rejects.toThrow(SizeMismatch);
      await expect(unpack(open(Buffer.concat([packed, packed])), promised)).rejects.toThrow(SizeMismatch);
    }
  });

  test('what the taker throws ends the unpacking, after the packed bytes were checked', async () => {
    const packed = gzipSync(noise);
    let calls = 0;
    const take = (): void => {
      calls += 1;
      throw new RangeError('enough');
    };
    await expect(unpack(open(packed), { descriptor: descriptorOf(packed), threadFrom, take })).rejects.toThrow(
      'enough',
    );
    expect(calls).toBe(1);
  });

  test('memory that the taker keeps is left alone until it is let go', async () => {
    const packed = gzipSync(noise);
    const kept: Buffer[] = [];
    const take = (chunk: Buffer): number => kept.push(chunk);
    const keeps = (memory: ArrayBufferLike): boolean => kept.some(({ buffer }) => buffer === memory);
    const whole: Buffer[] = [];
    await unpack(open(packed), {
      descriptor: descriptorOf(packed),
      threadFrom,
      keeps,
      take: (chunk) => {
        take(chunk);
        // let go in the order of coming, three chunks late
        if (kept.length > 3) whole.push(Buffer.from(kept.shift() ?? ''));
      },
    });
    expect(Buffer.concat([...whole, ...kept]).equals(noise)).toBe(true);
  });

  test('an abort ends it with its reason, and the next layer is none the worse', async () => {
    const packed = gzipSync(noise);
    const stop = new AbortController();
    const take = (): void => stop.abort(new Error('the person left'));
    const aborted = unpack(open(packed), { descriptor: descriptorOf(packed), threadFrom, take, signal: stop.signal });
    await expect(aborted).rejects.toThrow('the person left');
    await expect(
      unpack(open(packed), { descriptor: descriptorOf(packed), threadFrom, signal: stop.signal }),
    ).rejects.toThrow('the person left');
    const { bytes } = await unpack(open(packed), { descriptor: descriptorOf(packed), threadFrom });
    expect(bytes.equals(noise)).toBe(true);
  });
});

describe.each(places.filter(({ open }) => open === streamOf))('a stream that fails, $where', ({ threadFrom }) => {
  const packed = gzipSync(noise);
  const descriptor = descriptorOf(packed);

  test('its own error is told', async () => {
    const stream = Readable.from(
      (async function* () {
        yield packed.subarray(0, 500_000);
        throw new Error('the line is cut');
      })(),
      { objectMode: false },
    );
    await expect(unpack(stream, { descriptor, threadFrom })).rejects.toThrow('the line is cut');
  });

  test('one that never ends is left when it is longer than promised', async () => {
    let given = 0;
    const endless = Readable.from(
      (async function* () {
        yield packed;
        for (;;) {
          given += 1;
          await new Promise(setImmediate);
          yield Buffer.alloc(100_000);
        }
      })(),
      { objectMode: false },
    );
    await expect(unpack(endless, { descriptor, threadFrom })).rejects.toThrow(SizeMismatch);
    expect(endless.destroyed).toBe(true);
    // some are on their way before the first ones are looked at
    expect(given).toBeLessThan(50);
  });

  test('one that is destroyed without a word is no end', async () => {
    const stream = new Readable({ read() {} });
    stream.push(packed.subarray(0, 500_000));
    setImmediate(() => stream.destroy());
    await expect(unpack(stream, { descriptor, threadFrom })).rejects.toThrow(TruncatedLayer);
  });
});

test.each([
  ['here', Number.POSITIVE_INFINITY],
  ['in a thread', 0],
])('chunks go back to a stream that frees them, each once it was looked at %s', async (_, threadFrom) => {
  const packed = gzipSync(noise);
  const given: Buffer[] = [];
  const back: Buffer[] = [];
  const freeing = Object.assign(streamOf(packed, 100_003), {
    release(chunk: Buffer) {
      back.push(Buffer.from(chunk));
      chunk.fill(0);
    },
  });
  freeing.on('data', (chunk: Buffer) => given.push(Buffer.from(chunk)));
  const { bytes } = await unpack(freeing, { descriptor: descriptorOf(packed), threadFrom });
  expect(bytes.equals(noise)).toBe(true);
  expect(back).toEqual(given);
});

test.each([
  ['here', Number.POSITIVE_INFINITY],
  ['in a thread', 0],
])('a file that is gone, or is none, is named %s', async (_, threadFrom) => {
  const descriptor = descriptorOf(noise);
  const gone = { file: path.join(folder, 'gone'), offset: 0, bytes: noise.length };
  await expect(unpack(gone, { descriptor, threadFrom })).rejects.toMatchObject({
    code: 'ENOENT',
    syscall: 'open',
    path: gone.file,
  });
  await expect(unpack({ ...gone, file: folder }, { descriptor, threadFrom })).rejects.toThrow(/no regular file/);
});

test('a thread that ended while it waited is not asked again', async () => {
  const packed = gzipSync(noise);
  const threads: Worker[] = [];
  const see = (worker: Worker): number => threads.push(worker);
  process.on('worker', see);
  // more at once than threads may wait, so that some are new and seen
  const layers = Array.from({ length: 4 }, () =>
    unpack(streamOf(packed), { descriptor: descriptorOf(packed), threadFrom: 0 }),
  );
  await Promise.all(layers);
  process.off('worker', see);
  expect(threads.length).toBeGreaterThan(0);
  await Promise.all(threads.map((thread) => thread.terminate()));
  for (let n = 0; n < 3; n += 1) {
    const { bytes } = await unpack(streamOf(packed), { descriptor: descriptorOf(packed), threadFrom: 0 });
    expect(bytes.equals(noise)).toBe(true);
  }
});

test('threads that wait end when they are told to, and the next layer gets another', async () => {
  const packed = gzipSync(noise);
  const threads: Worker[] = [];
  const see = (worker: Worker): number => threads.push(worker);
  const unpackOne = () => unpack(streamOf(packed), { descriptor: descriptorOf(packed), threadFrom: 0 });
  process.on('worker', see);
  try {
    endIdleThreads();
    await unpackOne();
    const [first] = threads;
    const ended = new Promise((resolve) => first?.once('exit', resolve));
    endIdleThreads();
    expect((await unpackOne()).bytes.equals(noise)).toBe(true);
    expect(threads).toHaveLength(2);
    await ended;
  } finally {
    process.off('worker', see);
  }
});

test('with as many others before it as there are cores, a layer is unpacked here, and everything else has its turn meanwhile', async () => {
  const packed = gzipSync(noise);
  const threads: Worker[] = [];
  const see = (worker: Worker): number => threads.push(worker);
  endIdleThreads();
  process.on('worker', see);
  let turns = 0;
  let counting = setImmediate(function count() {
    turns += 1;
    counting = setImmediate(count);
  });
  const turnOf: number[] = [];
  let bytes = 0;
  try {
    await unpack(fileOf(packed), {
      descriptor: descriptorOf(packed),
      threadFrom: 0,
      besides: availableParallelism(),
      take: (chunk) => {
        bytes += chunk.length;
        turnOf.push(turns);
      },
    });
  } finally {
    clearImmediate(counting);
    process.off('worker', see);
  }
  expect(threads).toEqual([]);
  expect(bytes).toBe(noise.length);
  // in several turns, not in one
  expect(turnOf.at(-1)).toBeGreaterThan((turnOf[0] ?? 0) + 1);
});

test('many layers at once and one after the other, whatever becomes of each', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ size: fc.nat(400_000), damage: fc.boolean(), zstd: fc.boolean() }), {
        minLength: 1,
        maxLength: 5,
      }),
      async (layers) => {
        await Promise.all(
          layers.map(async ({ size, damage, zstd }) => {
            const content = randomBytes(size);
            const packed = zstd ? zstdCompressSync(content) : gzipSync(content);
            const served = Buffer.from(packed);
            if (damage) served[served.length >> 1]! ^= 0x55;
            const unpacked = unpack(streamOf(served), { descriptor: descriptorOf(packed), threadFrom: 0 });
            if (damage) await expect(unpacked).rejects.toThrow(DigestMismatch);
            else expect((await unpacked).bytes.equals(content)).toBe(true);
          }),
        );
      },
    ),
    { numRuns: 12 },
  );
});
