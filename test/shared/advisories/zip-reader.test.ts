import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ZipLimits, zipEntries, zipLimits } from '../../../shared/advisories/adapters/zip-reader.ts';
import { makeZip } from './make-zip.ts';

async function read(bytes: Buffer, limits: ZipLimits = zipLimits, wanted: (name: string) => boolean = () => true) {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-zip-'));
  const path = join(folder, 'a.zip');
  await writeFile(path, bytes);
  const file = await open(path, 'r');
  try {
    const entries: { name: string; bytes: string }[] = [];
    for await (const entry of zipEntries(file, 'a.zip', wanted, limits))
      entries.push({ name: entry.name, bytes: entry.bytes.toString('latin1') });
    return entries;
  } finally {
    await file.close();
    await rm(folder, { recursive: true });
  }
}

const text = (value: string) => Buffer.from(value, 'latin1');

describe('reading zip archives', () => {
  test.each([{ big: false }, { big: true }, { comment: 'said PK\u0005\u0006 in the comment' }])(
    'packed, stored and empty entries, %o',
    async (options) => {
      const zip = makeZip(
        [
          { name: 'a.json', bytes: text('a'.repeat(5_000)) },
          { name: 'b.json', bytes: text('b'), store: true },
          { name: 'c.json', bytes: text('') },
        ],
        options,
      );
      expect(await read(zip)).toEqual([
        { name: 'a.json', bytes: 'a'.repeat(5_000) },
        { name: 'b.json', bytes: 'b' },
        { name: 'c.json', bytes: '' },
      ]);
    },
  );

  test('an archive without entries', async () => {
    expect(await read(makeZip([]))).toEqual([]);
  });

  test('entries larger than the window, and those not wanted', async () => {
    const large = 'x'.repeat(3_000_000);
    const zip = makeZip([
      { name: 'no', bytes: text('no') },
      { name: 'yes', bytes: text(large), store: true },
      { name: 'last', bytes: text('z') },
    ]);
    const entries = await read(zip, zipLimits, (name) => name !== 'no');
    expect(entries.map(({ name, bytes }) => [name, bytes.length])).toEqual([
      ['yes', 3_000_000],
      ['last', 1],
    ]);
  });

  test('a bomb stops at the limit of its entry, many at the limit of all, more entries at theirs', async () => {
    const bomb = makeZip([{ name: 'a', bytes: Buffer.alloc(1_000_000) }]);
    expect(bomb.length).toBeLessThan(2_000);
    await expect(read(bomb, { ...zipLimits, entry: 999_999 })).rejects.toMatchObject({
      code: 'broken-archive',
      message: expect.stringContaining('1000000 bytes'),
    });
    const many = makeZip([1, 2, 3].map((n) => ({ name: `${n}`, bytes: Buffer.alloc(1_000) })));
    await expect(read(many, { ...zipLimits, total: 2_500 })).rejects.toMatchObject({ code: 'broken-archive' });
    await expect(read(many, { ...zipLimits, entries: 2 })).rejects.toMatchObject({ code: 'broken-archive' });
  });

  test('an entry that unpacks to more than it says is refused', async () => {
    const zip = makeZip([{ name: 'a', bytes: Buffer.alloc(1_000) }]);
    // The size in the directory, 22 bytes before the offset that ends the fixed part.
    const directory = zip.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
    zip.writeUInt32LE(10, directory + 24);
    await expect(read(zip)).rejects.toMatchObject({ code: 'broken-archive' });
  });

  test('encrypted entries and unknown methods are refused', async () => {
    for (const [at, value] of [
      [8, 1],
      [10, 99],
    ] as const) {
      const zip = makeZip([{ name: 'a', bytes: text('abc') }]);
      zip.writeUInt16LE(value, zip.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1')) + at);
      await expect(read(zip)).rejects.toMatchObject({ code: 'broken-archive' });
    }
  });

  test('whatever is changed or cut in an archive, it is read as it was or refused', async () => {
    const zip = makeZip([
      { name: 'a.json', bytes: text('{"id":"A"}') },
      { name: 'b.json', bytes: text('{"id":"B"}') },
    ]);
    const whole = new Set((await read(zip)).map((entry) => entry.bytes));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: zip.length - 1 }), fc.nat({ max: 255 }), fc.boolean(), async (at, value, cut) => {
        const damaged = cut ? zip.subarray(0, at) : Buffer.from(zip);
        if (!cut) damaged[at] = value;
        try {
          for (const entry of await read(damaged)) expect(whole).toContain(entry.bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'broken-archive' });
        }
      }),
      { numRuns: 300 },
    );
  });
});
