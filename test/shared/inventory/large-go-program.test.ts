import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { PassingTable } from '../../../shared/inventory/extractors/go/passing-table.ts';
import { endedByZero } from '../../../shared/inventory/extractors/go/source-files.ts';
import { elfFile } from './elf-builder.ts';
import { goData, lines } from './go-builder.ts';
import { inventoryOf, named } from './images.ts';
import { sourceTable } from './source-table-builder.ts';

const sources = [
  '/usr/local/go/src/runtime/proc.go',
  '/root/go/pkg/mod/golang.org/x/net@v0.17.0/html/parse.go',
  '/root/go/pkg/mod/github.com/!masterminds/semver/v3@v3.2.1/version.go',
];
const modules = lines(
  ['path', 'github.com/acme/tool'],
  ['mod', 'github.com/acme/tool', 'v1.4.0', ''],
  ['dep', 'golang.org/x/net', 'v0.17.0'],
);
/** code and data before and behind the table: more than is held of a program from both ends */
const much = Buffer.alloc(9 * 2 ** 20);
const around = { '.text': much, '.gopclntab': sourceTable(sources), '.debug_info': much };

describe('Go programs that are too large to be held', () => {
  it('given build information, then the packages that are linked are known all the same', async () => {
    const content = elfFile({
      dataName: '.go.buildinfo',
      data: goData({ modules }),
      noteOf: 'Go',
      sections: around,
    });
    const { packages, coverage } = await inventoryOf({ 'bin/tool': { content, mode: 0o755 } });
    expect(packages.map(({ key, linked }) => [key.name, linked])).toEqual([
      ['github.com/acme/tool', undefined],
      ['golang.org/x/net', ['golang.org/x/net/html']],
      ['stdlib', ['runtime']],
    ]);
    expect(coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  it('given no build information, then the names of source files tell the modules', async () => {
    const content = elfFile({ noteOf: 'Go', sections: around });
    const inventory = await inventoryOf({ 'bin/tool': { content, mode: 0o755 } });
    expect(named(inventory)).toEqual(['github.com/Masterminds/semver/v3@3.2.1', 'golang.org/x/net@0.17.0']);
  });

  it('given a program that is not of Go, then nothing in it is taken for a table', async () => {
    const content = elfFile({ noteOf: 'stapsdt', sections: around });
    expect(named(await inventoryOf({ 'bin/tool': { content, mode: 0o755 } }))).toEqual([]);
  });
});

describe('a table of functions that passes', () => {
  const forms = (['go116', 'go118'] as const).flatMap((form) =>
    [true, false].flatMap((is64) => [true, false].map((isLittle) => ({ form, is64, isLittle }))),
  );
  const read = (chunks: readonly Buffer[], { is64 = true, isLittle = true } = {}): string[] | undefined => {
    const table = new PassingTable({ isLittle, wordBytes: is64 ? 8 : 4 });
    for (const chunk of chunks) table.data(chunk);
    return table.paths === undefined ? undefined : [...endedByZero(table.paths)];
  };

  it.each(forms)(
    'given $form ($is64 64 bits, $isLittle little-endian), then its paths are kept, wherever chunks end',
    (form) => {
      const table = sourceTable(sources, form);
      // what looks like a table and says impossible things, before it
      const liar = Buffer.concat([table.subarray(0, 8), Buffer.alloc(64, 0xff)]);
      const bytes = Buffer.concat([
        Buffer.alloc(100, 0xff),
        Buffer.alloc(4),
        liar,
        Buffer.alloc(96),
        table,
        Buffer.alloc(40),
      ]);
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), (sizes) => {
          const chunks: Buffer[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            // memory is used again after each call
            chunks.push(Buffer.from(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(read(chunks, form)).toEqual(sources);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('given a table that ends with the file before its paths do, then there are none', () => {
    const table = sourceTable(sources);
    expect(read([table.subarray(0, table.length - 5)])).toBeUndefined();
  });

  it('given a table of Go before 1.16, then there are none', () => {
    expect(read([sourceTable(sources, { form: 'go12' })])).toBeUndefined();
  });

  it('given bytes that are nothing but beginnings of tables, then reading ends', () => {
    const header = Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8]);
    expect(read([Buffer.alloc(2 ** 20, Buffer.concat([header, Buffer.alloc(56, 0xff)]))])).toBeUndefined();
  });

  it('given more beginnings of tables than any program has, then a table behind them is not looked for', () => {
    const header = Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8]);
    const liars = (count: number): Buffer => Buffer.alloc(count * 80, Buffer.concat([header, Buffer.alloc(72, 0xff)]));
    expect(read([liars(5_000), sourceTable(sources)])).toEqual(sources);
    expect(read([liars(20_000), sourceTable(sources)])).toBeUndefined();
  });

  it('given bytes in which every place may be the beginning of a table, then the search for one begins a few times only', () => {
    const bytes = Buffer.alloc(2 ** 20, 0xff);
    const searches = vi.spyOn(bytes, 'indexOf');
    expect(read([bytes], { isLittle: false })).toBeUndefined();
    const count = searches.mock.calls.length;
    expect(count > 0 && count <= 2 ** 20 / 4096 + 1).toBe(true);
  });
});
