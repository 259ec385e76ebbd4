import { describe, expect, test } from 'vitest';
import { hiddenPackages } from '#shared/inventory';
import { inventoryOf, osRelease, stanza, type Tree } from './images.ts';

const wheel = (name: string, version: string): string => `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
const owned: Tree = {
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status':
    stanza('python3-requests', '2.28.1+dfsg-1', { Source: 'requests' }) +
    stanza('linux-libc-dev', '6.1.90-1', { Source: 'linux' }) +
    stanza('linux-image-6.1.0-21-amd64', '6.1.90-1', { Source: 'linux' }) +
    stanza('curl', '7.88.1-10'),
  'var/lib/dpkg/info/python3-requests.list': '/usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO\n',
  'usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO': wheel('requests', '2.28.1'),
};
const hiddenIn = async (...trees: readonly Tree[]): Promise<Record<string, string>> => {
  const inventory = await inventoryOf(...trees);
  const names = new Map(inventory.packages.map(({ key }) => [key.name, key]));
  return Object.fromEntries(
    [...hiddenPackages(inventory)].map(([id, why]) => [
      [...names.keys()].find((name) => id.includes(name)) ?? id,
      why.replace(/,.*/, ''),
    ]),
  );
};

describe('what is noise in an image', () => {
  test('given a language package that an OS package owns and its distribution judges, and kernel headers, then they are', async () => {
    expect(await hiddenIn(owned)).toEqual({
      requests: 'it is a part of deb:python3-requests',
      'linux-libc-dev': 'it is the headers of a kernel',
    });
  });

  test('given the same version installed a second time by nobody, then it is not: that copy gets no patch', async () => {
    const copy = { 'opt/venv/lib/requests-2.28.1.dist-info/METADATA': wheel('requests', '2.28.1') };
    expect(Object.keys(await hiddenIn(owned, copy))).toEqual(['linux-libc-dev']);
  });

  test('given a file that a later layer changed, then it is not its OS package any more', async () => {
    const changed = {
      'usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO': wheel('requests', '2.31.0'),
    };
    expect(Object.keys(await hiddenIn(owned, changed))).toEqual(['linux-libc-dev']);
  });

  test('given kernel headers of rpm and apk, then they are; what only sounds like them is not', async () => {
    const alpine = {
      'etc/os-release': 'ID=alpine\nVERSION_ID=3.20.0\n',
      'lib/apk/db/installed': 'P:linux-headers\nV:6.6-r0\nA:x86_64\n\nP:linux-pam\nV:1.6-r0\nA:x86_64\n\n',
    };
    expect(Object.keys(await hiddenIn(alpine))).toEqual(['linux-headers']);
  });
});
