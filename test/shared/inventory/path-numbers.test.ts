import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PathNumbers } from '../../../shared/inventory/path-numbers.ts';

// few values, so that paths meet each other and in the same slots
const half = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(0x80000000, 0xffffffff));
const lists = fc.array(
  fc.record({
    paths: fc.array(fc.tuple(half, half), { maxLength: 8 }),
    number: fc.integer({ min: 0, max: 0xfffffffe }),
    keep: fc.boolean(),
  }),
  { maxLength: 12 },
);

describe('numbers of paths', () => {
  test('given lists of paths, then each has the number that it was given last, or first where that is kept', () => {
    fc.assert(
      fc.property(lists, fc.array(fc.tuple(half, half)), (given, asked) => {
        const expected = new Map<string, number>();
        const numbers = new PathNumbers(given.reduce((sum, { paths }) => sum + paths.length, 0));
        for (const { paths, number, keep } of given) {
          numbers.setAll(Uint32Array.from(paths.flat()), number, keep);
          for (const path of paths) if (!keep || !expected.has(path.join())) expected.set(path.join(), number);
        }
        for (const path of [...asked, ...given.flatMap(({ paths }) => paths)]) {
          const [high, low] = path;
          expect(numbers.get({ high, low })).toBe(expected.get(path.join()));
        }
      }),
    );
  });

  test('given no path at all, then none is known', () => {
    expect(new PathNumbers(0).get({ high: 0, low: 0 })).toBeUndefined();
  });
});
