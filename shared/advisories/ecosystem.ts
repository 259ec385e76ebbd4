import { redHatEcosystem, redHatStream } from './red-hat-stream.ts';

/** An ecosystem as OSV writes it, cut at the first colon: `Ubuntu:22.04:LTS` is base `Ubuntu`, suffix `22.04:LTS`. */
export function splitEcosystem(ecosystem: string): { readonly base: string; readonly suffix: string | undefined } {
  const colon = ecosystem.indexOf(':');
  return colon < 0
    ? { base: ecosystem, suffix: undefined }
    : { base: ecosystem.slice(0, colon), suffix: ecosystem.slice(colon + 1) };
}

// Their suffix is the address of a repository, not a release: one package name is one package wherever it was fetched from.
const repositorySuffix: ReadonlySet<string> = new Set([
  'Packagist',
  'Maven',
  'npm',
  'PyPI',
  'NuGet',
  'RubyGems',
  'Go',
  'crates.io',
]);

// Published under a wrong name (reference advisories.md section 6, defect 6).
const otherNames: ReadonlyMap<string, string> = new Map([['DHI', 'Docker Hardened Images']]);

/**
 * Ecosystems that speak of packages of one release, which an image cannot tell apart: the modules
 * and support contracts of a SUSE service pack, openSUSE's repository beside the main one, and Ubuntu Pro's updates. A record for either of them says that the package is affected.
 */
const sameRelease: readonly (readonly [RegExp, string])[] = [
  [
    /^SUSE:Linux Enterprise (?:Module for .+?|Server(?: for SAP [Aa]pplications| LTSS Extended Security)?|Desktop|High Performance Computing|Software Development Kit|Workstation Extension) (\d+(?:\.\d+)?(?: SP\d+)?)(?:-[A-Z]+)?$/,
    'SUSE:Linux Enterprise Server $1',
  ],
  [/^SUSE:Linux Enterprise Micro for Rancher (\d+\.\d+)$/, 'SUSE:Linux Enterprise Micro $1'],
  [/^Ubuntu:Pro:(\d.*)$/, 'Ubuntu:$1'],
  [/^openSUSE:(.+) NonFree$/, 'openSUSE:$1'],
];

/**
 * The channel that an ecosystem's records are of: `Ubuntu:Pro:18.04:LTS` is 'esm' (its other variants, FIPS, Realtime, are shards of their own);
 * `Red Hat:rhel_eus:9.4::baseos` is 'eus-9.4'. undefined: what everybody gets.
 */
export function channelOfEcosystem(ecosystem: string): string | undefined {
  if (/^Ubuntu:Pro:\d/.test(ecosystem)) return 'esm';
  const { base, suffix } = splitEcosystem(ecosystem);
  return base === 'Red Hat' && suffix !== undefined ? redHatStream(suffix)?.channel : undefined;
}

/** The shard that holds records of an ecosystem string: `Debian:12`, `npm`, `Packagist` for `Packagist:https://…`. */
export function shardOfEcosystem(ecosystem: string): string {
  const one = sameRelease.find(([form]) => form.test(ecosystem));
  if (one !== undefined) return ecosystem.replace(one[0], one[1]);
  const { base, suffix } = splitEcosystem(ecosystem);
  // all streams of a release lie side by side: which of them speaks is for judging
  const stream = base === 'Red Hat' && suffix !== undefined ? redHatStream(suffix) : undefined;
  if (stream !== undefined) return redHatEcosystem({ release: stream.release });
  const name = otherNames.get(base) ?? base;
  return suffix === undefined || suffix === '' || repositorySuffix.has(name) ? name : `${name}:${suffix}`;
}

/**
 * A package name as its ecosystem compares names: PyPI by PEP 503, NuGet and Packagist without case; others exactly.
 * Both sides of a lookup go through it.
 */
export function normalName(ecosystem: string, name: string): string {
  switch (splitEcosystem(ecosystem).base) {
    case 'PyPI':
      return name.toLowerCase().replace(/[-_.]+/g, '-');
    case 'NuGet':
    case 'Packagist':
      return name.toLowerCase();
    default:
      return name;
  }
}

/** `debian-12` for `Debian:12`, as people read it in coverage. */
export const shardForPeople = (shard: string): string => shard.toLowerCase().replaceAll(':', '-').replaceAll(' ', '-');

/**
 * True for a name that may become a folder of the bulk layout or a part of an address. Names come from image contents and
 * from feeds, so nothing that could leave the folder passes.
 */
export const isEcosystemName = (name: string): boolean => /^(?!\.)[\w.+\- [\]]{1,100}$/.test(name);
