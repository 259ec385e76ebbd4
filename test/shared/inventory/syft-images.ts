import { fileSamples, programSamples } from './evidence-samples.ts';
import { osRelease, stanza, type Tree } from './images.ts';
import { alma9, rpmDatabase } from './rpm-databases.ts';

// what was there when Syft read it: more samples make no other image
const languages = new Set([
  'composer',
  'conda',
  'dotnet-assembly',
  'dotnet-deps',
  'erlang-app',
  'gem',
  'jar',
  'julia',
  'jvm-release',
  'luarocks',
  'npm',
  'pear',
  'pub',
  'pypi',
  'python-record',
  'r-package',
  'wordpress',
  'yarn-cache',
]);
const programs = new Set(['tool', 'old-tool', 'hello', 'packed', 'nginx']);
const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const sampled: Tree = {
  ...Object.fromEntries(
    fileSamples.filter(([extractor]) => languages.has(extractor)).map(([, path, bytes]) => [path, bytes]),
  ),
  // where no package manager puts programs, so that they speak for themselves
  ...Object.fromEntries(
    programSamples
      .filter(([, path]) => programs.has(baseName(path)))
      .map(([, path, content]) => [path.replace(/^usr\/sbin/, 'opt/nginx'), { content, mode: 0o755 }]),
  ),
};

const maintained = { Maintainer: 'Debian Maintainers <packages@lists.debian.org>' };
const pacman = (name: string, version: string, base = name): string =>
  `%NAME%\n${name}\n\n%VERSION%\n${version}\n\n%BASE%\n${base}\n\n%DESC%\nIt is one\n\n%ARCH%\nx86_64\n\n%LICENSE%\nMIT\n\n`;

/** Images whose bills Syft wrote into fixtures/syft, by name: an operating system each, and with Debian a package of all languages. */
export const syftImages: Readonly<Record<string, Tree>> = {
  debian: {
    'etc/os-release': osRelease.debian12,
    'etc/debian_version': '12.4\n',
    'var/lib/dpkg/status': [
      stanza('bash', '5.2.15-2+b2', { Source: 'bash (5.2.15-2)', ...maintained }),
      stanza('login', '1:4.13+dfsg1-1+b1', { Source: 'shadow (1:4.13+dfsg1-1)', ...maintained }),
      stanza('libstdc++6', '12.2.0-14', { Source: 'gcc-12', ...maintained }),
      stanza('docker-ce', '5:25.0.3-1~debian.12~bookworm', { Maintainer: 'Docker <support@docker.com>' }),
    ].join(''),
    ...sampled,
  },
  alpine: {
    'etc/os-release': osRelease.alpine320,
    'lib/apk/db/installed':
      'C:Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=\nP:libcrypto3\nV:3.3.1-r0\nA:x86_64\nS:10\nI:20\nT:Crypto\nU:https://example.org\nL:Apache-2.0\no:openssl\n\nC:Q1bbbbbbbbbbbbbbbbbbbbbbbbbbb=\nP:musl\nV:1.2.5-r0\nA:x86_64\nS:10\nI:20\nT:libc\nU:https://example.org\nL:MIT\no:musl\n\n',
  },
  almalinux: { 'etc/os-release': alma9, 'var/lib/rpm/rpmdb.sqlite': rpmDatabase('sqlite') },
  arch: {
    'etc/os-release': 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n',
    'var/lib/pacman/local/gcc-libs-13.2.1-3/desc': pacman('gcc-libs', '13.2.1-3', 'gcc'),
    'var/lib/pacman/local/shadow-1:4.14-1/desc': pacman('shadow', '1:4.14-1'),
  },
};
