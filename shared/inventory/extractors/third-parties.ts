// Who builds well-known third-party repositories shows in the version that the repository stamps, or in its packaging address. Only what is
// certain is listed: a distribution's own package taken for a stranger's would lose its advisories (detection.md, section 1).

const versionMarks: readonly (readonly [RegExp, string])[] = [
  [/\.pgdg\d/, 'pgdg'],
  [/nodesource\d/, 'nodesource'],
  [/\+0~\d{8}\.\d+\+(?:debian|ubuntu)[\d.]+~1\.gbp|\+deb\.sury\.org\+/, 'sury'],
  [/~\+\+\d{14}\+[0-9a-f]/, 'llvm'],
  [/\dkitware\d/, 'kitware'],
  [/\drl\d+~[a-z]/, 'redis'],
  [/\dpdns\.[a-z]/, 'powerdns'],
  [/~[a-z]+cran\.\d/, 'cran'],
  [/\.root\.io\.\d/, 'root.io'],
  [/\+maria~/, 'mariadb'],
  [/-dmo\d/, 'deb-multimedia'],
  [/\+rpt\d/, 'raspberrypi'],
  [/devuan\d/, 'devuan'],
  // of Ubuntu, but in an order and with advisories of its own (detection.md section 4, trap 13)
  [/[.+]fips[.\d]/i, 'ubuntu-fips'],
  [/\+linuxmint\d|\+mint\d/, 'linuxmint'],
  [/~ppa\d|ppa\d+~/, 'ppa'],
  [/\+(?:xenial|bionic|focal|jammy|noble|resolute)\d+$/, 'ppa'],
];

const packagers: readonly (readonly [RegExp, string])[] = [
  [/<support@docker\.com>|@containerd\.io>/i, 'docker'],
  [/@linuxmint\.com>/i, 'linuxmint'],
  [/@system76\.com>/i, 'system76'],
  [/@elementary\.io>/i, 'elementary'],
  [/@raspberrypi\.(?:com|org)>/i, 'raspberrypi'],
  [/@nodesource\.com>/i, 'nodesource'],
  [/<nginx-packaging@(?:f5|nginx)\.com>/i, 'nginx'],
  [/<mysql-build@oss\.oracle\.com>/i, 'mysql'],
  [/<info@percona\.com>|@percona\.com>/i, 'percona'],
  [/<info@elastic\.co>|@elastic\.co>/i, 'elastic'],
  [/@(?:mongodb|10gen)\.com>/i, 'mongodb'],
  [/@hashicorp\.com>/i, 'hashicorp'],
  [/@grafana\.com\b/i, 'grafana'],
  [/@influxd(?:b|ata)\.com>/i, 'influxdata'],
  [/@datadoghq\.com>/i, 'datadog'],
  [/<dev@kubernetes\.io>|<kubernetes-dev\+release@googlegroups\.com>/i, 'kubernetes'],
  [/<yarn@dan\.cx>/i, 'yarn'],
  [/<temurin-dev@eclipse\.org>/i, 'adoptium'],
  [/<corretto-team@amazon\.com>/i, 'corretto'],
  [/@azul\.com>/i, 'azul'],
  [/<cudatools@nvidia\.com>/i, 'nvidia'],
  [/<redis@redis\.(?:io|com)>/i, 'redis'],
  [/@rabbitmq\.com>|<rabbitmq-core@groups\.vmware\.com>/i, 'rabbitmq'],
  [/@zabbix\.com>/i, 'zabbix'],
  [/@clickhouse\.com>/i, 'clickhouse'],
  [/@varnish-software\.com>/i, 'varnish'],
  [/<support@gitlab\.com>/i, 'gitlab'],
  [/<info@tailscale\.com>/i, 'tailscale'],
  [/<chromium-dev@chromium\.org>/i, 'google-chrome'],
  [/<dotnetpackages@dotnetfoundation\.org>|@microsoft\.com>/i, 'microsoft'],
];

/** The third party that made a package, undefined when nothing says that it was not the distribution. */
export function vendorOf(version: string, maintainer: string): string | undefined {
  const byVersion = versionMarks.find(([mark]) => mark.test(version));
  if (byVersion !== undefined) return byVersion[1];
  return packagers.find(([packager]) => packager.test(maintainer))?.[1];
}
