import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  InvalidPackageKey,
  matchName,
  matchVersion,
  type PackageKey,
  packageKeyId,
  packageSets,
  parsePackageKeyId,
  shardName,
} from '#shared/inventory';
import { inventoryOf, osRelease, stanza } from './images.ts';

const text = fc.oneof(fc.string(), fc.constantFrom('', '|', '%', '%25', '%7C', 'a|b', 'openssl', '1:2.3-4+deb12u1'));
const key: fc.Arbitrary<PackageKey> = fc
  .record(
    {
      ecosystem: text,
      name: text,
      version: text,
      release: text,
      channel: text,
      vendor: text,
      module: text,
      architecture: text,
      source: text,
      sourceVersion: text,
    },
    { requiredKeys: ['ecosystem', 'name', 'version'] },
  )
  .map((found) => found as PackageKey);

describe('package key ids', () => {
  test('given any key, then its id reads back as the same key', () => {
    fc.assert(
      fc.property(key, (found) => {
        expect(parsePackageKeyId(packageKeyId(found))).toEqual(found);
      }),
    );
  });
  test('given two different keys, then their ids differ', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const same = JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
        expect(packageKeyId(a) === packageKeyId(b)).toBe(same);
      }),
    );
  });
  test.each(['', 'a|b', 'Debian|12|||||curl|1|||', '|||||||||', 'Debian|||||amd64|%zz|1||', 'Debian|||||amd64|a%|1||'])(
    'given "%s", then it is refused',
    (id) => {
      expect(() => parsePackageKeyId(id)).toThrow(InvalidPackageKey);
    },
  );
  test('given ids of real packages, then they read well and never change', () => {
    expect(
      packageKeyId({
        ecosystem: 'Debian',
        release: '12',
        architecture: 'amd64',
        name: 'curl',
        version: '7.88.1-10',
        source: 'curl',
        sourceVersion: '7.88.1-10',
      }),
    ).toBe('Debian|12||||amd64|curl|7.88.1-10|curl|7.88.1-10');
    expect(packageKeyId({ ecosystem: 'npm', name: '@a/b', version: '1.0.0' })).toBe('npm||||||@a/b|1.0.0||');
  });
});

describe('what a key is judged by', () => {
  test.each<[PackageKey, string, string, string]>([
    [
      {
        ecosystem: 'Debian',
        release: '12',
        name: 'bsdutils',
        version: '1:2.38.1-5+b1',
        source: 'util-linux',
        sourceVersion: '2.38.1-5',
      },
      'Debian:12',
      'util-linux',
      '2.38.1-5',
    ],
    [
      {
        ecosystem: 'Ubuntu',
        release: '22.04:LTS',
        name: 'libssl3',
        version: '3.0.2',
        source: 'openssl',
        sourceVersion: '3.0.2',
      },
      'Ubuntu:22.04:LTS',
      'openssl',
      '3.0.2',
    ],
    [
      {
        ecosystem: 'AlmaLinux',
        release: '9',
        name: 'openssl-libs',
        version: '1:3.0.1',
        source: 'openssl',
        sourceVersion: '3.0.1',
      },
      'AlmaLinux:9',
      'openssl-libs',
      '1:3.0.1',
    ],
    [
      { ecosystem: 'Wolfi', name: 'libcrypto3', version: '3.3-r0', source: 'openssl', sourceVersion: '3.3-r0' },
      'Wolfi',
      'openssl',
      '3.3-r0',
    ],
    [{ ecosystem: 'npm', name: 'lodash', version: '4.17.20' }, 'npm', 'lodash', '4.17.20'],
  ])('%o', (found, shard, name, version) => {
    expect([shardName(found), matchName(found), matchVersion(found)]).toEqual([shard, name, version]);
  });
});

describe('package sets', () => {
  test('given the same packages in another order and at other paths, then the set is the same', async () => {
    const a = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('a', '1') + stanza('b', '2'),
    });
    const b = await inventoryOf({
      'var/lib/dpkg/status': stanza('b', '2') + stanza('a', '1'),
      'etc/os-release': `${osRelease.debian12}\n`,
    });
    expect(packageSets(a)[0]?.id).toBe(packageSets(b)[0]?.id);
    expect(packageSets(a)[0]?.layer).not.toBe(packageSets(b)[0]?.layer);
    const twice = await inventoryOf({
      'x/node_modules/l/package.json': '{"name":"l","version":"1.0.0"}',
      'y/node_modules/l/package.json': '{"name":"l","version":"1.0.0"}',
    });
    expect(twice.packages).toHaveLength(2);
    expect(packageSets(twice)[0]?.keys).toHaveLength(1);
  });
  test("given a third party's package, then its key says so", async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status':
        stanza('containerd.io', '1.6.26-1', { Maintainer: 'Containerd team <help@containerd.io>' }) +
        stanza('docker-ce', '5:24.0.7-1~debian.12~bookworm', { Maintainer: 'Docker <support@docker.com>' }) +
        stanza('nodejs', '18.19.0-1nodesource1', { Maintainer: 'Ivan Iguaran <ivan@nodesource.com>' }) +
        stanza('postgresql-16', '16.1-1.pgdg120+1', {
          Maintainer: 'Debian PostgreSQL Maintainers <team+postgresql@tracker.debian.org>',
        }) +
        stanza('php8.2-cli', '8.2.14-1+0~20231221.60+debian12~1.gbp8a3eec', {
          Maintainer: 'Debian PHP Maintainers <team+pkg-php@tracker.debian.org>',
        }) +
        stanza('curl', '7.88.1-10+deb12u4', { Maintainer: 'Alessandro Ghedini <ghedo@debian.org>' }),
    });
    expect(inventory.packages.map(({ key: { name, vendor } }) => [name, vendor])).toEqual([
      ['containerd.io', 'docker'],
      ['curl', undefined],
      ['docker-ce', 'docker'],
      ['nodejs', 'nodesource'],
      ['php8.2-cli', 'sury'],
      ['postgresql-16', 'pgdg'],
    ]);
  });
});
