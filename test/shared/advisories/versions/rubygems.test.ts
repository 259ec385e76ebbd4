import { describe, test } from 'vitest';
import { rubygemsOrder } from '../../../../shared/advisories/versions/rubygems.ts';
import { checkAscending, testCases, testValidity } from './cases.ts';

// rubygems lib/rubygems/version.rb: the class comment, canonical_segments and <=>.
describe('rubygems', () => {
  test('orders pre-releases before their release', () => {
    checkAscending(rubygemsOrder, [
      '0.9',
      '1.0.a.2',
      '1.0.a.10',
      '1.0.b1',
      '1.0.rc1',
      '1.0',
      '1.0.1.pre',
      '1.0.1',
      '1.2',
      '1.10',
    ]);
  });
  testCases(rubygemsOrder, {
    'zeros that say nothing': ['1 = 1.0.0', '1.0.a = 1.a', '1.a.0 = 1.a', '01.02 = 1.2', '0 = 0.0'],
    'letters and digits separate': ['1.0.a2 = 1.0.a.2', '1beta < 1', '1.0rc1 = 1.0.rc.1'],
    'a hyphen marks a pre-release': ['1.0-1 = 1.0.pre.1', '1.0.0-rc1 < 1.0.0'],
    'a platform is no part of the version': [
      '1.13.6-x86_64-linux = 1.13.6',
      '1.13.6-java < 1.13.7',
      '1.13.10-arm64-darwin > 1.13.9',
      '1.15.0.rc1-aarch64-linux-gnu < 1.15.0',
      '1.0-x64-mingw-ucrt = 1.0',
    ],
    'numbers of any size': ['1.99999999999999999998 < 1.99999999999999999999'],
    'case counts': ['1.A < 1.a'],
    'advisories of rails and nokogiri': [
      '6.1.7.1 > 6.1.7',
      '7.0.4.1 < 7.0.5',
      '5.2.8.15 > 5.2.8.2',
      '7.1.0.beta1 < 7.1.0',
    ],
  });
  testValidity(
    rubygemsOrder,
    ['1', '1.2.3', '1.0.a.2', '1.0-1', '1.13.6-x86_64-linux'],
    ['', 'a', '1..2', '1.', '1 2', '>= 1.0'],
  );
});
