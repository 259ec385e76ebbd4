import { describe } from 'vitest';
import { apkOrder } from '../../../../shared/advisories/versions/apk.ts';
import { testCases, testValidity } from './cases.ts';

// apk-tools src/version.c (3.0) and apk-package(5).
describe('apk', () => {
  testCases(apkOrder, {
    'numbers, the longer of two equal beginnings last': [
      '1.2 < 1.10',
      '1.0 < 1.0.0',
      '006 = 6',
      '006 > 1.0.0',
      '1.0 < 1.0-r0',
    ],
    'a later component with a leading zero is a fraction': [
      '1.02 < 1.1',
      '1.010 < 1.09',
      '1.0 < 1.00',
      '0.099 < 0.1',
      '2.02.06 < 2.02.10',
      '1.1 > 1.09',
    ],
    'the letter': ['1.1.1b < 1.1.1c', '1.1.1 < 1.1.1a', '1.1a < 1.1.1', '1.7b > 1.7', '2.5.1a-r1 > 2.5.1-r8'],
    'suffixes before and after the release': [
      '1_alpha < 1_beta',
      '1_beta < 1_pre',
      '1_pre < 1_rc',
      '1_rc9 < 1',
      '1 < 1_cvs',
      '1_cvs < 1_svn',
      '1_svn < 1_git',
      '1_git < 1_hg',
      '1_hg < 1_p',
      '1_p9 < 1_p10',
      '1_p < 1_p0',
      '1_alpha_pre2 < 1_alpha',
      '1_p1 < 1a',
      '1.2_git20200101 < 1.2_git20200102',
    ],
    'the commit hash orders by text': ['1~abc > 1', '1~abc < 1~abd', '1~abc < 1_p1', '1_p1~ab > 1_p1'],
    'the build': ['1-r2 < 1-r10', '1-r01 = 1-r1', '1.2_rc1-r5 < 1.2-r0', '5.6.1-r2 > 5.6.1-r1'],
    'fixes of Alpine, Wolfi and BellSoft': [
      '8.1.0-r2 < 8.4.0-r0',
      '3.0.7-r0 < 3.0.10-r0',
      '1.36.1-r0 < 1.36.1-r15',
      '9.3_p1-r3 < 9.3_p2-r0',
      '1.2.4_git20230717-r4 > 1.2.4-r9',
      '0.0_git20230101-r0 < 0.1',
    ],
    'numbers after a letter, as BellSoft writes JDKs': [
      '8u92_p1-r0 < 8u372_p7-r0',
      '8u372_p7-r0 < 8u372_p7-r1',
      '8u372_p7-r1 < 8u392_p9-r1',
      '8u9 > 8u',
      '6.6.2p1 > 6.6.2_p2',
      '8u402 < 9',
    ],
    'what cannot be read orders below what ends there': [
      '1.0-r0-1 < 1.0-r0',
      '1. < 1',
      '1_foo < 1',
      '1_rc < 1_foo',
      '1.0-foo < 1.0',
      '1.0-9 < 1.0-10',
      'v1.9 < v1.10',
      '1.0bc > 1.0',
      'abc < 0',
      '1_bar < 1_foo',
      '2_foo > 1_p',
    ],
  });

  testValidity(
    apkOrder,
    ['1', '1.2.3a_alpha1_p2~0af-r3', '20240101', '1.0_git20240101-r0'],
    ['', 'v1', '1.', '1-r', '1.2A', '1_foo', '1-1', '1-r0-r1', '1~', '1~xyz', '1-r-0', '1ab', '1-r1_p1', '1_'],
  );
});
