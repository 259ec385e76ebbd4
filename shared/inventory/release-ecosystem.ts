/** What os-release says, by its names (ID, VERSION_ID …). */
export type ReleaseFields = ReadonlyMap<string, string>;

type Naming = (versionId: string, fields: ReleaseFields) => string | undefined;

/** Distributions without releases: what VERSION_ID says is the day that the image was made (detection.md section 4, trap 20). */
const rolling: ReadonlyMap<string, string> = new Map([
  ['wolfi', 'Wolfi'],
  ['chainguard', 'Chainguard'],
  ['minimos', 'MinimOS'],
  ['echo', 'Echo'],
  // os-release speaks of the release of Alpine that it began as; its packages and advisories have none
  ['cleanstart', 'CleanStart'],
  ['clnstrt', 'CleanStart'],
  ['opensuse-tumbleweed', 'openSUSE:Tumbleweed'],
  ['opensuse-microos', 'openSUSE:Tumbleweed'],
]);

const byMajor =
  (begin: string): Naming =>
  (versionId) =>
    begin + versionId.split('.')[0];
const byVersion =
  (begin: string): Naming =>
  (versionId) =>
    begin + versionId;

/** OSV's name of each distribution; where OSV has none, ours, which nobody has advisories under (advisories.md section 3). */
const releases: ReadonlyMap<string, Naming> = new Map<string, Naming>([
  ['ubuntu', ubuntuEcosystem],
  ['alpaquita', byVersion('Alpaquita:')],
  ['bellsoft-hardened-containers', byVersion('BellSoft Hardened Containers:')],
  ['almalinux', byMajor('AlmaLinux:')],
  ['rocky', byMajor('Rocky Linux:')],
  // the main stream's CPE; extended update streams are channels of their own
  ['rhel', byMajor('Red Hat:enterprise_linux:')],
  ['centos', centos],
  ['fedora', byMajor('Fedora:')],
  ['ol', byMajor('Oracle Linux:')],
  ['amzn', (versionId) => `Amazon Linux:${/^201\d\./.test(versionId) ? '1' : versionId.split('.')[0]}`],
  ['azurelinux', byMajor('Azure Linux:')],
  // OSV has CBL-Mariner 2 under its later name
  ['mariner', byMajor('Azure Linux:')],
  ['mageia', byMajor('Mageia:')],
  ['photon', byVersion('Photon OS:')],
  ['openeuler', openEuler],
  ['dhi', dockerHardened],
  ['opensuse', openSuse],
  // 15.2 was put together again as 15.2.1
  ['opensuse-leap', (versionId) => `openSUSE:Leap ${versionId.split('.').slice(0, 2).join('.')}`],
  ['opensuse-leap-micro', byVersion('openSUSE:Leap Micro ')],
  ['sles', suseServer],
  ['sled', suseServer],
  ['sles_sap', suseServer],
  ['sle_hpc', suseServer],
  ['sle-micro', suseMicro],
  // what it was called before 5.3, and what Rancher ships
  ['suse-microos', suseMicro],
  ['sle-micro-rancher', suseMicro],
  ['sl-micro', suseMicro],
]);

const bellsoft: ReadonlySet<string> = new Set(['alpaquita', 'bellsoft-hardened-containers']);

/** True for a distribution without releases. */
export const isRolling = (id: string): boolean => rolling.has(id);

/** True for a distribution whose packages are judged by the release that they are of. */
export const hasReleases = (id: string): boolean => id === 'debian' || id === 'alpine' || releases.has(id);

/** The ecosystem, as OSV writes it, that judges the packages of a distribution; undefined when the table has none. */
export function ecosystemOf(id: string, versionId: string, fields: ReleaseFields): string | undefined {
  const fixed = rolling.get(id);
  if (fixed !== undefined) return fixed;
  // both of BellSoft's distributions have a stream without a number
  if (bellsoft.has(id) && versionId === '') return releases.get(id)?.('stream', fields);
  return versionId === ''
    ? undefined
    : (releases.get(id)?.(versionId, fields) ?? derivedEcosystem(id, versionId, fields));
}

/** April releases of even years have long-term support; OSV's names carry it. */
export function ubuntuEcosystem(versionId: string): string {
  const [year = '', month = ''] = versionId.split('.');
  return `Ubuntu:${versionId}${month === '04' && Number(year) % 2 === 0 ? ':LTS' : ''}`;
}

function centos(versionId: string, fields: ReleaseFields): string {
  const stream = /stream/i.test(fields.get('NAME') ?? '') ? 'Stream ' : '';
  return `CentOS:${stream}${versionId.split('.')[0]}`;
}

/** `22.03 (LTS-SP3)` is openEuler:22.03-LTS-SP3. */
function openEuler(versionId: string, fields: ReleaseFields): string {
  const support = /^[\d.]+ \((LTS(?:-SP\d{1,2})?)\)$/.exec(fields.get('VERSION') ?? '')?.[1];
  return `openEuler:${versionId}${support === undefined ? '' : `-${support}`}`;
}

/** What openSUSE called itself until Leap 15: Leap 42.x, 13.2 and older, and Tumbleweed. */
function openSuse(versionId: string, fields: ReleaseFields): string {
  if (/tumbleweed/i.test(fields.get('NAME') ?? '')) return 'openSUSE:Tumbleweed';
  return `openSUSE:${versionId.startsWith('42.') ? 'Leap ' : ''}${versionId}`;
}

/** Docker builds packages of Alpine and of Debian again, and says of which release of them; package URLs have no ID_LIKE. Source: its contract with scanners. */
function dockerHardened(versionId: string, fields: ReleaseFields): string | undefined {
  const [release = '', major = '', minor] = /^(\d+)(?:\.(\d+))?/.exec(versionId) ?? [];
  const base = fields.get('ID_LIKE') ?? (minor === undefined ? 'debian' : 'alpine');
  if (base === 'debian' && major !== '') return `Docker Hardened Images:Debian:${major}`;
  return base === 'alpine' && minor !== undefined ? `Docker Hardened Images:Alpine:${release}` : undefined;
}

/** Up to 15, the minor version is the service pack: 15.5 is `15 SP5`. */
function suseServer(versionId: string): string {
  const [, major = versionId, pack] = /^(\d+)(?:\.(\d+))?/.exec(versionId) ?? [];
  if (Number(major) >= 16) return `SUSE:Linux Enterprise Server ${versionId}`;
  return `SUSE:Linux Enterprise Server ${major}${pack === undefined || pack === '0' ? '' : ` SP${pack}`}`;
}

/** From 6 on it has another name, and some say the old one still. */
function suseMicro(versionId: string): string {
  return `SUSE:Linux ${Number.parseInt(versionId, 10) >= 6 ? '' : 'Enterprise '}Micro ${versionId}`;
}

const ubuntuCodenames: ReadonlyMap<string, string> = new Map([
  ['trusty', '14.04'],
  ['xenial', '16.04'],
  ['bionic', '18.04'],
  ['focal', '20.04'],
  ['jammy', '22.04'],
  ['noble', '24.04'],
  ['resolute', '26.04'],
]);
const debianCodenames: ReadonlyMap<string, string> = new Map([
  ['jessie', '8'],
  ['stretch', '9'],
  ['buster', '10'],
  ['bullseye', '11'],
  ['bookworm', '12'],
  ['trixie', '13'],
]);
/** The version of a release of Debian or Ubuntu by its name: `bookworm`. */
export const versionOfCodename = (id: string, codename: string): string | undefined =>
  (id === 'debian' ? debianCodenames : id === 'ubuntu' ? ubuntuCodenames : undefined)?.get(codename);

const onUbuntu: ReadonlySet<string> = new Set(['linuxmint', 'pop', 'elementary', 'zorin', 'neon']);
const devuan: ReadonlyMap<string, string> = new Map([
  ['3', '10'],
  ['4', '11'],
  ['5', '12'],
  ['6', '13'],
]);

/**
 * The release that a derived distribution installs from, when that is certain: it takes packages from the base's own archive and names the release.
 * Those that build everything again (Raspbian, Kali, Parrot) have a name of their own and no advisories.
 */
function derivedEcosystem(id: string, versionId: string, fields: ReleaseFields): string | undefined {
  if (onUbuntu.has(id)) {
    const base = ubuntuCodenames.get(fields.get('UBUNTU_CODENAME') ?? '');
    if (base !== undefined) return ubuntuEcosystem(base);
    const debian = debianCodenames.get(fields.get('DEBIAN_CODENAME') ?? '');
    return debian === undefined ? undefined : `Debian:${debian}`;
  }
  const debian = id === 'devuan' ? devuan.get(versionId.split('.')[0] ?? '') : undefined;
  return debian === undefined ? undefined : `Debian:${debian}`;
}
