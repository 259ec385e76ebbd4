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

test('code is not kept, and everything beside it is', () => {
  const bytes = Buffer.from(Array.from({ length: 400 }, (_, at) => at % 251));
  const code = [
    { start: 50, end: 120 },
    { start: 100, end: 200 },
    { start: 390, end: 500 },
  ];
  const isCode = (at: number): boolean => code.some(({ start, end }) => at >= start && at < end);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.nat(399),
      fc.integer({ min: 1, max: 120 }),
      (size, start, length) => {
        const held = new HeldFile();
        held.start(bytes.length, 1000, code);
        for (let at = 0; at < bytes.length; at += size) held.take(bytes.subarray(at, at + size));

        const places = Array.from({ length }, (_, at) => start + at);
        const isHeld = start + length <= bytes.length && !places.some(isCode);
        expect(held.at(start, length)?.equals(bytes.subarray(start, start + length))).toBe(isHeld ? true : undefined);
      },
    ),
  );
});

test('memory that holds nothing but code is free', () => {
  const held = new HeldFile();
  held.start(300, 1000, [{ start: 100, end: 200 }]);
  const chunks = [1, 2, 3].map((fill) => Buffer.from(new ArrayBuffer(100)).fill(fill));
  for (const chunk of chunks) held.take(chunk);

  expect(chunks.map(({ buffer }) => held.keeps(buffer))).toEqual([true, false, true]);
});
