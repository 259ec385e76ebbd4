import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFacts, encodeFacts, FactsCorrupt, type LayerFacts, readLayer } from '#shared/inventory';
import {
  BadTar,
  type BuiltLayer,
  buildLayer,
  CorruptLayer,
  DigestMismatch,
  digestOf,
  packLayer,
  SizeMismatch,
  TruncatedLayer,
  tarBytes,
  UnsupportedCompression,
  verified,
} from '#shared/oci';
import { entriesOf, factsOf, layerOf, osRelease, stanza, type Tree } from './images.ts';

const tree: Tree = {
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status': stanza('bash', '5.2'),
  'var/lib/dpkg/info/bash.list': '/.\n/bin\n/bin/bash\n',
  'bin/bash': { content: Buffer.concat([Buffer.from('\x7fELF'), randomBytes(3_000_000)]), mode: 0o4755 },
  'usr/bin/run': { content: '#!/usr/bin/env node\n', mode: 0o755 },
  'usr/bin/data': { content: 'no program', mode: 0o755 },
  'bin/sh': { link: 'bash' },
};
const tar = tarBytes(entriesOf(tree));

/** a tar that compresses, to the same bytes each time */
const prose = tarBytes(
  entriesOf({ 'srv/prose': Array.from({ length: 40_000 }, (_, i) => `word${(i * 7919) % 1009}`).join(' ') }),
);

const layerFrom = (bytes: Buffer): BuiltLayer => ({ ...packLayer(bytes, { compression: 'none' }), bytes });

/** Everything of facts that the packing does not decide. */
const seen = ({ blob: _, size: __, paths, ...rest }: LayerFacts) => ({
  ...rest,
  hashes: [...paths.hashes()],
  marks: [...paths.marks()],
});

describe('reading a layer', () => {
  test('given gzip, members cut anywhere, zstd, several frames or a plain tar, then the facts are the same', async () => {
    const whole = seen(await factsOf(layerFrom(tar)));
    const half = Math.floor(tar.length / 2) + 7;
    const forms = [
      gzipSync(tar),
      Buffer.concat([gzipSync(tar.subarray(0, half)), gzipSync(tar.subarray(half))]),
      Buffer.concat([gzipSync(tar), Buffer.alloc(512)]),
      zstdCompressSync(tar),
      Buffer.concat([zstdCompressSync(tar.subarray(0, half)), zstdCompressSync(tar.subarray(half))]),
      Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]), zstdCompressSync(tar)]),
    ];
    for (const bytes of forms) expect(seen(await factsOf(layerFrom(bytes)))).toEqual(whole);
    expect(whole.executables).toMatchObject([
      { path: 'bin/bash', size: 3_000_004, mode: 0o4755 },
      { path: 'usr/bin/run', interpreter: '/usr/bin/env node' },
    ]);
  });

  test('given a blob in chunks of any size, then the facts are the same', async () => {
    const small = tarBytes(entriesOf({ ...tree, 'bin/bash': { content: '\x7fELF bash', mode: 0o755 } }));
    const packed = gzipSync(small);
    const { descriptor } = layerFrom(packed);
    const whole = await factsOf(layerFrom(packed));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), async (sizes) => {
        const pieces: Buffer[] = [];
        for (let at = 0, next = 0; at < packed.length; next += 1) {
          const size = sizes[next % sizes.length] ?? 1;
          pieces.push(packed.subarray(at, at + size));
          at += size;
        }
        const facts = await readLayer(verified(Readable.from(pieces), descriptor, 'a test'), descriptor);
        expect(seen(facts)).toEqual(seen(whole));
      }),
      { numRuns: 30 },
    );
  });

  test('given other bytes than promised, then nothing is believed: DigestMismatch, SizeMismatch', async () => {
    const layer = layerOf(tree);
    const other = Buffer.from(layer.bytes);
    other.writeUInt8((other[other.length - 1] ?? 0) ^ 1, other.length - 1);
    const read = (bytes: Buffer) =>
      readLayer(verified(Readable.from([bytes]), layer.descriptor, 'a test'), layer.descriptor);
    await expect(read(other)).rejects.toThrow(DigestMismatch);
    await expect(read(layer.bytes.subarray(0, -5))).rejects.toThrow(SizeMismatch);
    await expect(read(Buffer.concat([layer.bytes, Buffer.from('x')]))).rejects.toThrow(SizeMismatch);
  });

  test.each<[string, Buffer, new (...args: never[]) => Error]>([
    ['truncated gzip', gzipSync(tar).subarray(0, 900_000), TruncatedLayer],
    ['truncated zstd', zstdCompressSync(tar).subarray(0, 900_000), TruncatedLayer],
    ['zstd with a broken block', zstdCompressSync(tar).fill(0xff, 8, 60), CorruptLayer],
    ['gzip with a broken middle', gzipSync(prose).fill(0xa5, 1000, 1400), CorruptLayer],
    ['gzip that says another length', Buffer.concat([gzipSync(tar).subarray(0, -4), Buffer.alloc(4, 7)]), CorruptLayer],
    ['zstd with a window of 2 GiB', Buffer.from('28b52ffd04a80100000000000000', 'hex'), UnsupportedCompression],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2, 3]), UnsupportedCompression],
    ['a gzip of something else', gzipSync(randomBytes(5000)), BadTar],
    ['a tar that is cut', gzipSync(tar.subarray(0, 1_000_000)), BadTar],
  ])('given %s under its true digest, then the layer is refused by name', async (_, bytes, error) => {
    const layer = layerFrom(bytes);
    await expect(factsOf(layer)).rejects.toThrow(error);
    await expect(factsOf(layer)).rejects.toThrow(layer.descriptor.digest);
  });

  test('given an empty layer, then there is nothing in it', async () => {
    for (const bytes of [gzipSync(tarBytes([])), tarBytes([])])
      expect((await factsOf(layerFrom(bytes))).entries).toBe(0);
  });

  test('given device nodes and pipes under the names of evidence, then they are nothing', async () => {
    const facts = await factsOf(
      layerOf({
        'dev/sda': { kind: 'block-device' },
        'var/lib/dpkg/status': { kind: 'character-device' },
        'node_modules/x/package.json': { kind: 'fifo' },
        'node_modules/y/package.json': '{"name":"y","version":"1.0.0"}',
      }),
    );
    expect(facts.state).toBe('whole');
    expect(facts.evidence.map(({ path }) => path)).toEqual(['node_modules/y/package.json']);
    expect([facts.executables, facts.links, facts.hardLinks]).toEqual([[], [], []]);
  });

  test('given ../, absolute names and dots, then paths stay inside the image', async () => {
    const facts = await factsOf(
      layerOf({
        '../../etc/os-release': osRelease.debian12,
        '/abs/package.json': '',
        './a//b/../node_modules/x/package.json': '{"name":"x","version":"1"}',
      }),
    );
    expect(facts.evidence.map(({ path }) => path)).toEqual(['etc/os-release', 'a/node_modules/x/package.json']);
  });

  test('given a signal, then reading stops with its reason', async () => {
    const layer = layerOf(tree);
    const stop = new AbortController();
    const endless = new Readable({ read() {} });
    const reading = readLayer(endless, layer.descriptor, {}, { signal: stop.signal });
    endless.push(layer.bytes.subarray(0, 1000));
    stop.abort(new Error('out of time'));
    await expect(reading).rejects.toThrow('out of time');
    await expect(
      readLayer(Readable.from([layer.bytes]), layer.descriptor, {}, { signal: stop.signal }),
    ).rejects.toThrow('out of time');
  });

  test('given a source that fails in the middle, then its error is what is told', async () => {
    const layer = layerOf(tree);
    const broken = Readable.from(
      (function* () {
        yield layer.bytes.subarray(0, 5000);
        throw new Error('connection reset');
      })(),
    );
    await expect(readLayer(broken, layer.descriptor)).rejects.toThrow('connection reset');
  });
});

describe('limits of a layer', () => {
  const many = (count: number, text: (index: number) => string, content = ''): Tree =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [text(index), content]));

  test.each([
    ['maxUnpackedBytes', { maxUnpackedBytes: 20_000 }, many(40, (index) => `f${index}`, 'x'.repeat(600))],
    ['maxEntries', { maxEntries: 10 }, many(40, (index) => `f${index}`)],
    ['maxPathBytes', { maxPathBytes: 50 }, { ['long/'.repeat(20)]: {}, 'etc/os-release': osRelease.debian12 }],
    ['maxDepth', { maxDepth: 10 }, { ['d/'.repeat(20)]: {}, 'etc/os-release': osRelease.debian12 }],
    [
      'maxRetainedBytes',
      { maxRetainedBytes: 2_000 },
      many(40, (index) => `node_modules/p${index}/package.json`, '{"name":"a","version":"1.0.0"}'),
    ],
  ] satisfies [string, object, Tree][])(
    'given more than %s, then the facts are partial and name it, and the blob is verified all the same',
    async (limit, limits, contents) => {
      const layer = layerOf(contents);
      const facts = await factsOf(layer, limits);
      expect(facts.state).toBe('partial');
      expect(facts.reasons).toMatchObject([{ code: 'limit', text: expect.stringContaining(limit) }]);
      const bytes = Buffer.from(layer.bytes);
      bytes.writeUInt8((bytes[bytes.length - 1] ?? 0) ^ 1, bytes.length - 1);
      const tampered = { ...layer, bytes };
      await expect(factsOf(tampered, limits)).rejects.toThrow(DigestMismatch);
    },
  );

  test('given a gzip bomb, then it is cut by its ratio long before its end', async () => {
    const bomb = layerFrom(gzipSync(tarBytes([{ path: 'zeros', content: Buffer.alloc(300 * 2 ** 20) }]), { level: 9 }));
    const facts = await factsOf(bomb);
    expect(facts).toMatchObject({
      state: 'partial',
      reasons: [{ code: 'limit', text: expect.stringContaining('maxRatio') }],
    });
  });

  test('given evidence that is too large, then that file is the limit and the rest is read', async () => {
    const facts = await factsOf(
      layerOf({ 'var/lib/dpkg/status': stanza('bash', '5.2').repeat(200), 'etc/os-release': osRelease.debian12 }),
      { maxEvidenceBytes: 1_000 },
    );
    expect(facts.evidence).toMatchObject([
      { kind: 'trouble', code: 'limit', path: 'var/lib/dpkg/status' },
      { kind: 'release' },
    ]);
  });

  test('given a package database claimed as sparse, then it is loud', async () => {
    const records = (pairs: Record<string, string>): Buffer =>
      Buffer.concat(
        Object.entries(pairs).map(([key, value]) => {
          const body = ` ${key}=${value}\n`;
          let length = body.length + 1;
          while (String(length).length + body.length !== length) length = String(length).length + body.length;
          return Buffer.from(`${length}${body}`);
        }),
      );
    const sparse = records({
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': 'var/lib/dpkg/status',
      'GNU.sparse.realsize': '10737418240',
    });
    const plain = tarBytes([
      { path: 'pax', content: sparse },
      { path: 'var/lib/dpkg/GNUSparseFile.0/status', content: `1\n0\n512\n${'\0'.repeat(506)}${'x'.repeat(512)}` },
    ]);
    const bytes = Buffer.from(plain);
    bytes.write('x', 156);
    let sum = 0;
    bytes.fill(' ', 148, 156);
    for (const byte of bytes.subarray(0, 512)) sum += byte;
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const facts = await factsOf(layerFrom(bytes));
    expect(facts.evidence).toMatchObject([{ kind: 'trouble', path: 'var/lib/dpkg/status' }]);
  });
});

describe('facts as bytes', () => {
  test('given facts, then decoding gives them back, and encoding is stable', async () => {
    const layer = layerOf({
      ...tree,
      'x/package.json': null,
      hard: { hard: 'bin/bash' },
      'app/node_modules/e/package.json': '{',
    });
    const facts = await factsOf(layer);
    const bytes = await encodeFacts(facts);
    const again = await decodeFacts(bytes);
    expect({ ...seen(again), blob: again.blob }).toEqual({ ...seen(facts), blob: facts.blob });
    expect(await encodeFacts(await factsOf(layer))).toEqual(bytes);
    expect(again.paths.of('var/lib/dpkg/status')).toBe(facts.paths.of('var/lib/dpkg/status'));
    expect(again.paths.of('var/lib/dpkg')).not.toBe(0);
    expect(again.paths.of('var/lib/dpk')).toBe(0);
  });

  test('given damaged bytes, then FactsCorrupt and never something else', async () => {
    const bytes = await encodeFacts(
      await factsOf(layerOf({ 'etc/os-release': osRelease.debian12, 'var/lib/dpkg/info/a.list': '/a\n/b\n' })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(bytes.length),
        async (changes, cut) => {
          const damaged = Buffer.from(bytes.subarray(0, cut));
          for (const [at, value] of changes) if (at < damaged.length) damaged.writeUInt8(value, at);
          try {
            await decodeFacts(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(FactsCorrupt);
          }
        },
      ),
      { numRuns: 500 },
    );
    await expect(decodeFacts(zstdCompressSync(Buffer.alloc(64)))).rejects.toThrow(FactsCorrupt);
  });
});

test('given the same entries, then the digest is stable (so that facts can be shared)', () => {
  expect(digestOf(buildLayer(entriesOf({ a: 'x' })).bytes)).toBe(digestOf(buildLayer(entriesOf({ a: 'x' })).bytes));
});
