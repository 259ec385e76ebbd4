import type { FoundPackage } from './layer-facts.ts';
import type { Distribution } from './types.ts';

const mark = /[.+~]tuxcare\.(?:\d+\.)?els\d/;
const byMajor: ReadonlyMap<string, string> = new Map([
  ['rhel', 'RHEL'],
  ['ol', 'OracleLinux'],
  ['centos', 'CentOS'],
]);
const byVersion: ReadonlyMap<string, string> = new Map([
  ['debian', 'Debian'],
  ['ubuntu', 'Ubuntu'],
  ['almalinux', 'AlmaLinux'],
]);

/**
 * Whose advisories judge a package that TuxCare built for a release that its distribution no longer repairs, or never again in that minor release
 * (`1.0.2k-25.el7.tuxcare.els3`): TuxCare's own, `CentOS:7` of the ecosystem TuxCare. undefined: it is not theirs; 'unknown': theirs, of a release that none of
 * them name. Source: OSV's ecosystem TuxCare, as osv-scalibr asks for it.
 */
export function extendedRelease(
  { version }: FoundPackage,
  distribution: Distribution | undefined,
): string | 'unknown' | undefined {
  if (!mark.test(version)) return undefined;
  const { id = '', versionId = '', ecosystem = '' } = distribution ?? {};
  const [major = ''] = versionId.split('.');
  if (versionId === '') return 'unknown';
  if (ecosystem.startsWith('CentOS:Stream ')) return `CentOS-Stream:${major}`;
  const name = byVersion.get(id);
  if (name !== undefined) return `${name}:${versionId}`;
  const ofMajor = byMajor.get(id);
  // for CentOS 8 it publishes by minor release, which no image says
  return ofMajor === undefined || (id === 'centos' && major === '8') ? 'unknown' : `${ofMajor}:${major}`;
}
