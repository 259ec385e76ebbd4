import { expect, test } from 'vitest';
import type { VersionOrder } from '../../../../shared/advisories/versions/order.ts';

/** Checks one line `a < b`, `a = b` or `a > b` in both directions. */
export function checkCase(order: VersionOrder, line: string): void {
  const [a, operator, b] = line.split(' ');
  if (a === undefined || b === undefined) throw new Error(`not a case: ${line}`);
  const expected = operator === '<' ? -1 : operator === '>' ? 1 : 0;
  expect([line, order.compare(a, b)]).toEqual([line, expected]);
  expect([line, order.compare(b, a)]).toEqual([line, 0 - expected]);
}

/** One test for each titled list of such lines. */
export function testCases(order: VersionOrder, lists: Readonly<Record<string, readonly string[]>>): void {
  for (const [title, lines] of Object.entries(lists)) {
    test(title, () => {
      for (const line of lines) checkCase(order, line);
    });
  }
}

/** Checks that a list is strictly ascending, every member against every later one. */
export function checkAscending(order: VersionOrder, versions: readonly string[]): void {
  versions.forEach((low, i) => {
    for (const high of versions.slice(i + 1)) {
      expect([low, '<', high, order.compare(low, high)]).toEqual([low, '<', high, -1]);
      expect([high, '>', low, order.compare(high, low)]).toEqual([high, '>', low, 1]);
    }
  });
}

/** Checks which strings are well-formed versions. */
export function testValidity(order: VersionOrder, good: readonly string[], bad: readonly string[]): void {
  test('knows well-formed versions', () => {
    expect(good.filter((v) => !order.valid(v))).toEqual([]);
    expect(bad.filter((v) => order.valid(v))).toEqual([]);
  });
}
