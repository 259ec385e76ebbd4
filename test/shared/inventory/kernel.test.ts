import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { inventoryOf, osRelease, stanza, type Tree } from './images.ts';
import { kernelImage, kernelModule } from './large-file-builders.ts';

const debian: Tree = { 'etc/os-release': osRelease.debian12, 'var/lib/dpkg/status': stanza('bash', '5.2') };
const found = async (tree: Tree): Promise<unknown[]> => {
  const { packages } = await inventoryOf({ ...debian, ...tree });
  return packages.filter(({ type }) => type === 'kernel').map(({ purl, key }) => [key.ecosystem, purl]);
};
const vermagic = '6.1.0-18-amd64 SMP preempt mod_unload modversions ';

describe('kernel modules', () => {
  test.each([
    ['as it is', 'nvidia.ko', (bytes: Buffer) => bytes],
    ['packed by gzip', 'nvidia.ko.gz', gzipSync],
    ['packed by zstd', 'nvidia.ko.zst', zstdCompressSync],
  ])('given one %s, then it is listed by the version that it says', async (_, base, pack) => {
    const bytes = kernelModule({ license: 'NVIDIA', version: '535.129.03', name: 'nvidia', vermagic });
    expect(await found({ [`lib/modules/6.1.0-18-amd64/updates/dkms/${base}`]: pack(bytes) })).toEqual([
      ['Kernel', 'pkg:generic/nvidia@535.129.03'],
    ]);
  });

  test('given one without a version, then it has that of its kernel; one packed by xz has none', async () => {
    expect(
      await found({
        'opt/driver/probe.ko': kernelModule({ name: 'falco_probe', vermagic }),
        'opt/driver/ixgbe.ko': kernelModule({ name: 'ixgbe', version: '5.6.0-k NAPI', vermagic }),
        'opt/driver/zfs.ko.xz': '\xfd7zXZ',
      }),
    ).toEqual([
      ['Kernel', 'pkg:generic/falco_probe@6.1.0-18-amd64'],
      ['Kernel', 'pkg:generic/ixgbe@5.6.0-k'],
      ['Kernel', 'pkg:generic/zfs'],
    ]);
  });

  test('given those that are a part of a kernel, then the kernel speaks for them', async () => {
    const home = 'usr/lib/modules/6.6.13-linuxkit';
    expect(
      await found({
        [`${home}/modules.builtin`]: 'kernel/fs/ext4/ext4.ko\n',
        [`${home}/kernel/fs/xfs/xfs.ko`]: kernelModule({ name: 'xfs', vermagic }),
      }),
    ).toEqual([['Kernel', 'pkg:generic/linux-kernel@6.6.13-linuxkit']]);
  });

  test('given one that an OS package owns, then it is that package', async () => {
    const path = 'lib/modules/6.1.0-18-amd64/updates/wireguard.ko';
    expect(
      await found({
        'var/lib/dpkg/status': stanza('wireguard-modules', '1.0'),
        'var/lib/dpkg/info/wireguard-modules.list': `/${path}\n`,
        [path]: kernelModule({ name: 'wireguard', version: '1.0.0' }),
      }),
    ).toEqual([]);
  });

  test('given one that cannot be unpacked, then it is named', async () => {
    const path = 'opt/driver/a.ko.zst';
    const { coverage } = await inventoryOf({ ...debian, [path]: 'no zstd' });
    expect(coverage.reasons).toMatchObject([{ path, text: `${path}: a kernel module that cannot be unpacked` }]);
  });

  test.each([
    ['gzip', 'a.ko.gz', gzipSync],
    ['zstd', 'a.ko.zst', zstdCompressSync],
  ])(
    'given one packed by %s that is a hundred times as large unpacked, then it is named and not unpacked',
    async (_, base, pack) => {
      const bytes = Buffer.concat([kernelModule({ name: 'a', version: '1.0.0' }), Buffer.alloc(8 << 20)]);
      const { packages, coverage } = await inventoryOf({ ...debian, [base]: pack(bytes) });
      expect(packages.filter(({ type }) => type === 'kernel')).toEqual([]);
      expect(coverage.reasons).toMatchObject([
        { path: base, text: `${base}: a kernel module that cannot be unpacked` },
      ]);
    },
  );
});

describe('images of kernels', () => {
  test('given one that is much larger than what is read of it, then its header says the version, whatever its name', async () => {
    const content = Buffer.concat([
      kernelImage('6.1.0-18-amd64 (debian-kernel@lists.debian.org)'),
      Buffer.alloc(1 << 20),
    ]);
    expect(await found({ 'boot/vmlinuz': content })).toEqual([['Kernel', 'pkg:generic/linux-kernel@6.1.0-18-amd64']]);
  });

  test('given one of another processor, then its name says it, or nothing does', async () => {
    const content = `MZ${'\0'.repeat(4096)}`;
    expect(
      await found({
        'boot/vmlinuz-6.1.0-18-arm64': content,
        'srv/vmlinuz': content,
        'go/src/debug/pe/testdata/vmlinuz-4.15.0': content,
      }),
    ).toEqual([['Kernel', 'pkg:generic/linux-kernel@6.1.0-18-arm64']]);
  });
});
