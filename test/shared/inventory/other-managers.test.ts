import { describe, expect, test } from 'vitest';
import { besideDebian } from './beside-debian.ts';
import { inventoryOf } from './images.ts';

const elf = { content: '\x7fELFx', mode: 0o755 };
describe('Homebrew', () => {
  const cellar = 'home/linuxbrew/.linuxbrew/Cellar';
  const receipt = (tap: string): string =>
    JSON.stringify({ homebrew_version: '4.2.0', installed_on_request: true, source: { tap, spec: 'stable' } });

  test('given kegs in the Cellar, then each is listed, with its tap where that is another, and its programs are its own', async () => {
    expect(
      await besideDebian({
        [`${cellar}/jq/1.7.1/INSTALL_RECEIPT.json`]: receipt('homebrew/core'),
        [`${cellar}/jq/1.7.1/bin/jq-tool`]: elf,
        [`${cellar}/openssl@3/3.2.0_1/INSTALL_RECEIPT.json`]: receipt('acme/tools'),
        [`${cellar}/openssl@3/3.2.0_1/.brew/openssl@3.rb`]: 'class OpensslAT3 < Formula\n',
      }),
    ).toEqual({
      found: ['Homebrew pkg:brew/jq@1.7.1', 'Homebrew pkg:brew/openssl%403@3.2.0_1?tap=acme%2Ftools'],
      reasons: [],
    });
  });

  test('given a receipt that is none, then it is named', async () => {
    const { reasons } = await besideDebian({ [`${cellar}/jq/1.7.1/INSTALL_RECEIPT.json`]: '{' });
    expect(reasons).toEqual([`${cellar}/jq/1.7.1/INSTALL_RECEIPT.json: this receipt of Homebrew is no JSON`]);
  });
});

describe('snaps', () => {
  test('given a snap that is unpacked, then it is listed; one without a version by its revision', async () => {
    expect(
      await besideDebian({
        'snap/core22/1033/meta/snap.yaml': "name: core22\nversion: '20231123'\ntype: base\n",
        'snap/hello/42/meta/snap.yaml': 'name: hello\nsummary: version: 1\n',
      }),
    ).toEqual({ found: ['Snap pkg:generic/snap/core22@20231123', 'Snap pkg:generic/snap/hello@42'], reasons: [] });
  });
});

describe('vcpkg', () => {
  test('given an installed tree, then its libraries are listed and own their files, and its status is not taken for dpkg’s', async () => {
    const tree = 'opt/vcpkg/installed';
    expect(
      await besideDebian({
        [`${tree}/vcpkg/status`]:
          'Package: zlib\nVersion: 1.3.1\nPort-Version: 1\nArchitecture: x64-linux\nMulti-Arch: same\nAbi: 3fc1\nStatus: install ok installed\n\n',
        [`${tree}/vcpkg/info/zlib_1.3.1_x64-linux.list`]: 'x64-linux/\nx64-linux/lib/\nx64-linux/lib/libz.so\n',
        [`${tree}/x64-linux/lib/libz.so`]: elf,
      }),
    ).toEqual({ found: ['vcpkg pkg:vcpkg/zlib@1.3.1?triplet=x64-linux'], reasons: [] });
  });
});

describe('Conan', () => {
  test('given what Conan 1 keeps and what a deployer copied, then both are there under the name that advisories know', async () => {
    const id = '4d887c1c2779c63d2cdd81580698d2e22cb35b29';
    expect(
      await besideDebian({
        [`root/.conan/data/zlib/1.2.13/_/_/package/${id}/conaninfo.txt`]: '[settings]\n',
        [`root/.conan/data/zlib/1.2.13/_/_/package/${id}/lib/libz.so`]: elf,
        [`root/.conan/data/poco/1.9.4/acme/stable/package/${id}/conaninfo.txt`]: '[settings]\n',
        'app/full_deploy/host/openssl/3.2.0/Release/x86_64/conaninfo.txt': '[settings]\n',
      }),
    ).toEqual({
      found: [
        'ConanCenter pkg:conan/openssl@3.2.0',
        'ConanCenter pkg:conan/poco@1.9.4',
        'ConanCenter pkg:conan/zlib@1.2.13',
      ],
      reasons: [],
    });
  });
});

describe('Bottlerocket', () => {
  const path = 'usr/share/bottlerocket/application-inventory.json';
  const entry = (name: string, version: string, epoch = '0') => ({
    ApplicationType: 'Unspecified',
    Architecture: 'x86_64',
    Epoch: epoch,
    Name: name,
    Publisher: 'Bottlerocket',
    Release: '1.c1d3f1',
    Version: version,
  });

  test('given its inventory, then packages are there with their epochs', async () => {
    const { packages, coverage } = await inventoryOf({
      'etc/os-release': 'ID=bottlerocket\nVERSION_ID=1.19.2\nNAME=Bottlerocket\n',
      [path]: JSON.stringify({ Content: [entry('bash', '5.1.16'), entry('glibc', '2.38', '1')] }),
    });
    expect(packages.map(({ purl, key }) => [key.ecosystem, purl])).toEqual([
      ['os-bottlerocket', 'pkg:rpm/bottlerocket/bash@5.1.16-1.c1d3f1?arch=x86_64&distro=bottlerocket-1.19.2'],
      ['os-bottlerocket', 'pkg:rpm/bottlerocket/glibc@2.38-1.c1d3f1?arch=x86_64&distro=bottlerocket-1.19.2&epoch=1'],
    ]);
    expect(coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test('given entries that say nothing, then they are counted', async () => {
    const { reasons } = await besideDebian({ [path]: JSON.stringify({ Content: [{ Name: 'bash' }, 7] }) });
    expect(reasons).toEqual([`${path}: 2 entries of the inventory have no name or version`]);
  });
});
