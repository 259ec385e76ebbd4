import { describe, expect, test } from 'vitest';
import { distributionOf } from '#shared/inventory';
import { inventoryOf, osRelease, stanza } from './images.ts';

const of = (release: string) => distributionOf((path) => (path === 'etc/os-release' ? release : undefined));

describe('rpm distributions by os-release, as their images have it', () => {
  test.each([
    [
      'NAME="Red Hat Enterprise Linux"\nVERSION="9.4 (Plow)"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"\n',
      'Red Hat:enterprise_linux:9',
    ],
    ['NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="8.9"\n', 'Rocky Linux:8'],
    ['NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\n', 'CentOS:7'],
    ['NAME="CentOS Stream"\nVERSION="9"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="9"\n', 'CentOS:Stream 9'],
    ['NAME="Fedora Linux"\nVERSION="40 (Container Image)"\nID=fedora\nVERSION_ID=40\n', 'Fedora:40'],
    ['NAME="Oracle Linux Server"\nID="ol"\nID_LIKE="fedora"\nVERSION_ID="8.9"\n', 'Oracle Linux:8'],
    ['NAME="Amazon Linux"\nVERSION="2"\nID="amzn"\nID_LIKE="centos rhel fedora"\nVERSION_ID="2"\n', 'Amazon Linux:2'],
    ['NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\n', 'Amazon Linux:2023'],
    ['NAME="Amazon Linux"\nVERSION="2022"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2022"\n', 'Amazon Linux:2022'],
    [
      'NAME="Amazon Linux AMI"\nVERSION="2018.03"\nID="amzn"\nID_LIKE="rhel fedora"\nVERSION_ID="2018.03"\n',
      'Amazon Linux:1',
    ],
    ['NAME="openSUSE Leap"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"\n', 'openSUSE:Leap 15.6'],
    [
      'NAME="openSUSE Tumbleweed"\nID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\nVERSION_ID="20240520"\n',
      'openSUSE:Tumbleweed',
    ],
    [
      'NAME="SLES"\nVERSION="15-SP5"\nVERSION_ID="15.5"\nPRETTY_NAME="SUSE Linux Enterprise Server 15 SP5"\nID="sles"\nID_LIKE="suse"\n',
      'SUSE:Linux Enterprise Server 15 SP5',
    ],
    ['NAME="SLES"\nVERSION="15"\nVERSION_ID="15"\nID="sles"\n', 'SUSE:Linux Enterprise Server 15'],
    ['NAME="SLES"\nVERSION="16.0"\nVERSION_ID="16.0"\nID="sles"\n', 'SUSE:Linux Enterprise Server 16.0'],
    [
      'NAME="SLE Micro"\nVERSION="5.5"\nVERSION_ID="5.5"\nID="sle-micro"\nID_LIKE="suse"\n',
      'SUSE:Linux Enterprise Micro 5.5',
    ],
    [
      'NAME="SL-Micro"\nVERSION="6.0"\nVERSION_ID="6.0"\nID="sl-micro"\nID_LIKE="suse sle-micro opensuse-microos"\n',
      'SUSE:Linux Micro 6.0',
    ],
    [
      'NAME="SLE Micro for Rancher"\nVERSION="5.3"\nVERSION_ID="5.3"\nID="sle-micro-rancher"\nID_LIKE="suse"\n',
      'SUSE:Linux Enterprise Micro 5.3',
    ],
    ['NAME="SLE Micro"\nVERSION="5.2"\nVERSION_ID="5.2"\nID="suse-microos"\n', 'SUSE:Linux Enterprise Micro 5.2'],
    ['NAME="SLE_HPC"\nVERSION="15-SP4"\nVERSION_ID="15.4"\nID="sle_hpc"\n', 'SUSE:Linux Enterprise Server 15 SP4'],
    ['NAME="openSUSE Leap"\nVERSION="42.3"\nID=opensuse\nID_LIKE="suse"\nVERSION_ID="42.3"\n', 'openSUSE:Leap 42.3'],
    ['NAME="openSUSE Leap"\nID="opensuse-leap"\nVERSION_ID="15.2.1"\n', 'openSUSE:Leap 15.2'],
    ['NAME=openSUSE\nVERSION="13.2 (Harlequin)"\nVERSION_ID="13.2"\nID=opensuse\n', 'openSUSE:13.2'],
    ['NAME="openSUSE Tumbleweed"\nID=opensuse\nVERSION_ID="20180102"\n', 'openSUSE:Tumbleweed'],
    ['NAME="Microsoft Azure Linux"\nVERSION="3.0.20240609"\nID=azurelinux\nVERSION_ID="3.0"\n', 'Azure Linux:3'],
    ['NAME="Common Base Linux Mariner"\nVERSION="2.0.20230721"\nID=mariner\nVERSION_ID="2.0"\n', 'Azure Linux:2'],
    ['NAME="VMware Photon OS"\nVERSION="4.0"\nID=photon\nVERSION_ID=4.0\n', 'Photon OS:4.0'],
    ['NAME="Mageia"\nVERSION="9"\nID=mageia\nVERSION_ID=9\nID_LIKE="mandriva fedora"\n', 'Mageia:9'],
    ['NAME="openEuler"\nVERSION="24.03 (LTS)"\nID="openEuler"\nVERSION_ID="24.03"\n', 'openEuler:24.03-LTS'],
    ['NAME="openEuler"\nVERSION="22.03 (LTS-SP3)"\nID="openEuler"\nVERSION_ID="22.03"\n', 'openEuler:22.03-LTS-SP3'],
    ['NAME="openEuler"\nVERSION="23.09"\nID="openEuler"\nVERSION_ID="23.09"\n', 'openEuler:23.09'],
  ])('%j is %s', (release, ecosystem) => {
    expect(of(release)?.ecosystem).toBe(ecosystem);
  });

  test.each([
    ['etc/oracle-release', 'Oracle Linux Server release 6.10\n', 'Oracle Linux:6'],
    ['etc/redhat-release', 'Red Hat Enterprise Linux Server release 6.10 (Santiago)\n', 'Red Hat:enterprise_linux:6'],
    ['etc/centos-release', 'CentOS release 6.10 (Final)\n', 'CentOS:6'],
    ['etc/centos-release', 'CentOS Stream release 8\n', 'CentOS:Stream 8'],
    ['etc/system-release', 'Amazon Linux AMI release 2018.03\n', 'Amazon Linux:1'],
  ])('without os-release, %s with %j is %s', (place, text, ecosystem) => {
    expect(distributionOf((path) => (path === place ? text : undefined))?.ecosystem).toBe(ecosystem);
  });

  test('given Oracle Linux, whose redhat-release is there for compatibility, then it stays Oracle Linux', () => {
    const files: Record<string, string> = {
      'etc/oracle-release': 'Oracle Linux Server release 6.10\n',
      'etc/redhat-release': 'Red Hat Enterprise Linux Server release 6.10 (Santiago)\n',
    };
    expect(distributionOf((path) => files[path])?.id).toBe('ol');
  });
});

describe('derived distributions', () => {
  test.each([
    [
      'Linux Mint, on Ubuntu',
      'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="21.3"\nVERSION_CODENAME=virginia\nUBUNTU_CODENAME=jammy\n',
      'Ubuntu:22.04:LTS',
    ],
    ['Linux Mint, on Debian', 'ID=linuxmint\nID_LIKE=debian\nVERSION_ID="6"\nDEBIAN_CODENAME=bookworm\n', 'Debian:12'],
    [
      'Linux Mint, on the Ubuntu of 2026',
      'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="23"\nUBUNTU_CODENAME=resolute\n',
      'Ubuntu:26.04:LTS',
    ],
    ['Pop!_OS', 'ID=pop\nID_LIKE="ubuntu debian"\nVERSION_ID="22.04"\nUBUNTU_CODENAME=jammy\n', 'Ubuntu:22.04:LTS'],
    ['Devuan', 'ID=devuan\nID_LIKE=debian\nVERSION_ID="5"\nVERSION_CODENAME=daedalus\n', 'Debian:12'],
    [
      'one that names no release of Ubuntu',
      'ID=linuxmint\nID_LIKE=ubuntu\nVERSION_ID="21.3"\nUBUNTU_CODENAME=soon\n',
      undefined,
    ],
    [
      'Raspbian, which builds everything again',
      'ID=raspbian\nID_LIKE=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
      undefined,
    ],
    ['Kali', 'ID=kali\nID_LIKE=debian\nVERSION_ID="2024.1"\n', undefined],
    [
      'a rebuild of Red Hat’s that nobody has advisories for',
      'ID="scientific"\nID_LIKE="rhel centos fedora"\nVERSION_ID="7.9"\n',
      undefined,
    ],
  ])('%s', (_, release, ecosystem) => {
    expect(of(release)?.ecosystem).toBe(ecosystem);
  });

  test('given one that nobody judges, then its packages are of its own name', async () => {
    const { packages } = await inventoryOf({
      'etc/os-release': 'ID=raspbian\nID_LIKE=debian\nVERSION_ID="12"\n',
      'var/lib/dpkg/info/': {},
      'var/lib/dpkg/status': stanza('bash', '5.2.15-2+b2'),
    });
    expect(packages[0]).toMatchObject({
      key: { ecosystem: 'os-raspbian', release: '12' },
      purl: expect.stringContaining('pkg:deb/raspbian/bash'),
    });
  });
});

describe('Ubuntu Pro (trap 13)', () => {
  const channelOf = async (files: Record<string, string>): Promise<string | undefined> => {
    const { packages } = await inventoryOf({
      'etc/os-release': osRelease.ubuntu2204,
      'var/lib/dpkg/info/': {},
      'var/lib/dpkg/status': stanza('bash', '5.1-6ubuntu1'),
      ...files,
    });
    return packages[0]?.key.channel;
  };
  const status = (state: string, name = 'esm-infra'): string =>
    JSON.stringify({
      _schema_version: '0.1',
      attached: true,
      padding: 'x'.repeat(20_000),
      services: [
        { name: 'livepatch', status: 'enabled' },
        { name, status: state },
      ],
    });

  test('given a client with its services enabled, then packages are of its channel', async () => {
    expect(await channelOf({ 'var/lib/ubuntu-advantage/status.json': status('enabled') })).toBe('esm');
    expect(await channelOf({ 'var/lib/ubuntu-advantage/status.json': status('enabled', 'esm-apps') })).toBe('esm');
  });

  test('given their archive in the sources of apt, then too', async () => {
    expect(
      await channelOf({
        'etc/apt/sources.list.d/ubuntu-esm-infra.list':
          'deb https://esm.ubuntu.com/infra/ubuntu jammy-infra-security main\n',
      }),
    ).toBe('esm');
    expect(
      await channelOf({
        'etc/apt/sources.list.d/ubuntu-esm-apps.sources':
          'Types: deb\nURIs: https://esm.ubuntu.com/apps/ubuntu\nSuites: jammy-apps-security\n',
      }),
    ).toBe('esm');
  });

  test.each([
    ['a client that is not attached', { 'var/lib/ubuntu-advantage/status.json': status('disabled') }],
    ['a client with another service', { 'var/lib/ubuntu-advantage/status.json': status('enabled', 'fips') }],
    [
      'an archive that is commented out',
      {
        'etc/apt/sources.list.d/ubuntu-esm-infra.list':
          '# deb https://esm.ubuntu.com/infra/ubuntu jammy-infra-security main\n',
      },
    ],
    ['a status that is no JSON', { 'var/lib/ubuntu-advantage/status.json': '{' }],
    ['nothing of it', {}],
  ])('given %s, then they are of the common one', async (_, files) => {
    expect(await channelOf(files)).toBeUndefined();
  });
});
