import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, itemSize, memoryTable } from '#shared/store';

describe('the order of bytes', () => {
  it('is that of the UTF-8 form', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 2 }),
        fc.constantFrom('\uffff', '\ue000', '\u{10000}', 'é'),
      ),
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2000 },
    );
  });

  it('decides olderThan for text beyond the basic plane, where dynalite compares UTF-16', async () => {
    const table = memoryTable();
    await table.put({ pk: 'a', sk: 'b', at: '\uffff' });
    expect(
      await table.put({ pk: 'a', sk: 'b', at: '\u{10000}' }, { olderThan: { attribute: 'at', than: '\u{10000}' } }),
    ).toBe('written');
  });
});

describe('the size of an item', () => {
  // developer guide, "DynamoDB item sizes and formats": names and text in UTF-8 bytes, 3 bytes of overhead for a list or map, 1 for each member
  it.each([
    [{ pk: 'ab', sk: 'é' }, 4 + 4],
    [{ a: true, b: null }, 4],
    [{ a: new Uint8Array(10) }, 11],
    [{ a: [] }, 4],
    [{ a: ['x', 'y'] }, 1 + 3 + 2 + 2],
    [{ a: { b: 'c' } }, 1 + 3 + 1 + 2],
  ])('%j', (item, bytes) => {
    expect(itemSize(item)).toBe(bytes);
  });
});
