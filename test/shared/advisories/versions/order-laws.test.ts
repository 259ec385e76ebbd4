import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_ORDERS } from './all-orders.ts';
import { anyString, nearVersion } from './near-versions.ts';
import { brokenLaw } from './order-laws.ts';

describe.each(ALL_ORDERS)('$name is a total order', (order) => {
  test('over strings that look like versions', () => {
    fc.assert(
      fc.property(fc.array(nearVersion, { minLength: 3, maxLength: 6 }), (versions) => {
        expect(brokenLaw(order, versions)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test('over all strings', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyString, nearVersion), { minLength: 3, maxLength: 5 }), (versions) => {
        expect(brokenLaw(order, versions)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('over neighbours: a version, and the same with one character more or less', () => {
    fc.assert(
      fc.property(nearVersion, nearVersion, fc.nat(), (version, other, at) => {
        const cut = version.length === 0 ? 0 : at % version.length;
        const less = version.slice(0, cut) + version.slice(cut + 1);
        expect(
          brokenLaw(order, [version, less, `${version}0`, `${version}.0`, version + other, `${less}-1`]),
        ).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('judging well-formedness never throws', () => {
    fc.assert(fc.property(fc.oneof(anyString, nearVersion), (version) => typeof order.valid(version) === 'boolean'));
  });
});

test('the laws notice an order that breaks them', () => {
  const broken = { name: 'broken', valid: () => true };
  const rock = ['rock', 'paper', 'scissors'];
  const beats = (a: string, b: string): -1 | 0 | 1 =>
    a === b ? 0 : (rock.indexOf(a) + 1) % 3 === rock.indexOf(b) ? -1 : 1;
  expect(brokenLaw({ ...broken, compare: beats }, rock)).toMatch(/^not transitive/);
  expect(brokenLaw({ ...broken, compare: () => 1 }, ['a'])).toMatch(/^not reflexive/);
  expect(brokenLaw({ ...broken, compare: (a, b) => (a === b ? 0 : 1) }, ['a', 'b'])).toMatch(/^not antisymmetric/);
});
