import { describe, expect, test } from 'vitest';
import { BadTar, TarReader } from '#shared/oci';
import { END, padded, paxRecord, rawHeader, readTar } from './tar-reading.ts';

describe('sparse files', () => {
  const octal = (number: number, digits: number): string => `${number.toString(8).padStart(digits, '0')}\0`;
  const piece = (offset: number, bytes: number): string => `${octal(offset, 11)}${octal(bytes, 11)}`;
  /** of old GNU tar: its first four pieces are in its header, the others in blocks behind it */
  const oldGnu = (size: number, pieces: readonly string[], content: string): Buffer => {
    const more = pieces.slice(4);
    const blocks = Array.from({ length: Math.ceil(more.length / 21) }, (_, at) => {
      const block = Buffer.alloc(512);
      block.write(more.slice(21 * at, 21 * (at + 1)).join(''), 'latin1');
      if (more.length > 21 * (at + 1)) block[504] = 1;
      return block;
    });
    const header = rawHeader({
      name: 'big',
      type: 'S',
      magic: 'gnu',
      size: content.length,
      patch: (block) => {
        block.write(pieces.slice(0, 4).join(''), 386, 'latin1');
        block[482] = more.length > 0 ? 1 : 0;
        block.write(octal(size, 11), 483, 'latin1');
      },
    });
    return Buffer.concat([header, ...blocks, padded(content), rawHeader({ name: 'after' }), END]);
  };
  const pax = (records: readonly (readonly [string, string])[], content: string): Buffer => {
    const body = records.map(([key, value]) => paxRecord(`GNU.sparse.${key}`, value)).join('');
    return Buffer.concat([
      rawHeader({ type: 'x', size: body.length }),
      padded(body),
      rawHeader({ name: 'GNUSparseFile.0/real', size: content.length }),
      padded(content),
      rawHeader({ name: 'after' }),
      END,
    ]);
  };
  const inside = (map: string, content: string): string => padded(map).toString('latin1') + content;
  const told = (archive: Buffer, chunk = archive.length, limits = {}) =>
    readTar(archive, chunk, limits).map(({ path: name, size, sparse, content }) => [
      name,
      size,
      sparse,
      content?.toString(),
    ]);

  test('of old GNU tar have zeros in their holes, however many pieces they are of', () => {
    for (const count of [1, 4, 5, 25, 26, 60]) {
      const pieces = Array.from({ length: count }, (_, at) => piece(3 * at + 1, 2));
      const archive = oldGnu(3 * count + 2, [...pieces, piece(3 * count + 2, 0)], 'ab'.repeat(count));
      for (const chunk of [archive.length, 333, 1])
        expect(told(archive, chunk)).toEqual([
          ['big', 3 * count + 2, 'filled', `${'\0ab'.repeat(count)}\0\0`],
          ['after', 0, undefined, ''],
        ]);
    }
  });

  test.each<[string, [string, string][], string]>([
    [
      '0.0',
      [
        ['offset', '1'],
        ['numbytes', '2'],
        ['offset', '5'],
        ['numbytes', '2'],
      ],
      'data',
    ],
    [
      '0.1',
      [
        ['major', '0'],
        ['minor', '1'],
        ['map', '1,2,5,2'],
      ],
      'data',
    ],
    ['0.1 without its number', [['map', '1,2,5,2']], 'data'],
    [
      '1.0',
      [
        ['major', '1'],
        ['minor', '0'],
      ],
      inside('2\n1\n2\n5\n2\n', 'data'),
    ],
    [
      '1.0 with a map of several blocks',
      [
        ['major', '1'],
        ['minor', '0'],
      ],
      inside(`202\n${'0\n0\n'.repeat(200)}1\n2\n5\n2\n`, 'data'),
    ],
  ])('of pax %s too', (_version, records, content) => {
    const archive = pax([...records, ['name', 'real'], ['realsize', '9']], content);
    for (const chunk of [archive.length, 512, 1])
      expect(told(archive, chunk)).toEqual([
        ['real', 9, 'filled', '\0da\0\0ta\0\0'],
        ['after', 0, undefined, ''],
      ]);
  });

  test.each<[string, [string, string][], string]>([
    ['that leads out of the file', [['map', '8,2']], 'da'],
    ['that goes back', [['map', '5,2,1,2']], 'data'],
    ['that says less than there is', [['map', '1,2']], 'data'],
    ['that says more than there is', [['map', '1,6']], 'data'],
    ['of other than numbers', [['map', '1,x']], 'data'],
    ['of negative numbers', [['map', '-1,4']], 'data'],
    [
      'of numbers in no order',
      [
        ['numbytes', '1'],
        ['offset', '4'],
      ],
      'data',
    ],
    [
      'inside that never ends',
      [
        ['major', '1'],
        ['minor', '0'],
      ],
      '9'.repeat(600),
    ],
    [
      'inside of words',
      [
        ['major', '1'],
        ['minor', '0'],
      ],
      inside('two\n', 'data'),
    ],
    [
      'inside that the content ends in',
      [
        ['major', '1'],
        ['minor', '0'],
      ],
      inside('9\n1\n2\n', ''),
    ],
  ])('with a map %s are refused', (_what, records, content) => {
    expect(() => told(pax([...records, ['realsize', '9']], content))).toThrow(BadTar);
  });

  test('of old GNU tar with a negative piece are refused, and do not hang', () => {
    const negative = Buffer.alloc(12, 0xff).toString('latin1');
    for (const pieces of [`${octal(0, 11)}${negative}`, `${negative}${octal(4, 11)}`])
      expect(() => told(oldGnu(100, [pieces], 'data'))).toThrow(BadTar);
  });

  test('whose header claims stored bytes that never come are refused before their holes are filled', () => {
    const huge = (number: number): Buffer => {
      const field = Buffer.alloc(12);
      field.writeUInt32BE(0x80000000, 0);
      field.writeBigUInt64BE(BigInt(number), 4);
      return field;
    };
    const claimed = 2 ** 50;
    const header = rawHeader({
      type: 'S',
      magic: 'gnu',
      size: huge(claimed),
      patch: (block) => Buffer.concat([huge(claimed - 1), huge(1)]).copy(block, 386) && huge(claimed).copy(block, 483),
    });
    let handedOut = 0;
    const reader = new TarReader({
      entry: () => ({
        data: (chunk) => {
          handedOut += chunk.length;
        },
        end: () => {},
      }),
    });
    expect(() => reader.write(Buffer.concat([header, padded('data')]))).toThrow(BadTar);
    expect(handedOut).toBe(0);
  });

  test('with more holes than may be filled have no content, and what follows them is read', () => {
    const archive = oldGnu(2 ** 32, [piece(0, 4)], 'data');
    expect(told(archive)).toEqual([
      ['big', 2 ** 32, 'left-out', undefined],
      ['after', 0, undefined, ''],
    ]);
    const two = Buffer.concat([
      oldGnu(1000, [piece(0, 4)], 'data').subarray(0, 1024),
      oldGnu(1000, [piece(0, 4)], 'data'),
    ]);
    expect(told(two, 100, { maxHoleBytes: 1500 }).map(([, , sparse]) => sparse)).toEqual([
      'filled',
      'left-out',
      undefined,
    ]);
  });
});
