import { describe, expect, test } from 'vitest';
import type { Inventory } from '#shared/inventory';
import { inventoryOf, osRelease, stanza, type Tree } from './images.ts';

const metadata = (version: string, name = 'requests'): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
const place = 'usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO';

/** Debian's python3-requests: dist-packages, egg-info as a folder, every file in the list. */
const debian = (version: string, fields: Readonly<Record<string, string>> = {}) => ({
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status': stanza('python3-requests', version, { Source: 'requests', ...fields }),
  'var/lib/dpkg/info/python3-requests.list': `/.\n/usr\n/usr/lib\n/${place}\n`,
});
const owners = ({ packages }: Inventory): unknown[] =>
  packages.filter(({ type }) => type === 'pypi').map(({ key, ownedBy }) => [`${key.name}@${key.version}`, ownedBy]);
const ownerOf = async (...trees: readonly Tree[]): Promise<unknown> =>
  (await inventoryOf(...trees)).packages.find(({ type }) => type === 'pypi')?.ownedBy;

describe('language packages that an OS package owns', () => {
  test('given the same upstream version, then it is marked', async () => {
    expect(await ownerOf({ ...debian('2.28.1+dfsg-1'), [place]: metadata('2.28.1') })).toBe('deb:python3-requests');
  });

  test.each<[string, string, string | undefined]>([
    ['2.28.1-1', '2.28.1', 'deb:python3-requests'],
    ['1:2.28.1-1+deb12u1', '2.28.1', 'deb:python3-requests'],
    ['2.0.0-1', '2.0', 'deb:python3-requests'],
    ['2.0.0~rc1-1', '2.0.0rc1', 'deb:python3-requests'],
    ['9.2.0~ds1-1', '9.2.0', 'deb:python3-requests'],
    ['1.0~2-1', '1.0', 'deb:python3-requests'],
    ['7.3.5+~7.3.9-2', '7.3.9', 'deb:python3-requests'],
    ['1.0_rc1-r0', '1.0rc1', 'deb:python3-requests'],
    ['1:4.1.48-7+deb12u1', '4.1.48.Final', 'deb:python3-requests'],
    ['31.1-1', '31.1-jre', 'deb:python3-requests'],
    ['4.1.48-1', '4.1.4.Final', undefined],
    ['2.28.10-1', '2.28.1', undefined],
    ['2.28.1.1-1', '2.28.1', undefined],
    ['2.27-1', '2.28.1', undefined],
  ])(
    'given %s as the OS package and %s as the language package, then owned by %s',
    async (packaged, version, owner) => {
      expect(await ownerOf({ ...debian(packaged), [place]: metadata(version) })).toBe(owner);
    },
  );

  test('given a third party as owner, then its package stays judged by its own advisories', async () => {
    const docker = { Maintainer: 'Docker <support@docker.com>' };
    expect(await ownerOf({ ...debian('2.28.1-1', docker), [place]: metadata('2.28.1') })).toBeUndefined();
  });

  test('given a distribution that nobody judges, then it stays unmarked', async () => {
    const kali = { ...debian('2.28.1-1'), 'etc/os-release': 'ID=kali\nVERSION_ID=2024.1\n' };
    expect(await ownerOf({ ...kali, [place]: metadata('2.28.1') })).toBeUndefined();
  });

  test('given merged /usr, then /lib in the list and /usr/lib in the image are the same', async () => {
    const tree = {
      ...debian('2.28.1-1'),
      lib: { link: 'usr/lib' },
      'var/lib/dpkg/info/python3-requests.list': `/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO\n`,
      [place]: metadata('2.28.1'),
    };
    expect(await ownerOf(tree)).toBe('deb:python3-requests');
  });

  test('given lib64 -> lib in the base and a list that names lib64, then a layer above changes nothing of that', async () => {
    const listed = 'usr/lib64/python3/site-packages/requests-2.28.1.egg-info/PKG-INFO';
    const base = {
      ...debian('2.28.1-1'),
      'usr/lib64': { link: 'lib' },
      'var/lib/dpkg/info/python3-requests.list': `/${listed}\n`,
      'usr/lib/python3/site-packages/requests-2.28.1.egg-info/PKG-INFO': metadata('2.28.1'),
    };
    expect(await ownerOf(base, { 'srv/app': 'x' })).toBe('deb:python3-requests');
  });

  test('given distroless, which has md5sums and no lists, then the owner is known all the same', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status.d/python3-requests': stanza('python3-requests', '2.28.1-1', { Status: '' }),
      'var/lib/dpkg/status.d/python3-requests.md5sums': `d41d8cd98f00b204e9800998ecf8427e  ${place}\n`,
      [place]: metadata('2.28.1'),
    });
    expect(owners(inventory)).toEqual([['requests@2.28.1', 'deb:python3-requests']]);
  });

  test('given apk, whose database lists folders and files apart, then the owner is known', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.alpine320,
      'lib/apk/db/installed': `P:py3-requests\nV:2.32.3-r0\nA:noarch\no:py3-requests\nF:usr/lib/python3.12/site-packages/requests-2.32.3.dist-info\nR:METADATA\n\n`,
      'usr/lib/python3.12/site-packages/requests-2.32.3.dist-info/METADATA': metadata('2.32.3'),
    });
    expect(owners(inventory)).toEqual([['requests@2.32.3', 'apk:py3-requests']]);
  });
});

describe('what was changed after its OS package was installed', () => {
  test('given pip in a layer above, which writes the same version anew, then it is no longer the OS package', async () => {
    const before = 'usr/lib/python3/dist-packages/requests-2.28.1.dist-info/METADATA';
    const list = { 'var/lib/dpkg/info/python3-requests.list': `/${place}\n/${before}\n` };
    const above = { [before]: metadata('2.28.1') };
    expect(await ownerOf({ ...debian('2.28.1-1'), ...list }, above)).toBeUndefined();
  });

  test('given chmod -R above, which writes the same metadata anew, then it still is', async () => {
    const same = { [place]: { content: metadata('2.28.1'), mode: 0o600 } };
    expect(await ownerOf({ ...debian('2.28.1-1'), [place]: metadata('2.28.1') }, same)).toBe('deb:python3-requests');
  });

  test('given apt upgrade above, which rewrites database and files, then it is the new OS package', async () => {
    const upgraded = { ...debian('2.28.1-1+deb12u1'), [place]: metadata('2.28.1') };
    expect(await ownerOf({ ...debian('2.28.1-1'), [place]: metadata('2.28.1') }, upgraded)).toBe(
      'deb:python3-requests',
    );
  });

  const curl = { content: '\x7fELF of Debian', mode: 0o755 };
  const base = {
    'etc/os-release': osRelease.debian12,
    'var/lib/dpkg/status': stanza('curl', '7.88.1-10'),
    'var/lib/dpkg/info/curl.list': '/usr/bin/curl\n',
    'usr/bin/curl': curl,
  };

  test('given a binary that a layer above replaces, then no package owns it and coverage says so', async () => {
    const inventory = await inventoryOf(base, { 'usr/bin/curl': { content: '\x7fELF of somebody', mode: 0o755 } });
    expect(inventory.executables.map(({ path, owner }) => [path, owner])).toEqual([['usr/bin/curl', undefined]]);
    expect(inventory.coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'unsupported-evidence', path: 'usr/bin/curl' }),
    );
  });

  test('given a binary that a layer above only writes anew (chown -R), then its owner stays', async () => {
    const inventory = await inventoryOf(base, { 'usr/bin/curl': { ...curl, mode: 0o700 } });
    expect(inventory.executables.map(({ owner }) => owner)).toEqual(['deb:curl']);
    expect(inventory.coverage.state).toBe('scanned');
  });
});
