import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkWriter } from '../../../shared/oci/unpacking/chunk-writer.ts';
import {
  documentedInflater,
  InflateError,
  type Inflater,
  inflaterFor,
} from '../../../shared/oci/unpacking/inflater.ts';

type Kind = 'gzip' | 'zstd';

/** Everything that comes out, through output memory of `room` bytes. */
async function inflated(inflater: Inflater, pieces: readonly Uint8Array[], room = 1000): Promise<Buffer> {
  const out: Buffer[] = [];
  const writer = new ChunkWriter(new Uint8Array(room), (memory, bytes) => {
    out.push(Buffer.from(memory.slice(0, bytes)));
    return memory;
  });
  try {
    for (const piece of pieces) await inflater.push(piece, writer);
    await inflater.end(writer);
    writer.flush();
  } finally {
    inflater.close();
  }
  return Buffer.concat(out);
}

function cut(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

const pack = (kind: Kind, bytes: Uint8Array): Buffer => (kind === 'gzip' ? gzipSync(bytes) : zstdCompressSync(bytes));
/** zstd's codes hang on how much memory it is given. */
const problemOf = (error: unknown): string => {
  if (!(error instanceof InflateError)) return String(error);
  return error.code === 'Z_BUF_ERROR' ? 'cut' : 'broken';
};

// what Node documents is the reference for what it does not
describe.each<[string, (kind: Kind) => Inflater]>([
  ['into memory', inflaterFor],
  ['by streams', documentedInflater],
])('inflating %s', (_, make) => {
  test.each<Kind>(['gzip', 'zstd'])('gives %s back, cut anywhere, through memory of any size', async (kind) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 4000 }),
        async (content, size, room) => {
          const got = await inflated(make(kind), cut(pack(kind, content), size), room);
          expect(got.equals(Buffer.from(content))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('goes on with the next gzip member, wherever the piece ends', async () => {
    const members = Buffer.concat([gzipSync('one '), gzipSync(''), gzipSync('two')]);
    for (const size of [1, 3, gzipSync('one ').length, members.length])
      expect((await inflated(make('gzip'), cut(members, size))).toString()).toBe('one two');
  });

  test.each<Kind>(['gzip', 'zstd'])('says that %s is cut', async (kind) => {
    const packed = pack(kind, Buffer.from('a text that is long enough to be cut somewhere'));
    for (const length of [packed.length - 1, packed.length - 9, 7])
      await expect(inflated(make(kind), [packed.subarray(0, length)])).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
  });
});

describe('what stands around the data of a gzip member', () => {
  const content = Buffer.from('what the member holds');
  const plain = gzipSync(content);
  const withFlags = (flags: number, ...parts: readonly Buffer[]): Buffer => {
    const header = Buffer.from(plain.subarray(0, 10));
    header[3] = flags;
    return Buffer.concat([header, ...parts, plain.subarray(10)]);
  };
  const everything = withFlags(
    0b11110,
    Buffer.from([5, 0, 1, 2, 3, 4, 5]),
    Buffer.from('layer.tar\0a comment\0'),
    Buffer.from([0xaa, 0xbb]),
  );

  test('a header with all that it may hold is passed over, cut anywhere', async () => {
    for (let size = 1; size < 60; size += 1)
      expect(await inflated(inflaterFor('gzip'), cut(Buffer.concat([everything, plain]), size))).toEqual(
        Buffer.concat([content, content]),
      );
    expect(await inflated(inflaterFor('gzip'), [withFlags(4, Buffer.from([0, 0]))])).toEqual(content);
  });

  test('padding behind the last member is passed over', async () => {
    const padded = Buffer.concat([plain, Buffer.alloc(3), Buffer.from('anything')]);
    for (const size of [1, plain.length, padded.length])
      expect(await inflated(inflaterFor('gzip'), cut(padded, size))).toEqual(content);
  });

  test.each([
    ['unknown flags', withFlags(0x20), 'Z_DATA_ERROR'],
    ['another method', Buffer.concat([plain.subarray(0, 2), Buffer.from([7]), plain.subarray(3)]), 'Z_DATA_ERROR'],
    ['something else behind a member', Buffer.concat([plain, Buffer.from('PK')]), 'Z_DATA_ERROR'],
    ['another length', Buffer.concat([plain.subarray(0, -4), Buffer.from([9, 9, 0, 0])]), 'Z_DATA_ERROR'],
    ['an end in the next header', Buffer.concat([plain, plain.subarray(0, 6)]), 'Z_BUF_ERROR'],
    ['an end in the header', everything.subarray(0, 15), 'Z_BUF_ERROR'],
    ['no byte at all', Buffer.alloc(0), 'Z_BUF_ERROR'],
  ])('%s is named', async (_, packed, code) => {
    for (const size of [1, 7, 1000])
      await expect(inflated(inflaterFor('gzip'), cut(packed, size))).rejects.toMatchObject({ code });
  });
});

test('both say the same of any damage', async () => {
  const content = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Kind>('gzip', 'zstd'),
      fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 3 }),
      fc.integer({ min: 200, max: 5000 }),
      async (kind, changes, size) => {
        const packed = pack(kind, content);
        for (const [at, value] of changes) packed[at % packed.length] = value;
        const [quick, documented] = await Promise.all(
          [inflaterFor(kind), documentedInflater(kind)].map((inflater) =>
            inflated(inflater, cut(packed, size)).then((bytes) => bytes.toString('hex'), problemOf),
          ),
        );
        // only Node's own sums up what comes out of gzip; the blob's digest holds the same bytes
        const isOtherContent = kind === 'gzip' && documented === 'broken' && /^[0-9a-f]*$/.test(quick ?? '');
        if (!isOtherContent) expect(quick).toBe(documented);
      },
    ),
    { numRuns: 200 },
  );
});
