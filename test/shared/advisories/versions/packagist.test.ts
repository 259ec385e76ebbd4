import { describe, test } from 'vitest';
import { packagistOrder } from '../../../../shared/advisories/versions/packagist.ts';
import { checkAscending, testCases, testValidity } from './cases.ts';

// composer/semver VersionParser::normalize and Comparator, php.net/version_compare.
describe('packagist', () => {
  test('orders stabilities around the release', () => {
    checkAscending(packagistOrder, [
      'dev-main',
      '1.0-dev',
      '1.0-alpha',
      '1.0a1',
      '1.0-beta2',
      '1.0-b10',
      '1.0RC1',
      '1.0',
      '1.0-p1',
      '1.0-patch2',
      '1.0.0.1',
      '1.0.1',
      '1.x-dev',
      '2.0-dev',
    ]);
  });
  testCases(packagistOrder, {
    'four numbers, v and build metadata dropped': [
      '1.0 = 1.0.0.0',
      'v1.2.3 = 1.2.3',
      'V1 = 1',
      '1.0.0+abc = 1.0.0',
      '1.22.01 = 1.22.1',
    ],
    'spellings of a stability': [
      '1.0-beta2.1 = 1.0-b.2.1',
      '1.0.rc2 = 1.0RC2',
      '1.0-pl1 = 1.0-patch1',
      '1.0-stable = 1.0',
      '1.0_alpha3 = 1.0-a3',
    ],
    branches: ['2.1.x-dev > 2.1.99', '2.1.x-dev < 2.2', '1.x-dev = 1.x', 'dev-main < 0', 'dev-a < dev-b'],
    'numbers of any size': ['99999999999999999998 < 99999999999999999999'],
    'advisories of symfony, drupal, typo3': [
      'v5.0.0-BETA1 < v5.0.0-RC1',
      '8.9.1 < 8.9.20',
      '9.5.0 > 9.5.0-rc2',
      '4.4.50 > 4.4.5',
      '10.4.37 > 10.4.4',
    ],
  });
  testValidity(
    packagistOrder,
    ['1', 'v1.2.3.4', '1.0.0-beta.2', '1.0-dev', 'dev-feature/x', '2.1.x-dev', '1.0.0-RC1+build', '1.0pl1'],
    ['', 'foo', '1.2.3.4.5', '1.0-foo', '1 0', '1.0-', '^1.0'],
  );
});
