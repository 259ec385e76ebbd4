import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldFile } from '../../../shared/inventory/held-file.ts';

test('every range of a held file is its bytes, whatever was asked before and wherever its chunks end', () => {
  const bytes = Buffer.from(Array.from({ length: 400 }, (_, at) => at % 251));
  const range = fc.tuple(fc.nat(400), fc.nat(400));
  fc.assert(
    fc.property(
      fc.array(fc.nat(400), { maxLength: 6 }),
      fc.array(range, { minLength: 1, maxLength: 20 }),
      (cuts, ranges) => {
        const held = new HeldFile();
        held.start(bytes.length, 1000);
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        for (const [at, end] of places.slice(1).entries()) held.take(bytes.subarray(places[at], end));

        for (const [start, length] of ranges) {
          const isInside = start + length <= bytes.length;
          const expected = isInside ? bytes.subarray(start, start + length).toString('hex') : undefined;
          if (length > 0) expect(held.at(start, length)?.toString('hex')).toBe(expected);
        }
      },
    ),
  );
});

test('nothing of a file is left when the next one starts', () => {
  const held = new HeldFile();
  const put = (first: string, second: string): void => {
    held.start(first.length + second.length, 1000);
    held.take(Buffer.from(first));
    held.take(Buffer.from(second));
  };
  put('abc', 'def');
  expect(held.at(1, 4)?.toString()).toBe('bcde');
  put('uvw', 'xyz');

  expect(held.at(1, 4)?.toString()).toBe('vwxy');
});
