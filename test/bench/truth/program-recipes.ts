import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { debsSay } from './installed.ts';
import type { Recipe } from './recipe.ts';
import { run } from './run-tool.ts';

/** Debian's package of a program -> the name under which the program is recognised */
const programs: Readonly<Record<string, string>> = {
  'apache2-bin': 'httpd',
  bash: 'bash',
  bind9: 'bind',
  'busybox-static': 'busybox',
  'libbz2-1.0': 'bzip2',
  caddy: 'caddy',
  coturn: 'coturn',
  curl: 'curl',
  'dnsmasq-base': 'dnsmasq',
  'dovecot-core': 'dovecot',
  'erlang-base': 'erlang',
  'etcd-server': 'etcd',
  'exim4-daemon-light': 'exim',
  ffmpeg: 'ffmpeg',
  git: 'git',
  gpg: 'gnupg',
  gzip: 'gzip',
  haproxy: 'haproxy',
  jq: 'jq',
  libc6: 'glibc',
  libexpat1: 'expat',
  libgcrypt20: 'libgcrypt',
  libgnutls30: 'gnutls',
  'libnghttp2-14': 'nghttp2',
  'libsqlite3-0': 'sqlite',
  'libssh2-1': 'libssh2',
  libssl3: 'openssl',
  libxml2: 'libxml2',
  lighttpd: 'lighttpd',
  'lua5.4': 'lua',
  'mariadb-server-core': 'mariadb',
  memcached: 'memcached',
  mosquitto: 'mosquitto',
  musl: 'musl',
  nginx: 'nginx',
  nsd: 'nsd',
  openssl: 'openssl',
  openvpn: 'openvpn',
  'openssh-server': 'openssh',
  'perl-base': 'perl',
  pgbouncer: 'pgbouncer',
  'php8.2-cli': 'php',
  postfix: 'postfix',
  'postgresql-15': 'postgresql',
  privoxy: 'privoxy',
  prometheus: 'prometheus',
  'proftpd-core': 'proftpd',
  'redis-tools': 'redis',
  rsync: 'rsync',
  slapd: 'openldap',
  squid: 'squid',
  stunnel4: 'stunnel',
  tar: 'tar',
  tor: 'tor',
  unbound: 'unbound',
  'util-linux': 'util-linux',
  varnish: 'varnish',
  'vim-tiny': 'vim',
  vsftpd: 'vsftpd',
  wget: 'wget',
  'xz-utils': 'xz',
  zlib1g: 'zlib',
  zsh: 'zsh',
  zstd: 'zstd',
};

/** Servers, tools and libraries of Debian without the database that owns them, as somebody copies them from one image into another. */
export const programRecipes: readonly Recipe[] = [
  {
    name: 'programs',
    needs: ['apt-get', 'dpkg-deb'],
    async make(folder) {
      const debs = path.join(folder, 'debs');
      const root = path.join(folder, 'root');
      mkdirSync(debs, { recursive: true });
      await run('apt-get', ['download', '-q', ...Object.keys(programs)], debs);
      for (const deb of readdirSync(debs)) await run('dpkg-deb', ['-x', path.join(debs, deb), root]);
      return { trees: [root], installed: await debsSay(debs, programs) };
    },
  },
];
