import { describe } from 'vitest';
import { dpkgOrder } from '../../../../shared/advisories/versions/dpkg.ts';
import { testCases, testValidity } from './cases.ts';

// deb-version(7) and Debian Policy 5.6.12; the packages are real ones from Debian and Ubuntu advisories.
describe('dpkg', () => {
  testCases(dpkgOrder, {
    'tilde sorts before the end, letters before other signs': [
      '1.0~rc1 < 1.0',
      '1.0~~ < 1.0~~a',
      '1.0~~a < 1.0~',
      '1.0~ < 1.0',
      '1.0 < 1.0a',
      '1.0a < 1.0+',
      '1.0a < 1.0.1',
      '2.15.0-1~deb11u1 < 2.15.0-1',
    ],
    'a missing epoch is 0 and beats nothing': ['0:1.0-1 = 1.0-1', '1:0.1 > 99', '00:1 = 1', '10:1 > 9:1'],
    'a missing revision is 0': ['1.0 = 1.0-0', '1.0 = 1.0-', '1.0 < 1.0-1', '1.0-0 < 1.0-0a', '1.0 > 1.0-0~'],
    'only the last hyphen starts the revision': ['1.0-2-1 > 1.0-1-9', '1-2 < 1-2-1'],
    'numbers compare by value, of any size': [
      '1.10 > 1.9',
      '1.010 = 1.10',
      '1.99999999999999999999998 < 1.99999999999999999999999',
      '1.99999999999999999999999 < 1.100000000000000000000000',
    ],
    'security fixes of released distributions': [
      '1.0.1e-2+deb7u5 < 1.0.1e-2+deb7u10',
      '4.2+dfsg-0.1+deb7u1 < 4.2+dfsg-0.1+deb7u3',
      '7.88.1-10 < 7.88.1-10+deb12u4',
      '5.6.1+really5.4.5-1 > 5.6.1-1',
      '7.81.0-1ubuntu1.14 > 7.81.0-1ubuntu1.9',
      '2.31-0ubuntu9.9 < 2.31-0ubuntu9.14',
      '1.1.1f-1ubuntu2.20 < 1.1.1f-1ubuntu2.20+esm1',
      '1:9.2p1-2+deb12u3 > 1:9.2p1-2+deb12u2',
    ],
    'a prefix that is no number is not an epoch': ['a:1 > 9', 'a:1 < b:1', ':1 > 2'],
    'surrounding blanks do not count': ['\t1.0\n = 1.0'],
  });

  testValidity(
    dpkgOrder,
    ['1.0', '1:2.3.4-5ubuntu6', '0~git20200101', '1:1:2-3', '1.0-1+b1'],
    ['', '1.0-', 'a', '4294967296:1', '1.0_1', 'x:1', '1.0 1', '-1', '1:'],
  );
});
