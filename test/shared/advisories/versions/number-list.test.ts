import { describe } from 'vitest';
import { cranOrder, hackageOrder } from '../../../../shared/advisories/versions/number-list.ts';
import { testCases, testValidity } from './cases.ts';

// R's package_version ("Writing R Extensions" 1.1.1).
describe('cran', () => {
  testCases(cranOrder, {
    'parts by value, dot and hyphen alike': ['0.9 < 0.75', '0.1-2 < 0.2-2', '1.0.1 = 1.0-1', '0.01 < 0.1-0'],
    'the longer of two equal beginnings last': ['1.0 < 1.0.0', '0.1.0 < 0.1.0.0', '0.3.2.0 < 0.3.3'],
    'what is no number lies below': ['1.a < 1.0', 'a < 0', '1.a < 1.b'],
  });
  testValidity(cranOrder, ['1.0', '0.1-2', '1.2.3-4'], ['', '1', '1.', '1.a', '1..2', '1.0 ']);
});

// Cabal's Version: Ord of a list of numbers.
describe('hackage', () => {
  testCases(hackageOrder, {
    'parts by value, the longer last': ['1.0.0 > 1.0', '0.10 > 0.9', '2.0 > 1.9.9', '0.1.26.0 > 0', '1.01 = 1.1'],
  });
  testValidity(hackageOrder, ['1', '1.2.3.4'], ['', '1-2', '1.', 'a']);
});
