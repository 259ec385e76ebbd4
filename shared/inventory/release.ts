import { ecosystemOf, isRolling, type ReleaseFields, ubuntuEcosystem } from './release-ecosystem.ts';
import type { Distribution } from './types.ts';
import { ubuntuChannel } from './ubuntu-pro.ts';

/** Reads a release file of one root filesystem by its path below that root, links resolved; undefined when it is not there. */
export type ReadRelease = (path: string) => string | undefined;

/**
 * Which distribution and release a root filesystem is of, from os-release(5) and its kin; undefined when nothing says so. `ecosystem` is
 * OSV's name, absent when OSV knows no advisories for it (advisories.md section 3; detection.md section 1, traps 18 and 20).
 */
export function distributionOf(read: ReadRelease): Distribution | undefined {
  const release = parseOsRelease(read('etc/os-release') ?? read('usr/lib/os-release') ?? '');
  const id = (release.get('ID') ?? '').toLowerCase();
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id)) return withoutOsRelease(read);
  const versionId = plainVersion(release.get('VERSION_ID') ?? '');
  const codename = release.get('VERSION_CODENAME');
  const prettyName = release.get('PRETTY_NAME');
  const base: Distribution = {
    id,
    versionId: isRolling(id) ? '' : versionId,
    ...(codename === undefined || !/^[a-z0-9.-]{1,64}$/i.test(codename) ? {} : { codename }),
    ...(prettyName === undefined ? {} : { prettyName: prettyName.slice(0, 200) }),
  };
  return named(base, release, read);
}

function named(base: Distribution, release: ReleaseFields, read: ReadRelease): Distribution {
  const { id, versionId } = base;
  if (id === 'debian') return debian(base, read);
  if (id === 'alpine') return alpine(base, read);
  const ecosystem = ecosystemOf(id, versionId, release);
  if (ecosystem === undefined) return base;
  const channel = ecosystem.startsWith('Ubuntu:') ? ubuntuChannel(read) : undefined;
  return { ...base, ecosystem, ...(channel === undefined ? {} : { channel }) };
}

/** testing and unstable have no VERSION_ID; their debian_version says `trixie/sid`, as the end of PRETTY_NAME does. */
function debian(base: Distribution, read: ReadRelease): Distribution {
  const installed = (read('etc/debian_version') ?? base.prettyName ?? '').trim();
  const version = base.versionId || (/^\d+(?:\.\d+)?/.exec(installed)?.[0] ?? '');
  const major = version.split('.')[0] ?? '';
  // Debian 3.0 and 3.1 were releases of their own
  if (major !== '')
    return { ...base, versionId: version, ecosystem: `Debian:${major === '3' ? version.slice(0, 3) : major}` };
  if (installed.endsWith('/sid') || installed === 'sid') return { ...base, ecosystem: 'Debian:sid' };
  return base;
}

function alpine(base: Distribution, read: ReadRelease): Distribution {
  const release = repositoriesRelease(read('etc/apk/repositories') ?? '') ?? alpineRelease(base.versionId);
  return release === undefined ? base : { ...base, ecosystem: `Alpine:${release}` };
}

/**
 * The release that apk installs from, which is the one that packages are of (trap 18). Only `main` and `community` have
 * security data; tagged lines (`@edge ...`) serve single packages. With several, the newest.
 */
function repositoriesRelease(text: string): string | undefined {
  let newest: string | undefined;
  for (const line of text.split('\n')) {
    const match = /^\s*(?:https?|ftp|file):\/\/\S*?\/(edge|v\d+\.\d+)\/(?:main|community)\/?\s*$/.exec(line);
    const release = match?.[1];
    if (release !== undefined && (newest === undefined || order(release) > order(newest))) newest = release;
  }
  return newest;
}

function order(release: string): number {
  if (release === 'edge') return Number.MAX_SAFE_INTEGER;
  const [major = 0, minor = 0] = release.slice(1).split('.').map(Number);
  return major * 10_000 + minor;
}

/** `3.20.3` -> v3.20; `3.21_alpha20240807` is edge on its way to 3.21. */
function alpineRelease(versionId: string): string | undefined {
  if (/_alpha|edge/.test(versionId)) return 'edge';
  const match = /^(\d+)\.(\d+)/.exec(versionId);
  return match === null ? undefined : `v${match[1]}.${match[2]}`;
}

/** What was there before os-release(5), and what minimal images are left with. */
function withoutOsRelease(read: ReadRelease): Distribution | undefined {
  const lsb = parseOsRelease(read('etc/lsb-release') ?? '');
  const lsbVersion = plainVersion(lsb.get('DISTRIB_RELEASE') ?? '');
  if (lsb.get('DISTRIB_ID') === 'Ubuntu' && lsbVersion !== '') {
    return { id: 'ubuntu', versionId: lsbVersion, ecosystem: ubuntuEcosystem(lsbVersion) };
  }
  const alpineVersion = plainVersion((read('etc/alpine-release') ?? '').trim());
  if (alpineVersion !== '') return alpine({ id: 'alpine', versionId: alpineVersion }, read);
  const red = redRelease(read);
  if (red !== undefined) return named(red, new Map([['NAME', red.prettyName ?? '']]), read);
  if ((read('etc/debian_version') ?? '').trim() !== '') {
    const found = debian({ id: 'debian', versionId: '' }, read);
    return found.ecosystem === undefined ? undefined : found;
  }
  return undefined;
}

const redNames: readonly (readonly [RegExp, string])[] = [
  [/^AlmaLinux/, 'almalinux'],
  [/^Rocky Linux/, 'rocky'],
  [/^CentOS/, 'centos'],
  [/^Red Hat Enterprise Linux/, 'rhel'],
  [/^Oracle Linux/, 'ol'],
  [/^Fedora/, 'fedora'],
  [/^Amazon Linux/, 'amzn'],
  [/^Mageia/, 'mageia'],
  [/^openEuler/, 'openeuler'],
];

/** `Rocky Linux release 8.9 (Green Obsidian)`; the file of the distribution itself goes before those that it has for compatibility. */
function redRelease(read: ReadRelease): Distribution | undefined {
  const places = ['oracle-release', 'centos-release', 'system-release', 'redhat-release'];
  for (const place of places) {
    const text = (read(`etc/${place}`) ?? '').split('\n')[0]?.trim() ?? '';
    const id = redNames.find(([name]) => name.test(text))?.[1];
    const version = plainVersion(/\b(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? '');
    if (id !== undefined && version !== '') return { id, versionId: version, prettyName: text.slice(0, 200) };
  }
  return undefined;
}

/** os-release(5): KEY=value lines, shell quoting; later lines win, as in a shell. */
function parseOsRelease(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([A-Z0-9_]+)=(.*)$/.exec(line);
    const value = match?.[2]?.trim();
    if (match?.[1] === undefined || value === undefined) continue;
    const quoted = /^(["'])(.*)\1$/.exec(value);
    fields.set(match[1], quoted?.[2] === undefined ? value : quoted[2].replace(/\\(.)/g, '$1'));
  }
  return fields;
}

/** A version that may stand in a key; anything else counts as none. */
function plainVersion(text: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/.test(text) ? text : '';
}
