import { describe, test } from 'vitest';
import { mavenOrder } from '../../../../shared/advisories/versions/maven.ts';
import { checkAscending, testCases, testValidity } from './cases.ts';

// maven.apache.org/pom.html#version-order-specification and the behaviour of ComparableVersion 3.9 and 4.
describe('maven', () => {
  test('orders qualifiers and numbers', () => {
    checkAscending(mavenOrder, [
      '3-alpha-snapshot',
      '3-alpha',
      '3-alpha-1-beta',
      '3-alpha-1',
      '3-alpha-22',
      '3-beta',
      '3-b3',
      '3-m4',
      '3-RC',
      '3-cr1',
      '3-rc12',
      '3-SNAPSHOT',
      '3',
      '3-ga1',
      '3-sp',
      '3-sp2',
      '3-android',
      '3.jre',
      '3-1-SNAPSHOT',
      '3-1',
      '3.0-1',
      '3.0.1',
      '3.1',
    ]);
  });
  testCases(mavenOrder, {
    'zeros and release words at the end, and before a qualifier, say nothing': [
      '1 = 1.0.0',
      '1-0 = 1',
      '1.0-ga = 1',
      '1.0.0.FINAL = 1',
      '5.2.20.RELEASE = 5.2.20',
      '1.0.0-rc-1 = 1rc1',
      '1-0.alpha = 1-alpha',
      '1. = 1',
      '1- = 1',
      '1.ga.0 = 1',
    ],
    'short names hold only right before a number, as ComparableVersion 3.9.9 has it': [
      '1-b-1 > 1',
      '1.M-1 > 1',
      '1-alpha-1 = 1-alpha1',
      '1-rc-1 = 1-rc1',
      '1a1 = 1-alpha-1',
      '1b2 = 1-beta-2',
      '1m3 = 1.milestone3',
      '1-a > 1',
      '1-a1 < 1',
    ],
    'case does not count': ['1-RC1 = 1-rc1', '1.0-M2 = 1.0-m2', '1X = 1x'],
    'a change between digits and letters is a hyphen': [
      '1x = 1-x',
      '6.1.0rc3 < 6.1.0',
      '6.1.0 < 6.1H.5-beta',
      '1foo2 = 1-foo-2',
      '1.0.0a2b < 1.0.0a3',
    ],
    'leading zeros and sizes': [
      '1.01 = 1.1',
      '20190126.230843 < 1234567890.12345',
      '99999999999999999999 > 99999999999999999998',
    ],
    'a number is above every qualifier, a dot above a hyphen': [
      '1-foo < 1-1',
      '1-1 < 1.1',
      '1.0.1 > 1-1',
      '2.0.1-xyz < 2.0.1-123',
      '1-0.1 < 1-1',
    ],
    'an ending goes on with nothing': [
      '1-alpha < 1',
      '1-sp > 1',
      '1.0-alpha-1-SNAPSHOT < 1.0-alpha-1',
      '1.0.0.Final-redhat-1 > 1.0.0.Final',
      '1-ga-1 > 1',
    ],
    'advisories of Spring, log4j, guava, jackson': [
      '5.3.17 < 5.3.18',
      '5.3.18.RELEASE > 5.3.17.RELEASE',
      '2.0-beta9 < 2.3.1',
      '2.15.0 > 2.15.0-rc2',
      '2.12.2 < 2.13.0',
      '31.1-android < 31.1-jre',
      '31.1-jre < 32.0.0-android',
      '2.9.10.8 > 2.9.10.7',
      '9.4.41.v20210516 < 9.4.43.v20210629',
      '4.1.59.Final < 4.1.60.Final',
      '1.0.0.M1 < 1.0.0.RELEASE',
    ],
    'characters that are no ASCII digits are letters': ['é < 1', '1.\u0668 < 1.1', '1-\u0668 > 1'],
  });
  testValidity(mavenOrder, ['1', '1.0-SNAPSHOT', 'r09', '1.0_p1'], ['', '1 .0', '1\n']);
});
