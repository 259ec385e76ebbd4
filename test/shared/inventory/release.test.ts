import { describe, expect, test } from 'vitest';
import { distributionOf } from '#shared/inventory';
import { inventoryOf, osRelease, stanza } from './images.ts';

const of = (files: Readonly<Record<string, string>>) => distributionOf((path) => files[path]);
const repositories = (...lines: string[]): Record<string, string> => ({
  'etc/os-release': osRelease.alpine320,
  'etc/apk/repositories': `${lines.join('\n')}\n`,
});
const cdn = 'https://dl-cdn.alpinelinux.org/alpine';

describe('distributions', () => {
  test.each<[string, Readonly<Record<string, string>>, string | undefined, string | undefined]>([
    ['Debian 12', { 'etc/os-release': osRelease.debian12 }, 'debian', 'Debian:12'],
    ['only usr/lib/os-release', { 'usr/lib/os-release': osRelease.debian12 }, 'debian', 'Debian:12'],
    [
      'Debian testing',
      { 'etc/os-release': 'ID=debian\nVERSION_CODENAME=forky\n', 'etc/debian_version': 'forky/sid\n' },
      'debian',
      'Debian:sid',
    ],
    [
      'Debian testing without debian_version',
      { 'etc/os-release': 'PRETTY_NAME="Debian GNU/Linux forky/sid"\nVERSION_CODENAME=forky\nID=debian\n' },
      'debian',
      'Debian:sid',
    ],
    ['lines as Windows ends them', { 'etc/os-release': 'ID=debian\r\nVERSION_ID="12"\r\n' }, 'debian', 'Debian:12'],
    ...(
      [
        ['ID_LIKE=alpine\nVERSION_ID=3.24', 'Docker Hardened Images:Alpine:3.24'],
        ['ID_LIKE=debian\nVERSION_ID="13"', 'Docker Hardened Images:Debian:13'],
        ['ID_LIKE=fedora\nVERSION_ID="13"', undefined],
      ] as const
    ).map(([fields, ecosystem]): [string, Readonly<Record<string, string>>, string, string | undefined] => [
      `Docker's hardened images, ${fields}`,
      { 'etc/os-release': `ID=dhi\n${fields}\n` },
      'dhi',
      ecosystem,
    ]),
    ['CleanStart', { 'etc/os-release': 'ID=cleanstart\nVERSION_ID="3.20.3"\n' }, 'cleanstart', 'CleanStart'],
    [
      'Debian with its version only in debian_version',
      { 'etc/os-release': 'ID=debian\n', 'etc/debian_version': '11.6\n' },
      'debian',
      'Debian:11',
    ],
    ['Debian 6, before os-release', { 'etc/debian_version': '6.0.10\n' }, 'debian', 'Debian:6'],
    ['Debian 3.1', { 'etc/debian_version': '3.1\n' }, 'debian', 'Debian:3.1'],
    ['Ubuntu LTS', { 'etc/os-release': osRelease.ubuntu2204 }, 'ubuntu', 'Ubuntu:22.04:LTS'],
    ['Ubuntu between', { 'etc/os-release': 'ID=ubuntu\nVERSION_ID="24.10"\n' }, 'ubuntu', 'Ubuntu:24.10'],
    ['Ubuntu of an odd April', { 'etc/os-release': 'ID=ubuntu\nVERSION_ID="23.04"\n' }, 'ubuntu', 'Ubuntu:23.04'],
    [
      'Ubuntu by lsb-release',
      { 'etc/lsb-release': 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\n' },
      'ubuntu',
      'Ubuntu:14.04:LTS',
    ],
    ['Alpine', { 'etc/os-release': osRelease.alpine320 }, 'alpine', 'Alpine:v3.20'],
    ...(
      [
        ['alpaquita', '', 'Alpaquita:stream'],
        ['alpaquita', 'VERSION_ID=23', 'Alpaquita:23'],
        ['bellsoft-hardened-containers', '', 'BellSoft Hardened Containers:stream'],
        ['bellsoft-hardened-containers', 'VERSION_ID=stream', 'BellSoft Hardened Containers:stream'],
        ['bellsoft-hardened-containers', 'VERSION_ID="25"', 'BellSoft Hardened Containers:25'],
      ] as const
    ).map(([id, version, ecosystem]): [string, Readonly<Record<string, string>>, string, string] => [
      `${id} ${version}`,
      { 'etc/os-release': `ID=${id}\nID_LIKE=alpine\n${version}\n` },
      id,
      ecosystem,
    ]),
    [
      'Alpine edge by version',
      { 'etc/os-release': 'ID=alpine\nVERSION_ID=3.21_alpha20240807\n' },
      'alpine',
      'Alpine:edge',
    ],
    ['Alpine by alpine-release', { 'etc/alpine-release': '3.10.9\n' }, 'alpine', 'Alpine:v3.10'],
    [
      'Alpine with edge repositories',
      repositories(`${cdn}/edge/main`, `${cdn}/edge/community`),
      'alpine',
      'Alpine:edge',
    ],
    [
      'Alpine with a newer release added',
      repositories(`${cdn}/v3.9/main`, `${cdn}/v3.10/main`),
      'alpine',
      'Alpine:v3.10',
    ],
    [
      'Alpine with edge testing, tagged and commented lines',
      repositories(`${cdn}/v3.20/main`, `${cdn}/edge/testing`, `@edge ${cdn}/edge/main`, `#${cdn}/edge/main`),
      'alpine',
      'Alpine:v3.20',
    ],
    ['Wolfi ignores VERSION_ID', { 'etc/os-release': 'ID=wolfi\nVERSION_ID="20230201"\n' }, 'wolfi', 'Wolfi'],
    ['Chainguard', { 'etc/os-release': 'ID=chainguard\nVERSION_ID="20230214"\n' }, 'chainguard', 'Chainguard'],
    ['AlmaLinux', { 'etc/os-release': 'ID="almalinux"\nVERSION_ID="9.3"\n' }, 'almalinux', 'AlmaLinux:9'],
    [
      'Rocky by redhat-release',
      { 'etc/redhat-release': 'Rocky Linux release 8.9 (Green Obsidian)\n' },
      'rocky',
      'Rocky Linux:8',
    ],
    [
      'openSUSE',
      { 'etc/os-release': 'ID="opensuse-leap"\nVERSION_ID="15.5"\nPRETTY_NAME="openSUSE Leap 15.5"\n' },
      'opensuse-leap',
      'openSUSE:Leap 15.5',
    ],
    [
      'a derivative nobody judges',
      { 'etc/os-release': 'ID=kali\nID_LIKE=debian\nVERSION_ID="2024.1"\n' },
      'kali',
      undefined,
    ],
    [
      'quotes and escapes',
      { 'etc/os-release': 'ID=\'debian\'\nVERSION_ID=\'12\'\nPRETTY_NAME="a \\"b\\""\n' },
      'debian',
      'Debian:12',
    ],
    ['a hostile ID', { 'etc/os-release': 'ID=<script>\nVERSION_ID=12\n' }, undefined, undefined],
    ['nothing', {}, undefined, undefined],
  ])('%s', (_, files, id, ecosystem) => {
    expect([of(files)?.id, of(files)?.ecosystem]).toEqual([id, ecosystem]);
  });

  test.each([
    ['edge.list', 'Alpine:edge'],
    ['edge.list.bak', 'Alpine:v3.20'],
    ['old/edge.list', 'Alpine:v3.20'],
  ])(
    'given edge in etc/apk/repositories.d/%s beside the main list, then packages are of %s',
    async (list, ecosystem) => {
      const more = { [`etc/apk/repositories.d/${list}`]: `${cdn}/edge/main\n` };
      const inventory = await inventoryOf(repositories(`${cdn}/v3.20/main`), more);
      expect(inventory.distribution?.ecosystem).toBe(ecosystem);
      expect((await inventoryOf({ 'etc/os-release': osRelease.alpine320 }, more)).distribution?.ecosystem).toBe(
        ecosystem,
      );
    },
  );

  test('given packages without any release file, then that is loud and no distribution judges them', async () => {
    const inventory = await inventoryOf({ 'var/lib/dpkg/status': stanza('bash', '5.2') });
    expect(inventory.packages[0]?.key.ecosystem).toBe('os-unknown');
    expect(inventory.coverage).toMatchObject({ state: 'partial', reasons: [{ code: 'unknown-distribution' }] });
  });

  test('given an image that calls itself npm, then its packages do not become npm packages', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': 'ID=npm\n',
      'var/lib/dpkg/status': stanza('lodash', '4.0'),
    });
    expect(inventory.packages[0]?.key.ecosystem).toBe('os-npm');
  });

  test('given a database that nobody here reads, then the image is unsupported by name and not clean', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': 'ID=void\n',
      'var/db/xbps/pkgdb-0.38.plist': '<plist/>',
    });
    expect(inventory.coverage).toMatchObject({
      state: 'unsupported',
      reasons: [
        {
          code: 'unsupported-evidence',
          path: 'var/db/xbps/pkgdb-0.38.plist',
          text: expect.stringContaining('xbps'),
        },
      ],
    });
  });

  test.each([
    ['var/lib/flatpak/repo/config', 'a Flatpak repository'],
    ['usr/share/clear/bundles/os-core', 'a list of bundles of swupd'],
    ['var/lib/pkgtools/packages/aaa_base-15.0-x86_64-4', 'a pkgtools database'],
    ['root/.conan2/p/b/zlib0a1b2c3d4e5f6/p/conaninfo.txt', "a package in Conan 2's cache"],
  ])('given %s beside what is read, then it is named as not read', async (path, what) => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('bash', '5.2'),
      [path]: 'x',
      [`srv/${path.split('/').at(-1)}x`]: 'x',
    });
    expect(inventory.coverage).toMatchObject({
      state: 'partial',
      reasons: [
        {
          code: 'unsupported-evidence',
          path,
          text: `${path} is ${what}, which is not read yet: its packages are not known`,
        },
      ],
    });
  });

  test('given nothing but a program, then it is not clean', async () => {
    const inventory = await inventoryOf({ server: { content: '\x7fELF', mode: 0o755 } });
    expect(inventory.coverage.state).toBe('partial');
    expect(inventory.coverage.reasons.map(({ code }) => code)).toEqual([
      'unknown-distribution',
      'unsupported-evidence',
    ]);
  });
});
