import { type VersionOrder, versionOrderOf } from '../../../../shared/advisories/versions/index.ts';

const ECOSYSTEMS = [
  ...[
    'Debian:12',
    'Alpine:v3.20',
    'AlmaLinux:9',
    'npm',
    'Go',
    'Julia',
    'NuGet',
    'Pub',
    'PyPI',
    'Maven',
    'RubyGems',
    'Packagist',
  ],
  ...[
    'FreeBSD:ports',
    'Android',
    'Linux',
    'OSS-Fuzz',
    'CVE List',
    'CRAN',
    'Hackage',
    'Root:Debian:12',
    'Root:Alpine:3.18',
    'Root:PyPI',
    'Root:Maven',
    'Echo:npm',
  ],
];

/** Every order once. */
export const ALL_ORDERS: readonly VersionOrder[] = ECOSYSTEMS.map((ecosystem) => {
  const order = versionOrderOf(ecosystem);
  if (order === undefined) throw new Error(`no order for ${ecosystem}`);
  return order;
});
