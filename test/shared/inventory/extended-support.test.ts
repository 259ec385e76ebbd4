import { describe, expect, test } from 'vitest';
import { matchName, packageKeyId } from '#shared/inventory';
import { osKey } from '../../../shared/inventory/keys-of-packages.ts';
import { distributionOf } from '../../../shared/inventory/release.ts';

const key = (release: string, version: string, type: 'deb' | 'rpm' = 'rpm') =>
  osKey(
    { type, name: 'squid-cgi', version, source: 'squid', sourceVersion: version, supplier: 'CloudLinux' },
    distributionOf((path) => (path === 'etc/os-release' ? release : undefined)),
  );

describe('packages that TuxCare builds for releases that are over', () => {
  test.each([
    ['ID=ubuntu\nVERSION_ID="18.04"', '3.5.27-1ubuntu1.14+tuxcare.els3', 'Ubuntu:18.04'],
    ['ID=ubuntu\nVERSION_ID="16.04"', '20221215~16.04.1ubuntu0.1~tuxcare.els1', 'Ubuntu:16.04'],
    ['ID=debian\nVERSION_ID="10"', '2.31.1-16+tuxcare.els11', 'Debian:10'],
    ['ID="almalinux"\nVERSION_ID="9.6"', '1:3.2.2-7.el9_6.tuxcare.1.els7', 'AlmaLinux:9.6'],
    ['ID="rhel"\nVERSION_ID="8.4"', '4.4.20-4.el8_4.tuxcare.els1', 'RHEL:8'],
    ['ID="ol"\nVERSION_ID="7.9"', '1.0.2k-25.el7.tuxcare.els3', 'OracleLinux:7'],
    ['ID="centos"\nNAME="CentOS Linux"\nVERSION_ID="7"', '2.17-326.el7.tuxcare.els2', 'CentOS:7'],
    ['ID="centos"\nNAME="CentOS Stream"\nVERSION_ID="8"', '7.61.1-22.el8.tuxcare.els14', 'CentOS-Stream:8'],
  ])('given %j with %s, then its own advisories judge it, by the name of the binary', (release, version, expected) => {
    const found = key(release, version);
    expect(packageKeyId(found)).toBe(`TuxCare|${expected}|||||squid-cgi|${version}|squid|${version}`);
    expect(matchName(found)).toBe('squid-cgi');
  });

  test.each([
    ['ID="centos"\nNAME="CentOS Linux"\nVERSION_ID="8"', '1.1.1g-15.el8_4.tuxcare.els8'],
    ['ID=fedora\nVERSION_ID=39', '1.0-1.fc39.tuxcare.els1'],
    ['ID=debian', '2.31.1-16+tuxcare.els11'],
    ['ID=constructor\nVERSION_ID=1', '2.31.1-16+tuxcare.els11'],
  ])(
    'given %j with %s, of which nobody says a release, then no feed of a distribution judges it',
    (release, version) => {
      expect(key(release, version).vendor).toBe('tuxcare');
    },
  );

  test('given what only looks like it, then it stays the distribution’s', () => {
    expect(key('ID=ubuntu\nVERSION_ID="18.04"', '1.0+tuxcare-1', 'deb')).toMatchObject({ ecosystem: 'Ubuntu' });
    expect(key('ID=ubuntu\nVERSION_ID="18.04"', '3.5.27-1ubuntu1.14', 'deb').vendor).toBeUndefined();
  });
});
