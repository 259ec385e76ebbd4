import { describe } from 'vitest';
import { freebsdOrder, projectTagOrder } from '../../../../shared/advisories/versions/freebsd.ts';
import { testCases, testValidity } from './cases.ts';

// pkg(8): the rules stated in libpkg/pkg_version.c, tests/frontend/version.sh, and the Porter's Handbook 5.2.2.
describe('freebsd', () => {
  testCases(freebsdOrder, {
    'pkg version -t': ['1 < 2', '2 > 1', '2 = 2', '2 < 1,1'],
    'epoch before version before revision': [
      '1.0 < 1.0_1',
      '1.0_9 < 1.0_10',
      '1.0_1 < 1.1',
      '9.9_9 < 1.0,1',
      '1.0_1,1 > 1.0,1',
      '1.0,1 < 0.1,2',
      '1.0,0 = 1.0',
      '1.0_0 = 1.0',
    ],
    'a missing component is 0': ['10 = 10.0', '10.0 = 10.0.0', '10 < 10.1', '10..1 = 10.1', '01.002 = 1.2'],
    'other signs separate': ['1.0:2003.09.16 = 1.0.2003.09.16', '1.0.1:2003.09.16 < 1.0:2003.09.16'],
    'letters after a number': [
      '10 < 10a',
      '10a < 10b',
      '10a1b2 = 10a1.b2',
      '1.0.2k < 1.0.2t',
      '10b2 > 10b1',
      '10a < 10a0',
    ],
    'a component that begins with a letter lies below 0': ['a < 0', '10.a < 10', '1.0.a > 1.0.*'],
    'stages begin a component': [
      '10alpha = 10.a',
      '10alpha < 10',
      'pl11 < alpha3',
      'alpha3 < 0.1beta2',
      '0.1beta2 = 0.1.b2',
      '0.1.b2 < 0.1',
      '1.0beta1 < 1.0pre1',
      '1.0pre1 < 1.0rc1',
      '1.0rc1 < 1.0rc2',
      '1.0rc2 < 1.0',
      '1.0pl1 < 1.0snap1',
      '1.0snap1 < 1.0alpha1',
      '1.0RC1 = 1.0rc1',
    ],
    'of other words the first letter counts': ['1.d2 = 1.dev2', '1.dev2 = 1.Development2', '1.0alphabet = 1.0a'],
    '* is the smallest': ['2.* < 2pl1', '2pl1 < 2alpha3', '2alpha3 < 2.9f7', '2.9f7 < 3.*'],
    '+ ends a block': ['1.0+1 > 1.0', '1.0+1 < 1.0.1', '1.0.0+1 = 1.0+1', '1.0+1.2 < 1.0+1.10'],
    'numbers of any size': ['1.9007199254740993 > 1.9007199254740992', '99999999999999999999 < 100000000000000000000'],
    'ports that were there': [
      'p5-1.52 < p5-1.53',
      '8.10.1_1 < 8.11.0',
      '3.0.13_1,1 < 3.0.14,1',
      '20240101 < 20240102',
      '1.1.1w_2,1 > 1.1.1w,1',
    ],
    'releases of the base system': [
      '14.2-RELEASE = 14.2',
      '14.2-RELEASE-p1 = 14.2_1',
      '14.2-RELEASE-p9 < 14.2-RELEASE-p10',
      '14.2-RELEASE-p3 < 14.3-RELEASE',
      '14.3 > 14.2_7',
    ],
  });
  testValidity(
    freebsdOrder,
    ['1', '8.10.1_1', '3.0.13_1,1', '1.0+1', '14.3-RELEASE-p2', '1.0.b2'],
    ['', '_1', ',1', '1.0_', '1.0_a', '1.0,', '1 0', '14.3-RELEASE-', '-1'],
  );
});

describe('tags of projects', () => {
  testCases(projectTagOrder, {
    'what stands before the number is a name': ['curl-7_88_1 = 7.88.1', 'curl-7_88_1 < curl-7_110_0', 'v1.9 < v1.10'],
    'a letter is later, a stage is earlier': [
      'OpenSSL_1_1_1 < OpenSSL_1_1_1k',
      'OpenSSL_1_1_1k < OpenSSL_1_1_1l',
      'openssl-3.0.0-alpha1 < openssl-3.0.0-beta1',
      'openssl-3.0.0-beta1 < openssl-3.0.0',
      'php-7.4.3RC1 < php-7.4.3',
    ],
  });
  testValidity(projectTagOrder, ['curl-7_88_1', 'v1.0', 'release/1.2'], ['', 'main', '1 0', '-1']);
});
