import { describe, test } from 'vitest';
import { pep440Order } from '../../../../shared/advisories/versions/pep440.ts';
import { checkAscending, testCases, testValidity } from './cases.ts';

// PEP 440, "Summary of permitted suffixes and relative ordering", "Normalization", "Local version identifiers".
describe('PEP 440', () => {
  test('orders every kind of suffix', () => {
    checkAscending(pep440Order, [
      '1.dev0',
      '1.0.dev456',
      '1.0a1',
      '1.0a2.dev456',
      '1.0a12.dev456',
      '1.0a12',
      '1.0b1.dev456',
      '1.0b2',
      '1.0b2.post345.dev456',
      '1.0b2.post345',
      '1.0rc1.dev456',
      '1.0rc1',
      '1.0',
      '1.0+abc.5',
      '1.0+abc.7',
      '1.0+5',
      '1.0.post456.dev34',
      '1.0.post456',
      '1.0.15',
      '1.1.dev1',
      '1!0.1',
    ]);
  });
  testCases(pep440Order, {
    'spellings of one version': [
      '1.0 = 1.0.0',
      'v1.0 = 1',
      '1.0-alpha.1 = 1.0a1',
      '1.0ALPHA = 1.0a0',
      '1.0_beta-2 = 1.0b2',
      '1.0c1 = 1.0rc1',
      '1.0.preview3 = 1.0rc3',
      '1.0-1 = 1.0.post1',
      '1.0.rev2 = 1.0.post2',
      '1.0r = 1.0.post0',
      '1.0-r4 = 1.0.post4',
      '1.0dev = 1.0.dev0',
      '1.0+ubuntu-1 = 1.0+ubuntu.1',
      '1.0+UBUNTU_1 = 1.0+ubuntu.1',
      '0!1.0 = 1.0',
      '1.00.01 = 1.0.1',
      '1.0a.post1 = 1.0a0.post1',
      '1.0a1.dev = 1.0a1.dev0',
      '1.0apost1dev2 = 1.0a0.post1.dev2',
      '1.0a-.post- = 1.0a0.post0',
    ],
    'the local part: numbers above text, longer above shorter': [
      '1.0+1 > 1.0+a',
      '1.0+a < 1.0+a.1',
      '1.0+10 > 1.0+9',
      '1.0+a < 1.0.post0',
    ],
    'numbers of any size': ['1.99999999999999999998 < 1.99999999999999999999', '20240101000000 > 3'],
    'advisories of requests and urllib3': [
      '2.31.0 > 2.3.0',
      '1.26.17 < 2.0.6',
      '2.0.0a1 < 2.0.0',
      '1.26.9.post1 < 1.26.10',
    ],
    'versions from before PEP 440 lie below all others': [
      'foo < 0.dev0',
      '2011k < 0',
      '1.0-foo < 0.1',
      'foo < foobar',
      '1.0-x < 1.1-x',
      '1.9-x < 1.10-x',
      '1.0-devx < 1.0-x',
      '2004b = 2004b.0',
    ],
  });
  testValidity(
    pep440Order,
    ['1', '1!2.3rc4.post5.dev6+local.7', 'v1.0', ' 1.0 ', '1.0-1', '1.0.a1', '1.0A'],
    [
      '',
      'foo',
      '1.0-',
      '1.0+',
      '1.0+a..b',
      '1.0-foo',
      '1..0',
      '1.0a1a1',
      '1.0.dev1.post1',
      '!1',
      '1!',
      '1.0 .1',
      '1.0x',
      '1.0+a+b',
    ],
  );
});
