import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { crc64 } from '../../../../shared/advisories/feeds/crc64.ts';
import { tarFiles } from '../../../../shared/advisories/feeds/tar.ts';
import { unxz } from '../../../../shared/advisories/feeds/xz.ts';
import { tarOf } from './make-tar.ts';
import { storedXz } from './make-xz.ts';

async function* pieces(bytes: Buffer, size = 1000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unpack(bytes: Buffer, size?: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of unxz(pieces(bytes, size), 'a.xz')) parts.push(part);
  return Buffer.concat(parts);
}

const fixture = (name: string): Buffer => readFileSync(path.join(import.meta.dirname, 'fixtures', name));
const plain = gunzipSync(fixture('text.gz'));

describe('xz', () => {
  test.each(['text-6.xz', 'text-crc32.xz', 'text-blocks-sha256.xz', 'text-lc0-lp2-pb0.xz', 'text-two-streams.xz'])(
    '%s of the xz tool unpacks to what was packed',
    async (name) => {
      const bytes = fixture(name);
      const expected = name.includes('two-streams') ? Buffer.concat([plain, plain]) : plain;
      expect((await unpack(bytes)).equals(expected)).toBe(true);
      expect((await unpack(bytes, 1)).equals(expected)).toBe(true);
    },
  );

  test('that is cut anywhere is refused', async () => {
    const bytes = fixture('text-6.xz');
    for (let length = 0; length < bytes.length; length += 97)
      await expect(unpack(bytes.subarray(0, length))).rejects.toMatchObject({ code: 'broken-archive' });
    await expect(unpack(bytes.subarray(0, -1))).rejects.toMatchObject({ code: 'broken-archive' });
  });

  test('in which any byte is another is refused or, in the padding alone, the same', async () => {
    const bytes = fixture('text-6.xz');
    for (let at = 0; at < bytes.length; at += 61) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      const result = await unpack(damaged).catch((error: unknown) => error);
      if (Buffer.isBuffer(result)) expect(result.equals(plain)).toBe(true);
      else expect(result).toMatchObject({ code: 'broken-archive' });
    }
  });

  test('that asks for gigabytes of dictionary is refused before they are taken', async () => {
    await expect(unpack(storedXz(Buffer.from('x'), { bomb: true }))).rejects.toThrow('dictionary');
  });

  test('its CRC-64 is that of ECMA-182', () => {
    const crc = crc64();
    crc.update(Buffer.from('1234'));
    crc.update(Buffer.from('56789'));
    expect(crc.digest().readBigUInt64LE()).toBe(0x995dc9bbdf1939fan);
  });
});

describe('tar', () => {
  const read = async (bytes: Buffer, wanted = (name: string) => name.endsWith('.json'), most?: number) => {
    const names: string[] = [];
    for await (const { name, bytes: body } of tarFiles(pieces(bytes, 700), 'a.tar', wanted, most))
      names.push(`${name} ${body.toString().slice(0, 20)}`);
    return names;
  };
  const long = `${'folder/'.repeat(20)}b.json`;
  const archive = tarOf([
    { name: 'a.json', bytes: Buffer.from('{"a":1}') },
    { name: 'big.bin', bytes: Buffer.alloc(5_000, 1) },
    { name: long, bytes: Buffer.from('{}') },
    { name: 'link.json', bytes: Buffer.alloc(0), type: '2' },
    { name: 'x', bytes: Buffer.from('27 path=very/long/c.json\n'), type: 'x' },
    { name: 'cut-name', bytes: Buffer.from('[]') },
  ]);

  test('gives the files that are wanted, with long names of both kinds; links are none', async () => {
    expect(await read(archive)).toEqual(['a.json {"a":1}', `${long} {}`, 'very/long/c.json []']);
  });

  test('that is cut anywhere, or damaged, is refused', async () => {
    for (let length = 0; length <= archive.length - 1024; length += 500)
      await expect(read(archive.subarray(0, length))).rejects.toMatchObject({ code: 'broken-archive' });
    const damaged = Buffer.from(archive);
    damaged[0] = 0x5a;
    await expect(read(damaged)).rejects.toThrow('no tar archive');
  });

  test('a file that is too large is refused by what its head says', async () => {
    await expect(read(archive, () => true, 4_000)).rejects.toThrow('big.bin has 5000 bytes');
  });
});
