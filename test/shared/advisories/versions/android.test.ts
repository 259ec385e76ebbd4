import { describe } from 'vitest';
import { androidOrder } from '../../../../shared/advisories/versions/android.ts';
import { linuxOrder } from '../../../../shared/advisories/versions/semver.ts';
import { testCases, testValidity } from './cases.ts';

// As records of the Android Security Bulletin write them: introduced "13:0", fixed "13:2023-03-01"; of the kernel and of chips ":0", ":2022-10-05".
describe('android', () => {
  testCases(androidOrder, {
    'platform, then patch level': [
      '13:0 < 13:2023-03-01',
      '13:2023-03-01 < 13:2023-03-05',
      '13:2023-12-05 < 14:0',
      '9:2020-01-01 < 10:0',
      '13 < 13:2023-03-01',
    ],
    'letters and the next one': ['12:2024-01-01 < 12L:0', '12L:2024-01-01 < 13:0', '13:2024-01-01 < 13-next:0'],
    'no platform': [':0 < :2022-10-05', ':2022-10-05 < 10:0'],
  });
  testValidity(
    androidOrder,
    ['13', '12L:0', ':2022-10-05', '13:2023-03-01', '14-next:0'],
    ['', '13:', '13:2023', '1 3:0'],
  );
});

// Tags of kernel.org.
describe('linux', () => {
  testCases(linuxOrder, {
    'numbers, release candidates first': [
      '2.6.12.3 < 2.6.12.10',
      '5.4.195 < 5.10.0',
      'v5.4.195 = 5.4.195',
      '6.1-rc1 < 6.1',
      '3.1-rc9 < 3.1-rc10',
      '6.1 = 6.1.0',
      '6.1 < 6.1.1',
    ],
  });
  testValidity(linuxOrder, ['2.6.12', '6.1-rc8', 'v5.4.195'], ['', 'next', '6.1 ']);
});
