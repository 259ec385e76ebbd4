import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadTar, type TarInput, TarLimit, TarReader, tarBytes, tarWriter } from '#shared/oci';
import { END, padded, paxRecord, rawHeader, readTar, readTarFully } from './tar-reading.ts';

describe('what tarWriter writes, TarReader reads back', () => {
  const name = fc
    .array(
      fc.oneof(fc.stringMatching(/^[a-zA-Z0-9._-]{1,40}$/), fc.constantFrom('ünïcode', '日本', '..', 'a'.repeat(120))),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    .map((parts) => parts.join('/'));
  const entry: fc.Arbitrary<TarInput> = fc.oneof(
    fc.record({
      path: name,
      kind: fc.constant('file' as const),
      content: fc.uint8Array({ maxLength: 1500 }),
      mode: fc.integer({ min: 0, max: 0o7777 }),
      uid: fc.constantFrom(0, 1000, 0o7777777, 0o7777777 + 1, 4_294_967_295),
      gid: fc.constantFrom(0, 65534, 3_000_000_000),
      mtime: fc.constantFrom(0, 1_700_000_000, -1, 8_589_934_592 * 2),
    }),
    fc.record({ path: name, kind: fc.constantFrom('symlink' as const, 'hardlink' as const), linkTarget: name }),
    fc.record({ path: name.map((text) => `${text}/`), kind: fc.constant('directory' as const) }),
    fc.record({
      path: name,
      kind: fc.constant('file' as const),
      content: fc.constant('x'),
      xattrs: fc.dictionary(
        fc.constantFrom('security.capability', 'user.a'),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
      ),
    }),
  );

  test('for any tree and any cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), fc.integer({ min: 1, max: 3000 }), (entries, chunkSize) => {
        const read = readTar(tarBytes(entries), chunkSize);
        expect(read.length).toBe(entries.length);
        read.forEach((got, i) => {
          const given = entries[i]!;
          expect(got.path).toBe(given.path);
          expect(got.kind).toBe(given.kind);
          expect(got.linkTarget).toBe(given.linkTarget ?? '');
          if (given.mode !== undefined) expect(got.mode).toBe(given.mode);
          expect([got.uid, got.gid, got.mtime]).toEqual([given.uid ?? 0, given.gid ?? 0, given.mtime ?? 0]);
          if (got.kind === 'file') expect(got.content).toEqual(Buffer.from(given.content ?? ''));
          else expect(got.content).toBeUndefined();
          const attributes = Object.entries(given.xattrs ?? {});
          expect(got.xattrs?.size ?? 0).toBe(attributes.length);
          for (const [key, value] of attributes) expect(got.xattrs?.get(key)).toEqual(Buffer.from(value));
        });
      }),
      { numRuns: 200 },
    );
  });

  test('dataOffset is where the content lies', () => {
    const archive = tarBytes([
      { path: 'a', content: 'first' },
      { path: 'b'.repeat(150), content: 'second' },
    ]);
    for (const got of readTar(archive, 700)) {
      expect(archive.subarray(got.dataOffset, got.dataOffset + got.size)).toEqual(got.content);
    }
  });

  test('the same entries make the same bytes', () => {
    const entries: TarInput[] = [
      { path: 'a/' },
      { path: 'a/b', content: 'x', xattrs: { 'user.b': '1', 'user.a': '2' } },
    ];
    const other: TarInput[] = [{ path: 'a/' }, { path: 'a/b', content: 'x', xattrs: { 'user.a': '2', 'user.b': '1' } }];
    expect(tarBytes(entries).equals(tarBytes(other))).toBe(true);
  });
});

describe('broken and hostile archives', () => {
  const archive = tarBytes([
    { path: 'etc/passwd', content: 'root:x:0:0\n'.repeat(100) },
    { path: 'n'.repeat(300), content: 'y' },
  ]);

  test('any damage to any archive ends in entries or in a named error, never in another one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(archive.length),
        fc.integer({ min: 1, max: 2000 }),
        (changes, length, chunkSize) => {
          const damaged = Buffer.from(archive.subarray(0, length));
          for (const [at, value] of changes) if (at < length) damaged[at] = value;
          try {
            readTar(damaged, chunkSize);
          } catch (error) {
            expect(error instanceof BadTar || error instanceof TarLimit).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a cut inside an entry is an error; a missing end mark is not', () => {
    expect(() => readTar(archive.subarray(0, 512 + 700))).toThrow(BadTar);
    expect(() => readTar(archive.subarray(0, 300))).toThrow(BadTar);
    expect(readTar(archive.subarray(0, archive.length - 1024)).length).toBe(2);
    expect(readTar(Buffer.alloc(0), 1)).toEqual([]);
  });

  test('what is no tar at all', () => {
    expect(() => readTar(Buffer.from('<html>'.repeat(200)))).toThrow(/checksum/);
  });

  test('a negative size is refused by name', () => {
    const negative = Buffer.alloc(12, 0xff);
    expect(() => readTar(Buffer.concat([rawHeader({ size: negative }), END]))).toThrow(/negative size/);
  });

  test('a size that no double holds is refused', () => {
    const absurd = Buffer.alloc(12, 0x7f);
    absurd[0] = 0x80;
    expect(() => readTar(Buffer.concat([rawHeader({ size: absurd }), END]))).toThrow(/size field is no number/);
  });

  test('a base-256 size is read', () => {
    const size = Buffer.alloc(12);
    size[0] = 0x80;
    size[11] = 5;
    const read = readTar(Buffer.concat([rawHeader({ size }), padded('hello'), END]));
    expect(read[0]?.content?.toString()).toBe('hello');
  });

  test('a negative pax size is refused', () => {
    const body = paxRecord('size', '-1');
    const bad = Buffer.concat([rawHeader({ type: 'x', size: body.length }), padded(body), rawHeader({}), END]);
    expect(() => readTar(bad)).toThrow(/pax record size/);
  });

  test('a pax record longer than its header', () => {
    const body = '99 path=a\n';
    const bad = Buffer.concat([rawHeader({ type: 'x', size: body.length }), padded(body), rawHeader({}), END]);
    expect(() => readTar(bad)).toThrow(/longer or shorter/);
  });

  test('a pax path with a NUL byte', () => {
    const body = paxRecord('path', 'etc/pass\0wd');
    const bad = Buffer.concat([rawHeader({ type: 'x', size: body.length }), padded(body), rawHeader({}), END]);
    expect(() => readTar(bad)).toThrow(/NUL/);
  });

  test('entries and header sizes have limits', () => {
    const many = tarBytes(Array.from({ length: 11 }, (_, i) => ({ path: `f${i}` })));
    expect(() => readTar(many, 512, { maxEntries: 10 })).toThrow(TarLimit);
    const long = Buffer.concat([rawHeader({ type: 'L', size: 2 ** 21 })]);
    expect(() => readTar(long)).toThrow(TarLimit);
    expect(() => readTar(tarBytes([{ path: 'p'.repeat(5000) }]), 512, { maxPathBytes: 4096 })).toThrow(TarLimit);
  });

  test('hostile names come through as they are, for the consumer to judge', () => {
    const names = ['../../etc/shadow', '/absolute', './a/../b', 'a//b', '\u001b[31mred', '<img src=x>'];
    expect(readTar(tarBytes(names.map((path) => ({ path })))).map((got) => got.path)).toEqual(names);
  });

  test('names that are no UTF-8 stay different from each other', () => {
    const raw = [Buffer.from([0x61, 0xff]), Buffer.from([0x61, 0xfe])];
    const read = readTar(Buffer.concat([...raw.map((name) => rawHeader({ name })), END]));
    expect(new Set(read.map((got) => got.path)).size).toBe(2);
  });
});

describe('where formats leave a choice, we choose as container runtimes do', () => {
  test('what follows two zero blocks is ignored and counted', () => {
    const hidden = tarBytes([{ path: 'hidden', content: 'x' }]);
    const { entries, reader } = readTarFully(Buffer.concat([tarBytes([{ path: 'seen' }]), hidden]), 600);
    expect(entries.map((got) => got.path)).toEqual(['seen']);
    expect(reader.trailingBytes).toBe(hidden.length);
    expect(reader.trailingData).toBe(true);
  });

  test('zeros after the end (blocking factor of 20) are no trailing data', () => {
    const { reader } = readTarFully(Buffer.concat([tarBytes([{ path: 'a' }]), Buffer.alloc(8192)]), 1000);
    expect([reader.trailingBytes, reader.trailingData]).toEqual([8192, false]);
  });

  test('a lone zero block before another header is an error', () => {
    const bad = Buffer.concat([rawHeader({ name: 'a' }), Buffer.alloc(512), rawHeader({ name: 'b' }), END]);
    expect(() => readTar(bad)).toThrow(/lone zero block/);
  });

  test('links and directories have no content, whatever their size says', () => {
    const bad = Buffer.concat([
      rawHeader({ name: 'link', type: '2', link: 'target', size: 512 }),
      rawHeader({ name: 'next' }),
      END,
    ]);
    expect(readTar(bad).map((got) => [got.path, got.size])).toEqual([
      ['link', 0],
      ['next', 0],
    ]);
  });

  test('a global pax header changes nothing', () => {
    const body = paxRecord('path', 'evil');
    const got = readTar(
      Buffer.concat([rawHeader({ type: 'g', size: body.length }), padded(body), rawHeader({ name: 'good' }), END]),
    );
    expect(got.map((entry) => entry.path)).toEqual(['good']);
  });

  test('a GNU long name wins over a pax path; the last of two pax headers counts', () => {
    const first = paxRecord('path', 'first');
    const second = paxRecord('path', 'second');
    const pax = [first, second].flatMap((body) => [rawHeader({ type: 'x', size: body.length }), padded(body)]);
    const long = [rawHeader({ type: 'L', size: 5, magic: 'gnu' }), padded('gnu!\0')];
    expect(readTar(Buffer.concat([...pax, rawHeader({}), END]))[0]?.path).toBe('second');
    expect(readTar(Buffer.concat([...pax, ...long, rawHeader({}), END]))[0]?.path).toBe('gnu!');
  });

  test('a pax size decides how much content follows', () => {
    const body = paxRecord('size', '3');
    const archive = Buffer.concat([
      rawHeader({ type: 'x', size: body.length }),
      padded(body),
      rawHeader({ name: 'a', size: 2000 }),
      padded('abc'),
      rawHeader({ name: 'b' }),
      END,
    ]);
    expect(readTar(archive).map((got) => [got.path, got.content?.toString()])).toEqual([
      ['a', 'abc'],
      ['b', ''],
    ]);
  });

  test('a ustar prefix joins the name; v7 and GNU have none', () => {
    const read = (magic: 'ustar' | 'gnu' | 'v7') => {
      const prefix = magic === 'v7' ? { prefix: 'usr/lib' } : { prefix: magic === 'gnu' ? '00000000000' : 'usr/lib' };
      return readTar(Buffer.concat([rawHeader({ name: 'x', magic, ...prefix }), END]))[0]?.path;
    };
    expect([read('ustar'), read('v7'), read('gnu')]).toEqual(['usr/lib/x', 'x', 'x']);
  });

  test('a v7 directory is a name that ends in a slash', () => {
    const got = readTar(Buffer.concat([rawHeader({ name: 'etc/', magic: 'v7', type: '\0' }), END]));
    expect(got[0]?.kind).toBe('directory');
  });

  test('a header with signed checksums (old Sun tar) is read', () => {
    const block = rawHeader({ name: Buffer.from('caf\u00e9', 'latin1') });
    const sum = Number.parseInt(block.toString('latin1', 148, 154), 8) - 256;
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    expect(readTar(Buffer.concat([block, END]))[0]?.path).toBe('caf\u00e9');
  });
});

const systemTar = (() => {
  try {
    return execFileSync('tar', ['--version'], { encoding: 'utf8' }).includes('GNU tar');
  } catch {
    return false;
  }
})();
if (!systemTar) console.warn('no GNU tar on this machine: its archives are not read here');

describe.runIf(systemTar)('archives of the system tar', () => {
  test.each(['gnu', 'pax', 'ustar', 'v7', 'oldgnu'])('%s', (format) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'drydock-tar-'));
    try {
      const deep = format === 'v7' || format === 'ustar' ? 'short' : 'd'.repeat(130);
      mkdirSync(path.join(folder, 'tree', deep), { recursive: true });
      writeFileSync(path.join(folder, 'tree', deep, 'file'), 'content');
      writeFileSync(path.join(folder, 'tree', 'empty'), '');
      symlinkSync('../elsewhere', path.join(folder, 'tree', 'link'));
      const sparse = format === 'gnu' || format === 'pax';
      const holes = Buffer.alloc(900_004);
      for (const at of [70_000, 900_000]) holes.write('data', at);
      if (sparse) {
        writeFileSync(path.join(folder, 'tree', 'sparse'), '');
        truncateSync(path.join(folder, 'tree', 'sparse'), 10 * 2 ** 30);
        const file = openSync(path.join(folder, 'tree', 'holes'), 'w');
        for (const at of [70_000, 900_000]) writeSync(file, 'data', at);
        closeSync(file);
      }
      const flags = sparse ? ['--sparse'] : [];
      const archive = execFileSync('tar', [...flags, `--format=${format}`, '-C', folder, '-cf', '-', 'tree'], {
        maxBuffer: 1 << 26,
      });
      const read = new Map(readTar(archive, 4096).map((got) => [got.path, got]));
      expect(read.get(`tree/${deep}/file`)?.content?.toString()).toBe('content');
      expect(read.get('tree/empty')?.content?.length).toBe(0);
      expect(read.get('tree/link')?.linkTarget).toBe('../elsewhere');
      expect(read.get('tree/')?.kind).toBe('directory');
      if (!sparse) return;
      expect(read.get('tree/sparse')).toMatchObject({ size: 10 * 2 ** 30, sparse: 'left-out', content: undefined });
      expect(read.get('tree/holes')?.content).toEqual(holes);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('reads what tarWriter writes', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'drydock-tar-'));
    try {
      const file = path.join(folder, 'a.tar');
      const names = ['plain', `${'long/'.repeat(40)}name`, 'ünï/code', 'dir/'];
      writeFileSync(file, Buffer.concat([...tarWriter(names.map((name) => ({ path: name, content: name })))]));
      const listed = execFileSync('tar', ['--quoting-style=literal', '-tf', file], { encoding: 'utf8' });
      expect(listed.trim().split('\n')).toEqual(names);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test('a handler that skips everything is never given content', () => {
  const seen: string[] = [];
  const reader = new TarReader({
    entry(entry) {
      seen.push(entry.path);
      return undefined;
    },
  });
  for (const chunk of tarWriter([{ path: 'a', content: 'x'.repeat(5000) }, { path: 'b' }])) reader.write(chunk);
  reader.end();
  expect([seen, reader.entries]).toEqual([['a', 'b'], 2]);
});
