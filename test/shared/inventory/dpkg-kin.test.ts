import { describe, expect, test } from 'vitest';
import { inventoryOf, named, osRelease, stanza } from './images.ts';

const openwrt = 'NAME="OpenWrt"\nVERSION="23.05.3"\nID="openwrt"\nID_LIKE="lede openwrt"\nVERSION_ID="23.05.3"\n';

describe('opkg', () => {
  const entry = (name: string, version: string): string =>
    `Package: ${name}\nVersion: ${version}\nDepends: libc\nStatus: install user installed\nArchitecture: aarch64_generic\nInstalled-Time: 1711144800\n\n`;

  test.each(['usr/lib/opkg', 'var/lib/opkg', 'opt/lib/opkg'])(
    'given its database in %s, then its packages and files are there',
    async (home) => {
      const inventory = await inventoryOf({
        'etc/os-release': openwrt,
        [`${home}/info/busybox.list`]: '/bin/busybox\n/bin/sh\n',
        [`${home}/status`]:
          entry('busybox', '1.36.1-1') +
          entry('dnsmasq', '2.90-2') +
          entry('gone', '1').replace('user installed', 'user not-installed'),
        'bin/busybox': { content: '\x7fELF busybox', mode: 0o755 },
      });
      expect(named(inventory, 'opkg')).toEqual(['busybox@1.36.1-1', 'dnsmasq@2.90-2']);
      expect(inventory.packages[0]?.key.ecosystem).toBe('os-openwrt');
      expect(inventory.executables).toMatchObject([{ owner: 'opkg:busybox' }]);
    },
  );
});

describe('third parties (trap 12)', () => {
  test.each([
    ['docker-ce', '5:24.0.7-1~debian.12~bookworm', 'Docker <support@docker.com>', 'docker'],
    ['containerd.io', '1.6.26-1', 'Containerd team <help@containerd.io>', 'docker'],
    ['postgresql-16', '16.1-1.pgdg120+1', 'Debian PostgreSQL Maintainers <team+postgresql@tracker.debian.org>', 'pgdg'],
    [
      'php8.2-cli',
      '8.2.13-1+0~20231122.31+debian12~1.gbpdd1f0c',
      'Debian PHP Maintainers <team+pkg-php@tracker.debian.org>',
      'sury',
    ],
    ['php8.3-cli', '8.3.6-2+ubuntu22.04.1+deb.sury.org+1', 'Debian PHP Maintainers <a@tracker.debian.org>', 'sury'],
    [
      'clang-18',
      '1:18.1.8~++20240731025043+3b5b5c1ec4a3-1~exp1~20240731145144.92',
      'LLVM Packaging Team <pkg-llvm-team@lists.alioth.debian.org>',
      'llvm',
    ],
    ['llvm-toolchain-19', '1:19.1.7-3', 'LLVM Packaging Team <pkg-llvm-team@lists.alioth.debian.org>', undefined],
    ['cmake', '3.28.6-0kitware1ubuntu22.04.1', 'Kitware Debian Maintainers <debian@kitware.com>', 'kitware'],
    ['redis-tools', '6:8.0.5-1rl1~trixie1', 'Chris Lamb <lamby@debian.org>', 'redis'],
    ['pdns-server', '4.9.17-1pdns.bookworm', 'Debian DNS Team <a@lists.debian.org>', 'powerdns'],
    ['r-base-core', '4.5.3-1~bookwormcran.0', 'Dirk Eddelbuettel <edd@debian.org>', 'cran'],
    ['zabbix-agent', '1:6.0.18-1+ubuntu22.04', 'Zabbix Packager <info@zabbix.com>', 'zabbix'],
    ['curl', '7.74.0-1.3+deb11u13.root.io.1', 'Debian Curl Maintainers <a@debian.org>', 'root.io'],
    ['grafana', '11.1.0', 'contact@grafana.com', 'grafana'],
    ['nodejs', '20.10.0-1nodesource1', 'Ivan Iguaran <ivan@nodesource.com>', 'nodesource'],
    ['nginx', '1.25.3-1~bookworm', 'NGINX Packaging <nginx-packaging@f5.com>', 'nginx'],
    ['mariadb-server', '1:11.2.2+maria~deb12', 'MariaDB Developers <maria-developers@lists.launchpad.net>', 'mariadb'],
    ['mysql-community-server', '8.0.35-1debian12', 'MySQL Release Engineering <mysql-build@oss.oracle.com>', 'mysql'],
    ['vim', '2:9.0.1378-2+rpt1', 'Debian Vim Maintainers <team+vim@tracker.debian.org>', 'raspberrypi'],
    ['mint-meta-core', '2023.06.10', 'Clement Lefebvre <root@linuxmint.com>', 'linuxmint'],
    ['pop-desktop', '3.36~1', 'Jeremy Soller <jeremy@system76.com>', 'system76'],
    ['openssl', '1.1.1f-1ubuntu2.fips.2.8', 'Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>', 'ubuntu-fips'],
    ['libssl3', '3.0.2-0ubuntu1.10+Fips1', 'Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>', 'ubuntu-fips'],
    ['eudev', '3.2.12-4+deb12u1', 'Debian Maintainers <a@lists.debian.org>', undefined],
    ['bash', '5.2.15-2+b2', 'Matthias Klose <doko@debian.org>', undefined],
  ])('given %s %s of %s, then its mark is %s', async (name, version, maintainer, vendor) => {
    const { packages } = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/info/': {},
      'var/lib/dpkg/status': stanza(name, version, { Maintainer: maintainer }),
    });
    expect(packages[0]?.key.vendor).toBe(vendor);
  });

  test("given Docker's own distribution, then what Docker packages is its own, and others' is not", async () => {
    const { packages } = await inventoryOf({
      'etc/os-release': 'ID=dhi\nID_LIKE=debian\nVERSION_ID="13"\n',
      'var/lib/dpkg/info/': {},
      'var/lib/dpkg/status':
        stanza('containerd', '2.1.0', { Maintainer: 'Docker <support@docker.com>' }) +
        stanza('grafana', '12.0.0', { Maintainer: 'G <contact@grafana.com>' }),
    });
    expect(packages.map(({ key: { ecosystem, vendor } }) => [ecosystem, vendor])).toEqual([
      ['Docker Hardened Images', undefined],
      ['Docker Hardened Images', 'grafana'],
    ]);
  });
});

describe('what is no database', () => {
  test('given a status file without info beside it (vcpkg, trap 3), then it is not believed', async () => {
    const { packages } = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/info/': {},
      'var/lib/dpkg/status': stanza('bash', '5.2'),
      'opt/vcpkg/installed/vcpkg/status': stanza('zlib', '1.3'),
    });
    expect(packages.map(({ key }) => key.name)).toEqual(['bash']);
  });

  test('given os-release as a link (trap 48), then it is followed', async () => {
    const { distribution } = await inventoryOf({
      'etc/os-release': { link: '../usr/lib/os-release' },
      'usr/lib/os-release': osRelease.debian12,
      'var/lib/dpkg/info/': {},
      'var/lib/dpkg/status': stanza('bash', '5.2'),
    });
    expect(distribution?.ecosystem).toBe('Debian:12');
  });
});
