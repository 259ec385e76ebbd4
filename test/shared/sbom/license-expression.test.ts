import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLicense } from '../../../shared/sbom/license-expression.ts';

describe('a stated licence', () => {
  test.each([
    ['MIT', 'id', 'MIT'],
    ['apache-2.0', 'id', 'Apache-2.0'],
    ['gpl-2.0+', 'id', 'GPL-2.0+'],
    ['(MIT)', 'expression', '(MIT)'],
    ['MIT AND (BSD-3-Clause OR ISC)', 'expression', 'MIT AND (BSD-3-Clause OR ISC)'],
    ['mit and  isc', 'expression', 'MIT AND ISC'],
    ['Apache-2.0+', 'expression', 'Apache-2.0+'],
    ['GPL-2.0-only WITH classpath-exception-2.0', 'expression', 'GPL-2.0-only WITH Classpath-exception-2.0'],
    ['MIT WITH nothing-known', 'name', 'MIT WITH nothing-known'],
    ['BSD', 'name', 'BSD'],
    ['MIT OR', 'name', 'MIT OR'],
    ['(MIT', 'name', '(MIT'],
    ['MIT ISC', 'name', 'MIT ISC'],
    ['LicenseRef-other', 'name', 'LicenseRef-other'],
    ['  SEE LICENSE IN\tLICENSE\n', 'name', 'SEE LICENSE IN LICENSE'],
    ['', 'name', ''],
  ])('%j is of kind %s', (stated, kind, text) => {
    expect(readLicense(stated)).toEqual({ kind, text });
  });

  test('of any length and depth ends, and is one line of at most 500 characters', () => {
    expect(readLicense(`${'('.repeat(1_000_000)}MIT`).kind).toBe('name');
    expect(readLicense('MIT AND '.repeat(100_000)).text.length).toBeLessThanOrEqual(500);
    const word = fc.constantFrom('MIT', 'ISC', 'AND', 'OR', 'WITH', '(', ')', 'x', '+');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (stated) => {
          const { kind, text } = readLicense(stated);
          expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          // what was read once is read again as the same thing
          expect(readLicense(text)).toEqual({ kind, text });
        },
      ),
    );
  });
});
