import { describe, expect, test } from 'vitest';
import { besideDebian } from './beside-debian.ts';
import { conanCache } from './conan-cache.ts';
import type { Tree } from './images.ts';

const elf = { content: '\x7fELFx', mode: 0o755 };
const home = 'root/.conan2/p';
const files: Tree = {
  [`${home}/b/zlibcf64b2a6aa5ca/p/conaninfo.txt`]: '[settings]\narch=x86_64\n',
  [`${home}/b/zlibcf64b2a6aa5ca/p/conanmanifest.txt`]: '1795940043\n',
  [`${home}/b/zlibcf64b2a6aa5ca/p/lib/libz.so`]: elf,
};

describe("Conan 2's cache", () => {
  test('given a cache, then what was built is there once, what was only fetched as a recipe is not, and its libraries are no strangers', async () => {
    expect(await besideDebian({ ...files, [`${home}/cache.sqlite3`]: conanCache() })).toEqual({
      found: ['ConanCenter pkg:conan/nlohmann_json@3.11.3', 'ConanCenter pkg:conan/zlib@1.3.1'],
      reasons: [],
    });
  });

  test('given a cache in a home of another name, then it is read too', async () => {
    const { found } = await besideDebian({ 'opt/conan/p/cache.sqlite3': conanCache() });
    expect(found).toHaveLength(2);
  });

  test('given packages without the database, then they are named as not read', async () => {
    expect(await besideDebian(files)).toEqual({
      found: [],
      reasons: [
        `${home}/b/zlibcf64b2a6aa5ca/p/conaninfo.txt is a package in Conan 2's cache, which is not read yet: its packages are not known`,
      ],
    });
  });

  test("given another program's database of that name, then it is none", async () => {
    const other = Buffer.from(conanCache());
    other.write('CREATE TABLE pockets', other.indexOf('CREATE TABLE packages'), 'latin1');
    expect(await besideDebian({ 'srv/p/cache.sqlite3': other, 'srv/q/p/cache.sqlite3': 'SQLite format 3' })).toEqual({
      found: [],
      reasons: [],
    });
  });

  test('given a database that is cut, then it is named with what is wrong', async () => {
    const { found, reasons } = await besideDebian({
      ...files,
      [`${home}/cache.sqlite3`]: conanCache().subarray(0, 8192),
    });
    expect(found).toEqual([]);
    expect(reasons).toContainEqual(
      expect.stringMatching(/^root\/\.conan2\/p\/cache\.sqlite3: this database of Conan cannot be read: it is cut off/),
    );
  });

  test('given cells that all are one row, then it is refused instead of read again and again', async () => {
    const bytes = Buffer.from(conanCache());
    // the leaf that holds the packages: many cells, all of them the same long row
    const at = leafWith(bytes, 'nlohmann_json/3.11.3');
    const cell = bytes.readUInt16BE(at + 8);
    const cells = Math.floor((cell - 8) / 2);
    for (let index = 0; index < cells; index += 1) bytes.writeUInt16BE(cell, at + 8 + 2 * index);
    bytes.writeUInt16BE(cells, at + 3);
    expect(await besideDebian({ [`${home}/cache.sqlite3`]: bytes })).toEqual({
      found: [],
      reasons: [`${home}/cache.sqlite3: this database of Conan cannot be read: its rows lie on each other`],
    });
  });
});

/** Where the leaf begins, among pages of 4 KiB, that is of a table and holds a text. */
function leafWith(bytes: Buffer, text: string): number {
  for (let at = bytes.length - 4096; at > 0; at -= 4096)
    if (bytes[at] === 13 && bytes.subarray(at, at + 4096).includes(`${text}0`)) return at;
  throw new Error(`no leaf holds ${text}`);
}
