import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listedFiles } from '../../../shared/inventory/extractors/dpkg-list.ts';
import { OwnedPaths, ownedPaths } from '../../../shared/inventory/extractors/owned-paths.ts';

/** What a list says, by its text alone. */
function filesOf(list: Buffer): string[] {
  const lines = list.toString('utf8').split('\n');
  return lines.filter((line, index) => line !== '' && !lines[index + 1]?.startsWith(`${line}/`));
}

const piece = fc.constantFrom('/', '//', '.', '..', './', '/.', '\r', ' ', 'a', 'usr', '.wh.x', 'é', '\uFFFD', '名');
const line = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => Buffer.from(pieces.join(''))),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
);
/** some lines lie below the one before, as in lists that dpkg writes */
const lists = fc.array(fc.record({ line, isBelow: fc.boolean() }), { maxLength: 12 }).map((parts) => {
  const lines: Buffer[] = [];
  for (const { line: own, isBelow } of parts)
    lines.push(isBelow ? Buffer.concat([lines.at(-1) ?? Buffer.alloc(0), Buffer.from('/'), own]) : own);
  return Buffer.concat(lines.flatMap((each, index) => (index === 0 ? [each] : [Buffer.from('\n'), each])));
});

describe('listedFiles', () => {
  it('hashes bytes as their text is hashed, whatever they are', () => {
    fc.assert(
      fc.property(lists, (list) => {
        expect([...listedFiles(list)]).toEqual([...ownedPaths(filesOf(list))]);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['folders', '/.\n/usr\n/usr/bin\n/usr/bin/x\n', ['usr/bin/x']],
    ['a folder by name that holds nothing', '/usr\n/usrx\n', ['usr', 'usrx']],
    ['no last newline', '/a/b', ['a/b']],
    ['doubled and trailing slashes', '//a//b/\n', ['a/b']],
    ['a hidden file and steps back', '/a/.b\n/a/../c\n', ['a/.b', 'c']],
    ['a carriage return', '/a\r\n', ['a\r']],
  ])('reads %s', (_, list, paths) => {
    expect([...listedFiles(Buffer.from(list))]).toEqual([...ownedPaths(paths)]);
  });

  it('reads bytes that are no UTF-8 as the text that they are elsewhere', () => {
    const latin1 = Buffer.from('/caf\xe9\n/caf\xe8/x\n', 'latin1');
    expect([...listedFiles(latin1)]).toEqual([...ownedPaths(['caf\uFFFD/x'])]);
  });
});

describe('OwnedPaths', () => {
  it('keeps any number of paths in their order', () => {
    const paths = Array.from({ length: 5_000 }, (_, index) => `usr/share/${index}`);
    const hashes = new OwnedPaths();
    for (const path of paths) hashes.addBytes(Buffer.from(`/${path}`), 0, path.length + 1);
    expect([...hashes.all()]).toEqual([...ownedPaths(paths)]);
    expect(hashes.all()).toHaveLength(10_000);
  });
});
