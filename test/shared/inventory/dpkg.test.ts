import { describe, expect, test } from 'vitest';
import { packageSets } from '#shared/inventory';
import { inventoryOf, named, osRelease, stanza } from './images.ts';

const info = { 'var/lib/dpkg/info/': {}, 'etc/os-release': osRelease.debian12 };

describe('dpkg', () => {
  test('given a status file, then source, source version, epoch and architecture are in the key', async () => {
    const inventory = await inventoryOf({
      ...info,
      'var/lib/dpkg/status':
        stanza('libcurl4', '7.88.1-10+deb12u4', { Source: 'curl' }) +
        stanza('bsdutils', '1:2.38.1-5+b1', { Source: 'util-linux (2.38.1-5)' }) +
        stanza('bash', '5.2.15-2+b2'),
    });
    expect(inventory.packages.map(({ key }) => key)).toEqual([
      {
        ecosystem: 'Debian',
        release: '12',
        architecture: 'amd64',
        name: 'bash',
        version: '5.2.15-2+b2',
        source: 'bash',
        sourceVersion: '5.2.15-2+b2',
      },
      {
        ecosystem: 'Debian',
        release: '12',
        architecture: 'amd64',
        name: 'bsdutils',
        version: '1:2.38.1-5+b1',
        source: 'util-linux',
        sourceVersion: '2.38.1-5',
      },
      {
        ecosystem: 'Debian',
        release: '12',
        architecture: 'amd64',
        name: 'libcurl4',
        version: '7.88.1-10+deb12u4',
        source: 'curl',
        sourceVersion: '7.88.1-10+deb12u4',
      },
    ]);
    expect(inventory.packages.map(({ purl }) => purl)).toContain(
      'pkg:deb/debian/bsdutils@1:2.38.1-5%2Bb1?arch=amd64&distro=debian-12&upstream=util-linux%402.38.1-5',
    );
    expect(inventory.packages.map(({ purl }) => purl)).toContain(
      'pkg:deb/debian/libcurl4@7.88.1-10%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=curl',
    );
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test.each([
    ['install ok installed', true],
    ['deinstall ok config-files', false],
    ['purge ok not-installed', false],
    ['deinstall ok installed', true],
    ['install ok half-configured', true],
    ['install ok unpacked', true],
    ['hold ok triggers-pending', true],
  ])('given Status "%s", then it counts: %s', async (status, counts) => {
    const inventory = await inventoryOf({
      ...info,
      'var/lib/dpkg/status': stanza('a', '1') + stanza('nginx', '1.22', { Status: status }),
    });
    expect(named(inventory).includes('nginx@1.22')).toBe(counts);
  });

  test('given status.d of a distroless image, without Status lines, then its packages are there', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status.d/base': stanza('base-files', '12.4+deb12u5', { Status: '' }),
      'var/lib/dpkg/status.d/libssl3': stanza('libssl3', '3.0.11-1~deb12u2', { Status: '', Source: 'openssl' }),
      'var/lib/dpkg/status.d/libssl3.md5sums':
        '0123456789abcdef0123456789abcdef  usr/lib/x86_64-linux-gnu/libssl.so.3\n',
      'usr/lib/x86_64-linux-gnu/libssl.so.3': { content: '\x7fELF library', mode: 0o755 },
    });
    expect(named(inventory)).toEqual(['base-files@12.4+deb12u5', 'libssl3@3.0.11-1~deb12u2']);
    expect(inventory.executables).toMatchObject([
      { path: 'usr/lib/x86_64-linux-gnu/libssl.so.3', owner: 'deb:libssl3' },
    ]);
    expect(inventory.coverage.state).toBe('scanned');
  });

  test('given the scripts of a package, which no list names, then they are the package’s, in a root inside of the image too', async () => {
    const script = { content: '#!/bin/sh\n', mode: 0o755 };
    const tree = {
      'var/lib/dpkg/status': stanza('libc6', '2.36-9'),
      'var/lib/dpkg/info/libc6:amd64.list': '/.\n/lib/libc.so.6\n',
      'var/lib/dpkg/info/libc6:amd64.postinst': script,
      'var/lib/dpkg/info/libc7.postinst': script,
    };
    const inner = Object.fromEntries(Object.entries(tree).map(([path, value]) => [`rootfs/${path}`, value]));
    const { executables } = await inventoryOf({ 'etc/os-release': osRelease.debian12, ...tree, ...inner });
    expect(executables.map(({ path, owner }) => [path, owner])).toEqual([
      ['rootfs/var/lib/dpkg/info/libc6:amd64.postinst', 'deb:libc6'],
      ['rootfs/var/lib/dpkg/info/libc7.postinst', undefined],
      ['var/lib/dpkg/info/libc6:amd64.postinst', 'deb:libc6'],
      ['var/lib/dpkg/info/libc7.postinst', undefined],
    ]);
  });

  test('given a database that an upper layer rewrites, then unchanged packages stay with the base', async () => {
    const inventory = await inventoryOf(
      { ...info, 'var/lib/dpkg/status': stanza('bash', '5.2') + stanza('curl', '7.88.1-10+deb12u3') },
      { 'var/lib/dpkg/status': stanza('bash', '5.2') + stanza('curl', '7.88.1-10+deb12u4') + stanza('git', '2.39') },
    );
    const [base, top] = inventory.layers;
    expect(
      inventory.packages.map(({ key, layer }) => [
        key.name,
        key.version,
        layer === base?.digest ? 'base' : layer === top?.digest ? 'top' : '?',
      ]),
    ).toEqual([
      ['bash', '5.2', 'base'],
      ['curl', '7.88.1-10+deb12u4', 'top'],
      ['git', '2.39', 'top'],
    ]);
    expect(packageSets(inventory).map(({ keys }) => keys.map(({ name }) => name))).toEqual([['bash'], ['curl', 'git']]);
  });
});
