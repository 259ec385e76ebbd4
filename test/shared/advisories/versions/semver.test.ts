import { describe, test } from 'vitest';
import {
  goOrder,
  juliaOrder,
  nugetOrder,
  pubOrder,
  semverOrder,
} from '../../../../shared/advisories/versions/semver.ts';
import { checkAscending, testCases, testValidity } from './cases.ts';

// semver.org 2.0.0, section 11; tolerance as OSV's data needs it.
describe('semver', () => {
  test('follows the example of the specification', () => {
    checkAscending(semverOrder, [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
    ]);
  });
  testCases(semverOrder, {
    'missing numbers are 0, more than three count': [
      '1 = 1.0.0',
      '1.2 < 1.2.1',
      '1.2.3.4 > 1.2.3',
      '1.2.3.4 < 1.2.4',
      '1.2.3.0 = 1.2.3',
    ],
    'prefixes and leading zeros do not count': [
      'v1.2.3 = 1.2.3',
      'V1.2 = 1.2.0',
      '=1.2.3 = 1.2.3',
      '01.02.03 = 1.2.3',
      '1.0.0-01 = 1.0.0-1',
    ],
    'numbers beyond 2^53 are exact': [
      '9007199254740993.0.0 > 9007199254740992.0.0',
      '1.0.0-99999999999999999999 < 1.0.0-100000000000000000000',
    ],
    'a pre-release comes before its release and lies in ranges': [
      '2.0.0-rc1 < 2.0.0',
      '2.0.0-rc1 > 1.99.99',
      '1.0.0-rc93 < 1.1.12',
      '1.2.3rc1 < 1.2.3',
      '1.0.beta < 1.0.0',
    ],
    'identifiers: numbers below text, text by code unit': [
      '1.0.0-9 < 1.0.0-a',
      '1.0.0-A < 1.0.0-a',
      '1.0.0-1-2 > 1.0.0-1',
      '1.0.0-a < 1.0.0-a.0',
    ],
    'build metadata does not count': ['1.0.0+a = 1.0.0+b', '1.0.0-rc.1+x = 1.0.0-rc.1', '1.0.0+build-1 = 1.0.0'],
    'text without a number is a pre-release of 0': ['main < 0', 'main < 0.0.1', ' < 1'],
  });
  testValidity(
    semverOrder,
    ['1.2.3', 'v1', '1.2', '1.2.3.4', '1.0.0-rc.1+sha.5114f85', '01.0.0', '99999999999999999999.0.0'],
    ['', 'main', '1.', '1..2', '1.2.3-', '1.2.3-a..b', '1.2.3 ', '1.2.3rc1', '1.x', '>=1.0.0'],
  );
});

// go.dev/ref/mod#pseudo-versions; golang.org/x/vuln writes go1.21rc2 as 1.21.0-rc.2.
describe('go', () => {
  testCases(goOrder, {
    'pseudo-versions lie before the release that they lead to': [
      'v0.0.0-20200101000000-abcdefabcdef < v0.0.0-20210101000000-000000000000',
      'v0.0.0-20210101000000-abcdefabcdef < v0.1.0',
      'v1.2.4-0.20210101000000-abcdefabcdef > v1.2.3',
      'v1.2.4-0.20210101000000-abcdefabcdef < v1.2.4',
      'v1.2.3-pre.0.20210101000000-abcdefabcdef > v1.2.3-pre',
      '0.0.0-20211209193657-4570a0811e8b < 0.17.0',
    ],
    'incompatible is build metadata': ['v2.0.0+incompatible = 2.0.0', 'v20.10.7+incompatible < 20.10.9'],
    'toolchain tags': [
      'go1.21rc2 = 1.21.0-rc.2',
      'go1.21rc2 < 1.21.0',
      '1.14beta1 < 1.14rc1',
      'go1.20.10 > 1.20.9',
      'go1.21rc10 > go1.21rc9',
    ],
  });
  testValidity(goOrder, ['v1.2.3', 'go1.22.1', '1.21rc2', 'v0.0.0-20200101000000-abcdefabcdef'], ['(devel)', '', 'go']);
});

// learn.microsoft.com/nuget/concepts/package-versioning, "Normalized version numbers" and "Pre-release versions".
describe('nuget', () => {
  testCases(nugetOrder, {
    'four numbers': ['1.0 = 1.0.0.0', '1.0.0.1 > 1.0.0', '1.01.1 = 1.1.1', '4.3.0 < 4.3.1'],
    'labels without case, numbers by value': [
      '1.0.0-Alpha = 1.0.0-alpha',
      '1.0.0-RC < 1.0.0-rc.1',
      '1.0-beta.2 < 1.0-beta.10',
      '1.0.0-zulu < 1.0.0',
    ],
    'metadata does not count': ['1.0.0+A = 1.0.0+b'],
  });
});

// dart-lang pub_semver Version.compareTo: build metadata counts, after the release.
describe('pub', () => {
  testCases(pubOrder, {
    'build metadata breaks ties': [
      '1.0.0 < 1.0.0+1',
      '1.0.0+1 < 1.0.0+2',
      '1.0.0+9 < 1.0.0+10',
      '1.0.0-a < 1.0.0',
      '1.0.0-a+1 > 1.0.0-a',
      '1.0.0+1 < 1.0.1',
      '1.0.0+1 < 1.0.0+a',
    ],
  });
});

// Julia's VersionNumber; versions of JLL packages in JuliaLang/SecurityAdvisories.jl.
describe('julia', () => {
  testCases(juliaOrder, {
    'a rebuild of what a package brings is a version of its own': [
      '2.13.4+0 < 2.13.4+1',
      '1.58.0+9 < 1.58.0+10',
      '1.58.0 < 1.58.0+0',
      '1.58.0+1 < 1.68.0+0',
      '1.0.0-rc1+3 < 1.0.0+0',
    ],
  });
});
