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
        expect(quick).toBe(documented);
      },
    ),
    { numRuns: 200 },
  );
});
