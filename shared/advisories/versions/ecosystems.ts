import { androidOrder } from './android.ts';
import { apkOrder } from './apk.ts';
import { dpkgOrder } from './dpkg.ts';
import { freebsdOrder, projectTagOrder } from './freebsd.ts';
import { mavenOrder } from './maven.ts';
import { cranOrder, hackageOrder } from './number-list.ts';
import type { VersionOrder } from './order.ts';
import { packagistOrder } from './packagist.ts';
import { pep440Order } from './pep440.ts';
import { releaseOrder } from './release.ts';
import { rpmOrder, rpmSourceOrder } from './rpm.ts';
import { rubygemsOrder } from './rubygems.ts';
import { goOrder, juliaOrder, linuxOrder, nugetOrder, pubOrder, semverOrder } from './semver.ts';
import { withVendorBuild } from './vendor-build.ts';

/**
 * The order of each ecosystem name, without suffix: every name of OSV's list (OSV schema 1.7.5, ecosystems.json), and those of rpm distributions that it lacks.
 * Source: osv.dev go/osv/ecosystem/ecosystem.go; for names without an order there (Android, FreeBSD, Linux, OSS-Fuzz …) each order's own file.
 */
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
  ...each(rpmOrder, [
    'AlmaLinux',
    'Amazon Linux',
    'Azure Linux',
    'CBL-Mariner',
    'CentOS',
    'Fedora',
    'Mageia',
    'Oracle Linux',
    'Photon OS',
    'Red Hat',
    'Rocky Linux',
    'SUSE',
    'openEuler',
    'openSUSE',
  ]),
  ...each(semverOrder, [
    'Bioconductor',
    'Bitnami',
    'ConanCenter',
    'GHC',
    'GitHub Actions',
    'Hex',
    'Kubernetes',
    'SwiftURL',
    'VSCode',
    'crates.io',
    // ours: programs that are judged by their own project
    'curl',
    'npm',
  ]),
  ['Android', androidOrder],
  // ours: products that are judged by their own CNA
  ['CVE List', releaseOrder],
  ['CRAN', cranOrder],
  ['FreeBSD', freebsdOrder],
  ['Go', goOrder],
  ['Hackage', hackageOrder],
  ['Julia', juliaOrder],
  ['Linux', linuxOrder],
  ['Maven', mavenOrder],
  ['NuGet', nugetOrder],
  ['OSS-Fuzz', projectTagOrder],
  ['Packagist', packagistOrder],
  ['Pub', pubOrder],
  ['PyPI', pep440Order],
  ['RubyGems', rubygemsOrder],
]);

function each(order: VersionOrder, names: readonly string[]): readonly (readonly [string, VersionOrder])[] {
  return names.map((name) => [name, order] as const);
}

const ROOT_MARKERS = ['+root.io.', '.root.io.'];
const ROOT_DEFAULT = withVendorBuild(semverOrder, ROOT_MARKERS);
const ROOT: ReadonlyMap<string, VersionOrder> = new Map([
  ['alpine', withVendorBuild(apkOrder, ROOT_MARKERS)],
  ...each(withVendorBuild(dpkgOrder, ROOT_MARKERS), ['debian', 'ubuntu']),
  ...each(withVendorBuild(pep440Order, ROOT_MARKERS), ['pypi', 'python']),
  ['maven', withVendorBuild(mavenOrder, ROOT_MARKERS)],
]);

const ECHO: ReadonlyMap<string, VersionOrder> = new Map([
  ['pypi', pep440Order],
  ['maven', mavenOrder],
  ['npm', withVendorBuild(semverOrder, ['+echo.'])],
]);

/** TuxCare's own names of distributions; the others are OSV's. */
const TUXCARE: ReadonlyMap<string, VersionOrder> = new Map(each(rpmOrder, ['CentOS-Stream', 'OracleLinux', 'RHEL']));

/** The ecosystems that are somebody else's packages rebuilt: their order is that of the ecosystem in their suffix. */
const DELEGATES: ReadonlyMap<string, (inner: string) => VersionOrder | undefined> = new Map([
  ['Root', (inner: string) => ROOT.get(headOf(inner).toLowerCase()) ?? ROOT_DEFAULT],
  ['Echo', (inner: string) => ECHO.get(inner.toLowerCase()) ?? dpkgOrder],
  ['TuxCare', (inner: string) => TUXCARE.get(headOf(inner)) ?? plainOrderOf(inner)],
  ['Docker Hardened Images', plainOrderOf],
  // what Docker's data itself says
  ['DHI', plainOrderOf],
  ['Red Hat Lightwell', plainOrderOf],
]);

function headOf(ecosystem: string): string {
  const colon = ecosystem.indexOf(':');
  return colon < 0 ? ecosystem : ecosystem.slice(0, colon);
}

/** Without a suffix nobody says whose packages they are: as OSV's own server read such before it refused them. */
function plainOrderOf(ecosystem: string): VersionOrder | undefined {
  return ecosystem === '' ? semverOrder : ORDERS.get(headOf(ecosystem));
}

/**
 * The order of an ecosystem as OSV writes it, suffix included (`Debian:12`, `Maven:https://repo.example`,
 * `Root:Alpine:3.18`). undefined: an ecosystem whose order is not known; its packages cannot be judged by ranges.
 */
export function versionOrderOf(ecosystem: string): VersionOrder | undefined {
  const head = headOf(ecosystem);
  const delegate = DELEGATES.get(head);
  return delegate === undefined ? ORDERS.get(head) : delegate(ecosystem.slice(head.length + 1));
}

/** The order for versions of source packages whose epoch is not known: only rpm has such, elsewhere it is `versionOrderOf`. */
export function epochlessOrderOf(ecosystem: string): VersionOrder | undefined {
  const order = versionOrderOf(ecosystem);
  return order === rpmOrder ? rpmSourceOrder : order;
}
