import { describe, expect, test } from 'vitest';
import {
  compareVersions,
  UnknownEcosystemError,
  versionOrderOf,
} from '../../../../shared/advisories/versions/index.ts';

/** Names as they stand in OSV records, and the order that they are judged by. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  dpkg: [
    'Debian',
    'Debian:12',
    'Debian:sid',
    'Ubuntu:22.04:LTS',
    'Ubuntu:Pro:18.04:LTS',
    'Echo',
    'opam',
    'Docker Hardened Images:Debian:trixie',
    'TuxCare:Debian:11',
  ],
  apk: [
    'Alpine:v3.20',
    'Alpaquita:stream',
    'BellSoft Hardened Containers:23',
    'Chainguard',
    'CleanStart',
    'MinimOS',
    'Wolfi',
    'Docker Hardened Images:Alpine:3.23',
    'DHI:Alpine:3.23',
    'TuxCare:Alpine:3.18',
  ],
  rpm: [
    'AlmaLinux:9',
    'Azure Linux:3',
    'Mageia:9',
    'Photon OS:3.0',
    'Red Hat:rhel_aus:8.4::appstream',
    'Rocky Linux:9',
    'SUSE:Linux Enterprise Server 15 SP5',
    'openEuler:24.03-LTS',
    'openSUSE:Leap 15.6',
    'Oracle Linux:9',
    'TuxCare:AlmaLinux:9',
    'TuxCare:CentOS:7',
    'TuxCare:CentOS-Stream:8',
    'TuxCare:OracleLinux:7',
    'TuxCare:RHEL:8',
  ],
  semver: [
    'npm',
    'crates.io',
    'Bitnami',
    'SwiftURL',
    'GitHub Actions',
    'Hex',
    'Kubernetes',
    'VSCode',
    'TuxCare:npm',
    'Bioconductor',
    'ConanCenter',
    'GHC',
    'TuxCare',
    'Docker Hardened Images',
  ],
  go: ['Go'],
  maven: ['Maven', 'Maven:https://repo.example/maven2', 'Echo:Maven', 'Red Hat Lightwell:Maven'],
  pep440: ['PyPI', 'Echo:PyPI', 'Red Hat Lightwell:PyPI'],
  packagist: ['Packagist', 'Packagist:https://packages.drupal.org/8'],
  rubygems: ['RubyGems'],
  nuget: ['NuGet'],
  julia: ['Julia'],
  pub: ['Pub'],
  cran: ['CRAN'],
  hackage: ['Hackage'],
  freebsd: ['FreeBSD', 'FreeBSD:ports', 'FreeBSD:base:14.3', 'FreeBSD:kernel'],
  linux: ['Linux'],
  android: ['Android'],
  'project tags': ['OSS-Fuzz'],
  releases: ['CVE List'],
  'apk with vendor builds': ['Root:Alpine:3.18'],
  'dpkg with vendor builds': ['Root:Debian:12', 'Root:Ubuntu:22.04'],
  'pep440 with vendor builds': ['Root:PyPI'],
  'maven with vendor builds': ['Root:Maven'],
  'semver with vendor builds': ['Root:npm', 'Root', 'Echo:npm'],
};

/** Every name that OSV defines: ossf.github.io/osv-schema, "Defined ecosystems", of schema 1.7.5 (ecosystems.json; 48 names), read on 2026-11-28. */
const DEFINED = [
  ...['AlmaLinux', 'Alpaquita', 'Alpine', 'Android', 'Azure Linux', 'BellSoft Hardened Containers', 'Bioconductor'],
  ...['Bitnami', 'CRAN', 'Chainguard', 'CleanStart', 'ConanCenter', 'Debian', 'Docker Hardened Images', 'Echo'],
  ...['FreeBSD', 'GHC', 'GitHub Actions', 'Go', 'Hackage', 'Hex', 'Julia', 'Kubernetes', 'Linux', 'Mageia', 'Maven'],
  ...['MinimOS', 'NuGet', 'OSS-Fuzz', 'Packagist', 'Photon OS', 'Pub', 'PyPI', 'Red Hat', 'Rocky Linux', 'Root'],
  ...['RubyGems', 'SUSE', 'SwiftURL', 'TuxCare', 'Ubuntu', 'VSCode', 'Wolfi', 'crates.io', 'npm', 'opam', 'openEuler'],
  'openSUSE',
] as const;

describe('the order of an ecosystem', () => {
  test.each(DEFINED)('%s, which OSV defines, has one', (name) => {
    expect(compareVersions(name, '1.2.3', '1.10.0')).toBe(-1);
    expect(compareVersions(name, '1.10.0', '1.10.0')).toBe(0);
    expect(compareVersions(name, '2.0.0', '1.10.0')).toBe(1);
  });

  for (const [order, names] of Object.entries(NAMES)) {
    test(`${order}: ${names.join(', ')}`, () => {
      for (const name of names) expect([name, versionOrderOf(name)?.name]).toEqual([name, order]);
    });
  }

  test('is undefined where no order is known', () => {
    for (const name of [
      '',
      ':',
      'debian',
      'android',
      'NetBSD',
      'TuxCare:TuxCare:npm',
      'Docker Hardened Images:Docker Hardened Images:Alpine:3.23',
      '__proto__',
      'constructor',
    ]) {
      expect([name, versionOrderOf(name)]).toEqual([name, undefined]);
    }
  });

  test('comparing in an unknown ecosystem throws a named error that says what to do', () => {
    const compare = () => compareVersions('NetBSD', '1', '2');
    expect(compare).toThrow(UnknownEcosystemError);
    expect(compare).toThrow(/"NetBSD".*not judged/);
    expect(compare).toThrow(expect.objectContaining({ code: 'UNKNOWN_ECOSYSTEM', ecosystem: 'NetBSD' }));
  });

  test('one pair of versions differs by ecosystem', () => {
    expect(compareVersions('Debian:12', '1.0-1', '1.0')).toBe(1);
    expect(compareVersions('npm', '1.0-1', '1.0')).toBe(-1);
    expect(compareVersions('RubyGems', '1.0-1', '1.0')).toBe(-1);
    expect(compareVersions('PyPI', '1.0-1', '1.0')).toBe(1);
    expect(compareVersions('Maven', '1.0-1', '1.0')).toBe(1);
    expect(compareVersions('Alpine:v3.20', '1.0-1', '1.0')).toBe(-1);
  });
});

// osv.dev go/osv/ecosystem/root.go and echo.go.
describe('rebuilds of vendors', () => {
  const cases: readonly (readonly [string, string, -1 | 0 | 1, string])[] = [
    ['Root:Debian:12', '1.2-3', -1, '1.2-3.root.io.1'],
    ['Root:Debian:12', '1.2-3.root.io.2', -1, '1.2-3.root.io.10'],
    ['Root:Debian:12', '1.2-3.root.io.9', -1, '1.2-3+deb12u1'],
    ['Root:Alpine:3.18', '1.2-r3.root.io.1', 1, '1.2-r3'],
    ['Root:Alpine:3.18', '1.2-r3.root.io.1', -1, '1.2-r4'],
    ['Root:PyPI', '1.2+root.io.1', 1, '1.2'],
    ['Root:npm', '1.2.3+root.io.2', 1, '1.2.3+root.io.1'],
    ['Root:npm', '1.2.3+root.io.', 0, '1.2.3'],
    ['Echo:npm', '1.2.3+echo.9', -1, '1.2.3+echo.10'],
    ['Echo:npm', '1.2.3+echo.9', -1, '1.2.4'],
    ['Echo:npm', '1.2.3-rc.1+echo.1', -1, '1.2.3'],
    ['Echo:npm', '1.2.3+build.1', 0, '1.2.3+build.2'],
  ];
  for (const [ecosystem, a, sign, b] of cases) {
    test(`${ecosystem}: ${a} and ${b}`, () => {
      expect(compareVersions(ecosystem, a, b)).toBe(sign);
      expect(compareVersions(ecosystem, b, a)).toBe(0 - sign);
    });
  }
});
