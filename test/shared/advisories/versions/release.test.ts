import { describe, test } from 'vitest';
import { releaseOrder } from '../../../../shared/advisories/versions/release.ts';
import { checkAscending, testCases, testValidity } from './cases.ts';

describe('releases', () => {
  test('of OpenSSL stand in the order in which they were made', () => {
    checkAscending(releaseOrder, [
      '1.0.2',
      '1.0.2a',
      '1.0.2u',
      '1.0.2z',
      '1.0.2za',
      '1.0.2zj',
      '1.1.0-pre1',
      '1.1.0',
      '1.1.1',
      '1.1.1k',
      '1.1.1w',
      '3.0.0-alpha1',
      '3.0.0-beta2',
      '3.0.0',
      '3.0.9',
      '3.0.13',
    ]);
  });

  test('of others, too', () => {
    checkAscending(releaseOrder, ['26.2.5.15', '27.0-rc1', '27.0', '27.3.4.3', '28.0.3']);
    checkAscending(releaseOrder, ['6.9.13-26', '7.1.1-47', '7.1.2-0', '7.1.2-1']);
    checkAscending(releaseOrder, ['5.3.3alpha', '5.3.3beta', '5.3.3', '5.8.0', '5.8.1']);
    checkAscending(releaseOrder, ['5.40.2-RC1', '5.40.2', '5.41.0', '5.41.10']);
    checkAscending(releaseOrder, ['9.8p1', '9.9', '9.9p1', '9.9p2', '10.0p1']);
    checkAscending(releaseOrder, ['120.0.6099.71', '120.0.6099.129', '121.0.1']);
    checkAscending(releaseOrder, ['2.1.93', '2.39', '2.40']);
  });

  testCases(releaseOrder, {
    'what is missing is 0': ['6.4 = 6.4.0', '27 = 27.0', '7.1.2-0 = 7.1.2'],
    'signs only separate, and case does not count': ['2.6_rc1 = 2.6-RC1', '1.0.2A = 1.0.2a', '01.02 = 1.2'],
    'what stands before the number is a name': ['OTP-27.3.3 = 27.3.3', 'v1.7 = 1.7', 'OpenSSL_1_1_1k < 1.1.1l'],
    'numbers of any size': ['1.9007199254740993 > 1.9007199254740992'],
    'stages come in their turn': [
      '1.0dev1 < 1.0alpha1',
      '1.0alpha1 < 1.0beta1',
      '1.0beta1 < 1.0pre1',
      '1.0pre1 < 1.0rc1',
    ],
  });

  testValidity(releaseOrder, ['3.0.13', '1.0.2zj', 'OTP-27.3.3', 'v1.7'], ['', 'main', '1 0', '>= 1.0']);
});
