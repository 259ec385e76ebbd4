import { apkOrder } from './apk.ts';
import { dpkgOrder } from './dpkg.ts';
import { mavenOrder } from './maven.ts';
import type { VersionOrder } from './order.ts';
import { pep440Order } from './pep440.ts';
import { goOrder, nugetOrder, pubOrder, semverOrder } from './semver.ts';

/** The order of each ecosystem name, without suffix. Source: osv.dev go/osv/ecosystem/ecosystem.go. */
const ORDERS: ReadonlyMap<string, VersionOrder> = new Map([
  ...each(dpkgOrder, ['Debian', 'Ubuntu', 'opam']),
  ...each(apkOrder, [
    'Alpaquita',
    'Alpine',
    'BellSoft Hardened Containers',
    'Chainguard',
    'CleanStart',
    'MinimOS',
    'Wolfi',
  ]),
  ...each(semverOrder, [
    'Bioconductor',
    'Bitnami',
    'ConanCenter',
    'GHC',
    'GitHub Actions',
    'Hex',
    'Julia',
    'Kubernetes',
    'SwiftURL',
    'VSCode',
    'crates.io',
    'npm',
  ]),
  ['Go', goOrder],
  ['Maven', mavenOrder],
  ['NuGet', nugetOrder],
  ['Pub', pubOrder],
  ['PyPI', pep440Order],
]);

function each(order: VersionOrder, names: readonly string[]): readonly (readonly [string, VersionOrder])[] {
  return names.map((name) => [name, order] as const);
}

/**
 * The order of an ecosystem as OSV writes it, suffix included (`Debian:12`, `Maven:https://repo.example`).
 * undefined: an ecosystem whose order is not known; its packages cannot be judged by ranges.
 */
export function versionOrderOf(ecosystem: string): VersionOrder | undefined {
  const colon = ecosystem.indexOf(':');
  return ORDERS.get(colon < 0 ? ecosystem : ecosystem.slice(0, colon));
}
