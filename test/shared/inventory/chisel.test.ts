import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inventoryOf, named, stanza } from './images.ts';

const noble = 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nID_LIKE=debian\n';
const lines = [
  { jsonwall: '1.0', schema: '1.0', count: 9 },
  { kind: 'content', slice: 'libc6_libs', path: '/usr/lib/x86_64-linux-gnu/libc.so.6' },
  { kind: 'package', name: 'base-files', version: '13ubuntu10.1', sha256: 'a'.repeat(64), arch: 'amd64' },
  { kind: 'package', name: 'libc6', version: '2.39-0ubuntu8.3', sha256: 'b'.repeat(64), arch: 'amd64' },
  { kind: 'path', path: '/usr/lib/x86_64-linux-gnu/', mode: '0755', slices: ['libc6_libs'] },
  {
    kind: 'path',
    path: '/usr/lib/x86_64-linux-gnu/libc.so.6',
    mode: '0755',
    slices: ['libc6_libs'],
    sha256: 'c'.repeat(64),
    size: 9,
  },
  { kind: 'slice', name: 'libc6_libs' },
];
const wall = (entries: readonly object[]): Buffer =>
  zstdCompressSync(Buffer.from(`${entries.map((entry) => JSON.stringify(entry)).join('\n')}\n`));
const place = 'var/lib/chisel/manifest.wall';

describe('images that chisel cut', () => {
  test('given a manifest, then its packages and their files are there, and that it has no sources is told', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': noble,
      [place]: wall(lines),
      'usr/lib/x86_64-linux-gnu/libc.so.6': { content: '\x7fELF libc', mode: 0o755 },
    });
    expect(named(inventory, 'deb')).toEqual(['base-files@13ubuntu10.1', 'libc6@2.39-0ubuntu8.3']);
    expect(inventory.packages[0]?.key).toEqual({
      ecosystem: 'Ubuntu',
      release: '24.04:LTS',
      architecture: 'amd64',
      name: 'base-files',
      version: '13ubuntu10.1',
    });
    expect(inventory.executables).toMatchObject([{ owner: 'deb:libc6' }]);
    expect(inventory.coverage).toMatchObject({
      state: 'partial',
      reasons: [{ code: 'unsupported-evidence', path: place }],
    });
  });

  test.each([
    ['no zstd frame', Buffer.from('{}')],
    ['no JSON', zstdCompressSync(Buffer.from('{"kind"\n'))],
    ['no package', wall([{ jsonwall: '1.0' }])],
  ])('given a manifest that is %s, then it is unreadable by name', async (_, content) => {
    const { coverage } = await inventoryOf({ 'etc/os-release': noble, [place]: content });
    expect(coverage.reasons[0]).toMatchObject({ code: 'unreadable-evidence', path: place });
  });

  test('given any damage, then reading ends, and what is lost is told', async () => {
    const whole = wall(lines);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4 }), async (at, bytes) => {
        const damaged = Buffer.from(whole);
        damaged.set(bytes.subarray(0, whole.length - at), at);
        const { packages, coverage } = await inventoryOf({ 'etc/os-release': noble, [place]: damaged });
        expect(packages.length > 0 || coverage.reasons.some(({ path }) => path === place)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('rocks', () => {
  const list = `# os-release\n${noble}# dpkg-query\nii ,base-files,13ubuntu10.1,base-files,13ubuntu10.1\nii ,libc6:amd64,2.39-0ubuntu8.3,glibc,2.39-0ubuntu8.3\nrc ,gone,1,gone,1\n`;
  const query = 'usr/share/rocks/dpkg.query';

  test('given their list beside a manifest of chisel, then sources are known, and each package is there once', async () => {
    const inventory = await inventoryOf({ 'etc/os-release': noble, [place]: wall(lines), [query]: list });
    expect(named(inventory)).toEqual(['base-files@13ubuntu10.1', 'libc6@2.39-0ubuntu8.3']);
    expect(inventory.packages[1]).toMatchObject({
      path: query,
      key: { source: 'glibc', sourceVersion: '2.39-0ubuntu8.3', architecture: 'amd64' },
    });
    expect(inventory.coverage.reasons).toEqual([]);
  });

  test('given dpkg itself beside it, then dpkg counts', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': noble,
      'var/lib/dpkg/info/': {},
      'var/lib/dpkg/status': stanza('libc6', '2.39-0ubuntu8.4', { Source: 'glibc' }),
      [query]: list,
    });
    expect(named(inventory)).toEqual(['libc6@2.39-0ubuntu8.4']);
  });

  test.each([
    ['no packages', 'hello\n'],
    ['lines that name none', `# dpkg-query\nii ,bash,5,bash,5\nnonsense\n`],
  ])('given a list with %s, then that is told', async (_, text) => {
    const { coverage } = await inventoryOf({ 'etc/os-release': noble, [query]: text });
    expect(coverage.reasons[0]).toMatchObject({ code: 'unreadable-evidence', path: query });
  });
});
