import { describe } from 'vitest';
import { rpmOrder } from '../../../../shared/advisories/versions/rpm.ts';
import { testCases, testValidity } from './cases.ts';

// rpm-version(7), rpm tests/rpmvercmp.at; the packages are real ones from ALSA records.
describe('rpm', () => {
  testCases(rpmOrder, {
    'digits by value, above letters': [
      '1.10 > 1.9',
      '10.0001 = 10.1',
      '1.a < 1.1',
      '1.0a > 1.0',
      '5.5p1 < 5.5p10',
      '10xyz < 10.1xyz',
      '1.0aa > 1.0a',
    ],
    'other characters only separate': [
      '2_0 = 2.0',
      '1.0. = 1.0',
      'a+ = a_',
      '1..0 = 1.0',
      '1.1.é = 1.1.ö',
      '1.é < 1.a',
    ],
    'tilde before the end, caret after it': [
      '1.0~rc1 < 1.0',
      '1.0~rc1 < 1.0~rc2',
      '1.0~rc1~git1 < 1.0~rc1',
      '1.0^ > 1.0',
      '1.0^git1 > 1.0',
      '1.0^git1 < 1.0.1',
      '1.0^git1 < 1.01',
      '1.0^git1~pre < 1.0^git1',
      '1.0~rc1^git1 > 1.0~rc1',
    ],
    'no epoch is 0': ['0:1 = 1', '1:0.1 > 99', '013:5 > 4:2', ':1 = 1', '4:1.1.12-1.el9_3 > 4:1.1.9-1.el9'],
    'a colon behind something else is no epoch': ['a:1 < b:1', '1.m+e2:1 < 4.m+e1:1'],
    'the release; without one first': [
      '1-2 > 1-1',
      '1 < 1-0',
      '1 < 1-',
      '1-1 < 1-1.1',
      '1-1. = 1-1',
      '1.0-5 < 1.0.1-1',
    ],
    'fixes of AlmaLinux': [
      '7.76.1-26.el9_3.2 > 7.76.1-26.el9_2.3',
      '2.34-60.el9_2.7 > 2.34-60.el9',
      '8.7p1-38.el9_4.1 > 8.7p1-38.el9',
      '1:3.0.1-43.el9_0 > 1:3.0.1-41.el9_0',
      '2.28-225.el8_8.6 < 2.28-236.el8',
    ],
  });
  testValidity(
    rpmOrder,
    ['1', '1:2.0~rc1-3.el9', '1.0^git1-1', '2-1'],
    ['', '1-', '1-2-3', '1 2', '1:', 'a:1', '1-1(x)'],
  );
});
