import { type FoundPackage, type Inventory, mergeLayers, type PackageType } from '#shared/inventory';
import { factsOf, imageOf, layerOf, osRelease, type Tree } from './images.ts';

type Samples = readonly Omit<FoundPackage, 'type'>[];

/** Packages of every type that is read, with what is hard about each: epochs, signs that purls escape, scopes, qualifiers, strange licences. */
export const everyPackage: Readonly<Record<PackageType, Samples>> = {
  deb: [
    {
      name: 'libstdc++6',
      version: '1:12.2.0-14+deb12u1~bpo1',
      architecture: 'amd64',
      source: 'gcc-12',
      sourceVersion: '12.2.0-14',
      supplier: 'Debian GCC Maintainers <debian-gcc@lists.debian.org>',
      licenses: ['GPL-3+ with GCC-Runtime-3.1 exception', 'Artistic', 'LGPL-2.1-or-later'],
    },
    {
      name: 'docker-ce',
      version: '5:25.0.3-1~debian.12~bookworm',
      architecture: 'amd64',
      source: 'docker-ce',
      sourceVersion: '5:25.0.3-1~debian.12~bookworm',
      vendor: 'docker',
      supplier: 'Docker <support@docker.com>',
    },
    {
      name: 'base-files',
      version: '12.4',
      architecture: 'all',
      source: 'base-files',
      sourceVersion: '12.4',
      licenses: [],
    },
  ],
  opkg: [
    {
      name: 'libc',
      version: '1.2.4-4',
      architecture: 'x86_64',
      source: 'toolchain',
      sourceVersion: '1.2.4-4',
      licenses: ['MIT'],
    },
  ],
  apk: [
    {
      name: 'so:libcrypto.so.3',
      version: '3.3.1-r0',
      architecture: 'x86_64',
      source: 'openssl',
      sourceVersion: '3.3.1-r0',
      licenses: ['Apache-2.0 AND (MIT OR Zlib)', '  '],
    },
  ],
  rpm: [
    {
      name: 'openssl-libs',
      version: '1:3.0.7-16.el9_2',
      architecture: 'x86_64',
      source: 'openssl',
      sourceVersion: '1:3.0.7-16.el9_2',
      supplier: 'Red Hat, Inc. (security) ',
      licenses: ['ASL 2.0 and (LGPLv2+ or GPLv2+)'],
    },
    {
      name: 'nodejs',
      version: '1:18.19.1-1.module+el9.3.0+21388+22892fb9',
      architecture: 'x86_64',
      module: 'nodejs:18',
      supplier: 'Red Hat, Inc.',
      source: 'nodejs',
      sourceVersion: '1:18.19.1-1.module+el9.3.0+21388+22892fb9',
    },
  ],
  alpm: [
    {
      name: 'gcc-libs',
      version: '1:13.2.1-3',
      architecture: 'x86_64',
      source: 'gcc',
      sourceVersion: '1:13.2.1-3',
      licenses: ['custom', 'GPL3'],
    },
  ],
  npm: [
    { name: '@scope/a.b_c', version: '1.0.0-rc.1+build.5', licenses: ['(MIT OR Apache-2.0)'] },
    { name: 'left-pad', version: '1.3.0', licenses: ['WTFPL'], bundled: 'vendored' },
    { name: "old'name!", version: '0.0.1', licenses: ['SEE LICENSE IN LICENSE.md'] },
  ],
  pypi: [
    { name: 'zope-interface', version: '1!6.0.post1', licenses: ['ZPL 2.1\nOSI Approved :: Zope "Public" License'] },
  ],
  maven: [
    { name: 'org.apache.logging.log4j:log4j-core', version: '2.14.1', inner: 'BOOT-INF/lib/log4j-core-2.14.1.jar' },
    {
      name: 'lonely',
      version: '1.0',
      bundled: 'shaded',
      licenses: ['https://www.apache.org/licenses/LICENSE-2.0.txt'],
    },
  ],
  gem: [{ name: 'nokogiri', version: '1.15.4', qualifiers: { platform: 'x86_64-linux' }, licenses: ['mit'] }],
  composer: [{ name: 'symfony/http-kernel', version: '6.0.1', licenses: ['MIT', 'proprietary'] }],
  pear: [{ name: 'pear.php.net/archive_tar', version: '1.4.14' }],
  jvm: [{ name: 'temurin', version: '1.8.0_352' }],
  program: [
    { name: 'nginx', version: '1.25.3' },
    { name: 'busybox', version: '1.36.1' },
  ],
  nuget: [{ name: 'Newtonsoft.Json', version: '13.0.1', licenses: ['MIT'] }],
  conda: [
    { name: '_libgcc_mutex', version: '0.1', qualifiers: { build: 'main', subdir: 'linux-64', channel: 'main' } },
  ],
  cran: [{ name: 'data.table', version: '1.14.8', licenses: ['MPL-2.0 | file LICENSE'] }],
  bioconductor: [{ name: 'BiocGenerics', version: '0.46.0', licenses: ['Artistic-2.0'] }],
  cpan: [{ name: 'Acme-Local', version: 'v1.2.0', qualifiers: { author: 'ACME' } }],
  luarocks: [{ name: 'lua-cjson', version: '2.1.0.10-1' }],
  hex: [{ name: 'phoenix_html', version: '3.3.2' }],
  otp: [{ name: 'ssl', version: '11.0.3' }],
  pub: [{ name: 'http_parser', version: '4.0.2+1' }],
  julia: [{ name: 'Example', version: '0.5.3', qualifiers: { uuid: '7876af07-990d-54b4-ab0e-23690620f79a' } }],
  golang: [
    { name: 'github.com/Azure/azure-sdk-for-go/v68', version: '68.0.0+incompatible' },
    { name: 'stdlib', version: '1.21.3' },
  ],
  cargo: [{ name: 'tokio', version: '1.32.0', licenses: ['MIT/Apache-2.0'] }],
  wordpress: [{ name: 'plugin/woo-commerce', version: '8.1.0' }],
  'wordpress-core': [{ name: 'wordpress', version: '6.3.1' }],
  ebuild: [
    {
      name: 'app-shells/bash',
      version: '5.2_p15-r6',
      source: 'app-shells/bash',
      sourceVersion: '5.2_p15-r6',
    },
  ],
  nix: [
    { name: 'gtk+', version: '2.24.33', qualifiers: { outputhash: '0c0hzn0rp8dk7xq3pxy80vbaxxv2njw5', output: 'dev' } },
  ],
  brew: [{ name: 'openssl@3', version: '3.2.0_1' }],
  snap: [{ name: 'core22', version: '20231123' }],
  vcpkg: [{ name: 'zlib', version: '1.3.1', qualifiers: { triplet: 'x64-linux' } }],
  conan: [{ name: 'openssl', version: '3.2.0' }],
  kernel: [
    { name: 'linux-kernel', version: '6.1.0-18-amd64' },
    { name: 'nvidia', version: '535.129.03', licenses: ['NVIDIA'] },
  ],
  model: [{ name: 'meta-llama/Llama-3.2-1B', version: 'unknown', qualifiers: { architecture: 'llama' } }],
};

const systems = {
  debian: 'deb',
  ubuntu: 'deb',
  alpine: 'apk',
  rhel: 'rpm',
  arch: 'alpm',
  openwrt: 'opkg',
  gentoo: 'ebuild',
} as const;
const osReleases: Readonly<Record<keyof typeof systems, string>> = {
  debian: osRelease.debian12,
  ubuntu: osRelease.ubuntu2204,
  alpine: osRelease.alpine320,
  rhel: 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nVERSION_ID="9.2"\nPRETTY_NAME="Red Hat Enterprise Linux 9.2 (Plow)"\n',
  arch: 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n',
  gentoo: 'NAME=Gentoo\nID=gentoo\nVERSION_ID="2.14"\n',
  openwrt: 'NAME="OpenWrt"\nID="openwrt"\nVERSION_ID="23.05.0"\n',
};

/** Distributions that inventories of every package are made of. */
export const everyDistribution = Object.keys(systems) as readonly (keyof typeof systems)[];

/** The inventory of an image of a distribution with all packages that can be in it, executables with names made to hurt, and something unread. */
export async function inventoryOfEverything(id: keyof typeof systems): Promise<Inventory> {
  const osTypes: readonly string[] = Object.values(systems);
  const packages = (Object.keys(everyPackage) as PackageType[])
    .filter((type) => type === systems[id] || !osTypes.includes(type))
    .flatMap((type) => everyPackage[type].map((sample): FoundPackage => ({ ...sample, type })));
  const base: Tree = {
    'etc/os-release': osReleases[id],
    'bin/tool': { content: '\x7fELF-tool', mode: 0o755 },
    'app/\u202egpj.exe\u001b[2J %0a "quoted" \u{1f433}': { content: '#!/bin/sh\necho', mode: 0o4755 },
  };
  const layers = [layerOf(base), layerOf({ 'srv/evidence \u0007': 'x' })];
  const facts = await Promise.all(layers.map((layer) => factsOf(layer)));
  const [system, upper] = facts;
  if (system === undefined || upper === undefined) throw new Error('two layers have two facts');
  return mergeLayers({
    image: await imageOf(layers, { created: '2024-05-06T07:08:09.1Z' }),
    facts: [system, { ...upper, evidence: [{ kind: 'packages', path: 'srv/evidence \u0007', order: 0, packages }] }],
  });
}
