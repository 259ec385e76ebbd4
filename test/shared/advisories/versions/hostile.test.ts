import { describe, expect, test } from 'vitest';
import { ALL_ORDERS } from './all-orders.ts';

const SIZE = 100_000;

/** What repeats in the strings; each provokes one of: deep nesting, backtracking, repeated scans of a tail, huge numbers. */
const REPEATED = [
  ...['0', '1', 'a', '.', '-', '+', '~', '^', ' ', '1.', '1-', '0.', 'a1', 'a-1', '1a', 'a.', '-a'],
  ...['_alpha1', '.rc', '.dev', '-ga', 'final-', '\ud800', '.x', '+echo.1', '-x86_64', '.pre.'],
];

const HOSTILE = REPEATED.map((part) => part.repeat(Math.ceil(SIZE / part.length)).slice(0, SIZE));

// A quadratic step over 100,000 characters runs into the time limit of the test runner.
describe.each(ALL_ORDERS.slice(0, 18))('$name with strings of 100,000 characters', (order) => {
  test('compares what differs only at the end', () => {
    const signs = HOSTILE.map((hostile) => [
      order.compare(`1${hostile}`, `1${hostile}a`),
      order.compare(`1.0-${hostile}1`, `1.0-${hostile}2`),
    ]);
    expect(signs.flat().every((sign) => [-1, 0, 1].includes(sign))).toBe(true);
  });

  test('judges well-formedness', () => {
    const spoilt = HOSTILE.flatMap((hostile) => [
      `1${hostile} !`,
      `1.0a${hostile} !`,
      `1-${hostile} !`,
      `1+${hostile} !`,
    ]);
    expect(spoilt.filter((version) => order.valid(version) && order.name !== 'maven')).toEqual([]);
  });
});
