import { distributionOf } from './release.ts';
import type { Distribution } from './types.ts';

/** What others call distributions -> os-release's ID (Trivy and CycloneDX generators shorten them). */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['alma', 'almalinux'],
  ['redhat', 'rhel'],
  ['amazon', 'amzn'],
  ['oracle', 'ol'],
  ['rockylinux', 'rocky'],
  ['opensuse.leap', 'opensuse-leap'],
  ['opensuse.tumbleweed', 'opensuse-tumbleweed'],
  ['suse linux enterprise server', 'sles'],
  ['cbl-mariner', 'mariner'],
  ['slem', 'sle-micro'],
]);

/**
 * The distribution that a name and a version stand for, as an image's os-release would have said it: `debian`, `12.5`. Undefined when the name is none.
 */
export function distributionNamed(stated: {
  readonly id: string;
  readonly versionId: string;
  readonly codename?: string;
  readonly prettyName?: string;
}): Distribution | undefined {
  const name = stated.id.toLowerCase();
  const id = otherNames.get(name) ?? name;
  const prettyName = stated.prettyName ?? suseName(id, stated.versionId);
  const release = [
    `ID=${plain(id)}`,
    `VERSION_ID=${plain(stated.versionId)}`,
    ...(stated.codename === undefined ? [] : [`VERSION_CODENAME=${plain(stated.codename)}`]),
    ...(prettyName === undefined ? [] : [`PRETTY_NAME=${plain(prettyName)}`]),
  ].join('\n');
  return distributionOf((path) => (path === 'etc/os-release' ? release : undefined));
}

/** OSV names SUSE's releases by their long names; a version alone is enough to say them. */
function suseName(id: string, version: string): string | undefined {
  const [, major, pack] = /^(\d+)(?:\.(\d+))?$/.exec(version) ?? [];
  if (id === 'opensuse-leap') return `openSUSE Leap ${version}`;
  if (id === 'opensuse-tumbleweed') return 'openSUSE Tumbleweed';
  if (id !== 'sles' || major === undefined) return undefined;
  return `SUSE Linux Enterprise Server ${major}${pack === undefined || pack === '0' ? '' : ` SP${pack}`}`;
}

/** One line without quotes: the text becomes a value of os-release. */
const plain = (text: string): string => text.replace(/[\p{Cc}"'\\]/gu, '').slice(0, 200);
