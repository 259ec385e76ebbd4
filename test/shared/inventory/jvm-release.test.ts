import { describe, expect, test } from 'vitest';
import { inventoryOf, osRelease, stanza } from './images.ts';

const temurin = `IMPLEMENTOR="Eclipse Adoptium"
IMPLEMENTOR_VERSION="Temurin-17.0.9+9"
JAVA_RUNTIME_VERSION="17.0.9+9"
JAVA_VERSION="17.0.9"
JAVA_VERSION_DATE="2023-10-17"
LIBC="gnu"
MODULES="java.base java.compiler java.datatransfer"
OS_ARCH="x86_64"
OS_NAME="Linux"
SOURCE=".:git:a1b2c3d4e5f6"
`;

const debian = {
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status': stanza('openjdk-17-jre-headless', '17.0.9+9-1~deb12u1', { Source: 'openjdk-17' }),
  'var/lib/dpkg/info/openjdk-17-jre-headless:amd64.list': '/usr/lib/jvm/java-17-openjdk-amd64/release\n',
};

describe('Java runtimes', () => {
  test('given the release file of a runtime that was copied in, then it is listed with its maker, and judged as Java', async () => {
    const { packages } = await inventoryOf({ 'opt/java/openjdk/release': temurin });
    expect(packages).toMatchObject([
      {
        type: 'jvm',
        key: { ecosystem: 'Bitnami', name: 'java', version: '17.0.9' },
        purl: 'pkg:generic/temurin@17.0.9',
        supplier: 'Eclipse Adoptium',
        path: 'opt/java/openjdk/release',
      },
    ]);
  });

  test('given one of Java 8, which names no maker, then it is an OpenJDK of that update', async () => {
    const text = 'JAVA_VERSION="1.8.0_392"\nOS_NAME="Linux"\nOS_VERSION="2.6"\nOS_ARCH="amd64"\nSOURCE=""\n';
    const { packages } = await inventoryOf({ 'usr/local/openjdk-8/release': text });
    expect(packages.map(({ purl, key }) => `${purl} ${key.version}`)).toEqual([
      'pkg:generic/openjdk@1.8.0_392 8.0.392',
    ]);
  });

  test('given a runtime that an OS package brought, then it is that package and not a second one', async () => {
    const { packages } = await inventoryOf({ ...debian, 'usr/lib/jvm/java-17-openjdk-amd64/release': temurin });
    expect(packages.map(({ type }) => type)).toEqual(['deb']);
  });

  test('given other files of that name, then they are no evidence and no trouble', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('base-files', '12'),
      'opt/app/release': '2024-01-01\n',
      'srv/dists/release': 'Origin: Debian\nSuite: stable\n',
    });
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test('given a version that cannot be one, then it is told', async () => {
    const inventory = await inventoryOf({ 'opt/x/release': 'JAVA_VERSION="<b>17</b>"\n' });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'unreadable-evidence', path: 'opt/x/release' }),
    );
  });
});
