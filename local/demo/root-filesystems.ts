import type { TarInput } from '#shared/oci';

// The bundled root filesystems: made by us, small, and real in structure, so that what reads them reads a real image's forms:
// os-release, dpkg's status with info lists, ELF files, merged links, node_modules, dist-info, and a fat jar.

/** A dpkg package of a demonstration base. */
interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly source?: string;
  readonly sourceVersion?: string;
  readonly architecture?: string;
  /** files that it owns; a path below bin gets an ELF-like file */
  readonly files: readonly string[];
}

/** The releases of the two bases, as their maintainers shipped them: before and after the fixes. */
export type BaseState = 'vulnerable' | 'patched';

/** Debian 7 (wheezy): OpenSSL with Heartbleed and bash with Shellshock; patched: deb7u5 and deb7u3. */
export const wheezy = (state: BaseState): TarInput[] =>
  debian({ id: '7', codename: 'wheezy', pretty: 'Debian GNU/Linux 7 (wheezy)', full: '7.4' }, [
    { name: 'libc6', version: '2.13-38+deb7u1', source: 'eglibc', files: ['lib/x86_64-linux-gnu/libc-2.13.so'] },
    { name: 'dpkg', version: '1.16.12', files: ['usr/bin/dpkg', 'usr/bin/dpkg-query'] },
    { name: 'bash', version: state === 'patched' ? '4.2+dfsg-0.1+deb7u3' : '4.2+dfsg-0.1', files: ['bin/bash'] },
    {
      name: 'libssl1.0.0',
      version: state === 'patched' ? '1.0.1e-2+deb7u5' : '1.0.1e-2',
      source: 'openssl',
      files: ['usr/lib/x86_64-linux-gnu/libssl.so.1.0.0'],
    },
    { name: 'openssl', version: state === 'patched' ? '1.0.1e-2+deb7u5' : '1.0.1e-2', files: ['usr/bin/openssl'] },
    { name: 'openjdk-7-jre-headless', version: '7u51-2.4.6-1~deb7u1', source: 'openjdk-7', files: ['usr/bin/java'] },
  ]);

/** Debian 12 (bookworm): curl before and after its SOCKS5 back-port, and an xz that never held the backdoor. */
export const bookworm = (state: BaseState): TarInput[] =>
  debian({ id: '12', codename: 'bookworm', pretty: 'Debian GNU/Linux 12 (bookworm)', full: '12.2' }, [
    { name: 'libc6', version: '2.36-9+deb12u3', source: 'glibc', files: ['lib/x86_64-linux-gnu/libc.so.6'] },
    { name: 'dpkg', version: '1.21.22', files: ['usr/bin/dpkg'] },
    { name: 'curl', version: state === 'patched' ? '7.88.1-10+deb12u4' : '7.88.1-10+deb12u3', files: ['usr/bin/curl'] },
    {
      name: 'libcurl4',
      version: state === 'patched' ? '7.88.1-10+deb12u4' : '7.88.1-10+deb12u3',
      source: 'curl',
      files: ['usr/lib/x86_64-linux-gnu/libcurl.so.4'],
    },
    { name: 'xz-utils', version: '5.4.1-0.2', files: ['usr/bin/xz'] },
    { name: 'liblzma5', version: '5.4.1-0.2', source: 'xz-utils', files: ['lib/x86_64-linux-gnu/liblzma.so.5'] },
    { name: 'python3.11', version: '3.11.2-6', files: ['usr/bin/python3.11'] },
    { name: 'nodejs', version: '18.13.0+dfsg1-1', files: ['usr/bin/node'] },
  ]);

function debian(
  release: { readonly id: string; readonly codename: string; readonly pretty: string; readonly full: string },
  packages: readonly DebianPackage[],
): TarInput[] {
  const osRelease = [
    `PRETTY_NAME="${release.pretty}"`,
    'NAME="Debian GNU/Linux"',
    `VERSION_ID="${release.id}"`,
    `VERSION="${release.id} (${release.codename})"`,
    `VERSION_CODENAME=${release.codename}`,
    'ID=debian',
    '',
  ].join('\n');
  const folders = [
    'bin/',
    'etc/',
    'lib/',
    'lib/x86_64-linux-gnu/',
    'usr/',
    'usr/bin/',
    'usr/lib/',
    'usr/lib/x86_64-linux-gnu/',
    'var/',
    'var/lib/',
    'var/lib/dpkg/',
    'var/lib/dpkg/info/',
  ];
  return [
    ...folders.map((path) => ({ path, mode: 0o755 })),
    { path: 'usr/lib/os-release', content: osRelease },
    { path: 'etc/os-release', linkTarget: '../usr/lib/os-release' },
    { path: 'etc/debian_version', content: `${release.full}\n` },
    { path: 'var/lib/dpkg/status', content: packages.map(statusOf).join('\n') },
    ...packages.flatMap((each) => [
      {
        path: `var/lib/dpkg/info/${each.name}.list`,
        content: `/.\n${each.files.map((file) => `/${file}`).join('\n')}\n`,
      },
      ...each.files.map((path) => ({
        path,
        mode: path.includes('bin/') ? 0o755 : 0o644,
        content: elf(`${each.name} ${each.version} ${path}`),
      })),
    ]),
  ];
}

function statusOf(each: DebianPackage): string {
  const source =
    each.source === undefined
      ? []
      : [`Source: ${each.source}${each.sourceVersion === undefined ? '' : ` (${each.sourceVersion})`}`];
  return [
    `Package: ${each.name}`,
    'Status: install ok installed',
    'Priority: optional',
    'Section: misc',
    'Installed-Size: 100',
    'Maintainer: Debian Packagers <packagers@lists.debian.org>',
    `Architecture: ${each.architecture ?? 'amd64'}`,
    ...source,
    `Version: ${each.version}`,
    `Description: ${each.name} for the demonstration`,
    ' a package of a self-made root filesystem',
    '',
  ].join('\n');
}

/** A file that starts as an x86-64 ELF executable does; the rest is the text that makes its hash its own. */
export function elf(text: string): Buffer {
  const header = Buffer.alloc(64);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(header);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(62, 18);
  return Buffer.concat([header, Buffer.from(text)]);
}
