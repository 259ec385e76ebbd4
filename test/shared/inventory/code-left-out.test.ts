import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidatesFor, Recognition } from '../../../shared/inventory/classifiers/index.ts';
import { codeOf } from '../../../shared/inventory/elf/index.ts';
import { ExecutableReadings } from '../../../shared/inventory/executable-readings.ts';
import { dotnetBundle } from '../../../shared/inventory/extractors/dotnet-bundle.ts';
import { PassingTable } from '../../../shared/inventory/extractors/go/passing-table.ts';
import { endedByZero } from '../../../shared/inventory/extractors/go/source-files.ts';
import { bundle } from './bundle-builder.ts';
import { contentOf, recordedFiles } from './classifiers/recorded.ts';
import { inventoryOf, named } from './images.ts';
import { code, inOneSegment, type Part, readOnly, segmented, writable } from './segmented-builder.ts';
import { sourceTable } from './source-table-builder.ts';

const segmentsOf = (parts: readonly Part[]) =>
  parts.map(({ flags, bytes }, index) => ({
    type: 1,
    flags,
    address: 0,
    offset: parts.slice(0, index).reduce((sum, part) => sum + part.bytes.length, 0),
    size: bytes.length,
  }));
const codeIn = (...parts: Part[]) => codeOf({ segments: segmentsOf(parts) });
const some = Buffer.alloc(20_000);

describe('the code of a program', () => {
  it('given data that is only read behind it, then it is code but for its ends', () => {
    expect(codeIn(readOnly(some), code(some), readOnly(some), writable(some))).toEqual([
      { start: 24_096, end: 35_904 },
    ]);
  });

  it('given several segments of code, then each is', () => {
    expect(codeIn(code(some), code(some), readOnly(some))).toHaveLength(2);
  });

  it.each([
    ['no data of its own', [code(some), writable(some)]],
    ['data only before it', [readOnly(some), code(some), writable(some)]],
    ['nothing in the data behind it', [code(some), readOnly(Buffer.alloc(0)), writable(some)]],
    ['code that may be written', [{ ...code(some), flags: 7 }, readOnly(some)]],
    ['no more code than its ends', [code(Buffer.alloc(8192)), readOnly(some)]],
  ])('given %s, then nothing is known to be code alone', (_, parts) => {
    expect(codeIn(...parts)).toEqual([]);
  });
});

describe('what passes of a program', () => {
  const file = segmented(readOnly(Buffer.from('head')), code(Buffer.alloc(50_000, 1)), readOnly(Buffer.alloc(9000, 2)));

  /** What a reading gets: bytes, and how many are left out. */
  const given = (sizes: readonly number[]): (Buffer | number)[] => {
    const got: (Buffer | number)[] = [];
    const last = () => got.at(-1);
    const reading = {
      data(chunk: Buffer) {
        const before = last();
        if (typeof before === 'object') got[got.length - 1] = Buffer.concat([before, chunk]);
        else got.push(Buffer.from(chunk));
      },
      skip(bytes: number) {
        const before = last();
        if (typeof before === 'number') got[got.length - 1] = before + bytes;
        else got.push(bytes);
      },
      end: () => [],
    };
    const header = { path: 'p', base: 'p', size: file.length, mode: 0o755, program: 'elf', head: file } as const;
    const readings = new ExecutableReadings(
      [{ name: 'x', version: 1, wants: () => true, begin: () => reading }],
      header,
    );
    for (let at = 0, turn = 0; at < file.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1;
      readings.data(file.subarray(at, at + size));
      at += size;
    }
    return got;
  };

  it('is everything but code, wherever chunks end', () => {
    const start = file.indexOf(Buffer.alloc(64, 1)) + 4096;
    const end = start + 50_000 - 2 * 4096;
    const expected = [file.subarray(0, start), end - start, file.subarray(end)];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 9 }), (sizes) => {
        expect(given(sizes)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('given a version in the data, then it is found; the same in the code is not looked for', async () => {
    const text = Buffer.from(`${'\0'.repeat(20_000)}nginx version: nginx/1.25.3\0${'\0'.repeat(20_000)}`, 'latin1');
    const found = async (content: Buffer) => named(await inventoryOf({ 'opt/nginx': { content, mode: 0o755 } }));
    expect(await found(segmented(code(some), readOnly(text)))).toEqual(['nginx@1.25.3']);
    expect(await found(segmented(code(text), readOnly(some)))).toEqual([]);
    expect(await found(inOneSegment(text))).toEqual(['nginx@1.25.3']);
  });
});

describe('bytes that are left out', () => {
  it('hide no version beside them', () => {
    for (const recorded of recordedFiles) {
      const recognition = new Recognition(candidatesFor(recorded.file));
      recognition.skip(100_000);
      for (const at of [0, 1]) {
        recognition.data(at === 0 ? contentOf(recorded) : Buffer.from('more'));
        recognition.skip(9000);
      }
      expect(recognition.end()?.version, recorded.file).toBe(recorded.version);
    }
  });

  it('part what stands before them from what stands behind them', () => {
    const halves = [Buffer.from('\0nginx version: nginx/1.2'), Buffer.from('5.3\0')] as const;
    const versionOf = (skipped: number) => {
      const recognition = new Recognition(candidatesFor('nginx'));
      recognition.data(halves[0]);
      if (skipped > 0) recognition.skip(skipped);
      recognition.data(halves[1]);
      return recognition.end()?.version;
    };
    expect([versionOf(0), versionOf(1)]).toEqual(['1.25.3', undefined]);
  });

  it('move the places of a table of Go that comes later, and part one that they stand in', () => {
    const sources = ['/usr/local/go/src/runtime/proc.go', '/src/main.go'];
    const bytes = sourceTable(sources);
    const read = (before: number, skipped: number) => {
      const table = new PassingTable({ isLittle: true, wordBytes: 8 });
      table.data(bytes.subarray(0, before));
      table.skip(skipped);
      table.data(bytes.subarray(before));
      return table.paths === undefined ? undefined : [...endedByZero(table.paths)];
    };
    expect(read(0, 40_000)).toEqual(sources);
    expect(read(40, 40_000)).toBeUndefined();
  });

  it('part the mark of a .NET application', () => {
    const content = bundle({ libraries: {}, before: Buffer.alloc(5000) });
    const at = content.indexOf(Buffer.from('8b1202b9', 'hex')) + 8;
    const found = (skipped: number) => {
      const header = { path: 'p', base: 'p', size: content.length, mode: 0o755, program: 'elf' } as const;
      const reading = dotnetBundle.begin({ ...header, head: content.subarray(0, 4096) });
      reading?.data?.(content.subarray(0, at));
      if (skipped > 0) reading?.skip?.(skipped);
      reading?.data?.(content.subarray(at, at + 5000));
      return () => reading?.end(undefined);
    };
    expect(found(0)).toThrow('without a list');
    expect(found(1)()).toEqual([]);
  });
});
