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
 * Ecosystems that speak of packages of one release, which an image cannot tell apart: Red Hat's repositories of the main stream, the modules
 * and support contracts of a SUSE service pack, and Ubuntu Pro's updates. A record for either of them says that the package is affected.
 */
const sameRelease: readonly (readonly [RegExp, string])[] = [
  [/^Red Hat:enterprise_linux:(\d+)(?:\.\d+)?(?:::.*)?$/, 'Red Hat:enterprise_linux:$1'],
  [
    /^SUSE:Linux Enterprise (?:Module for .+?|Server(?: for SAP Applications| LTSS Extended Security)?|Desktop|High Performance Computing|Software Development Kit|Workstation Extension) (\d+(?:\.\d+)?(?: SP\d+)?)(?:-[A-Z]+)?$/,
    'SUSE:Linux Enterprise Server $1',
  ],
  [/^Ubuntu:Pro:(\d.*)$/, 'Ubuntu:$1'],
];

/** The channel of Ubuntu that an ecosystem's records are of: `Ubuntu:Pro:18.04:LTS` is 'esm'. Its other variants (FIPS, Realtime) are shards of their own. */
export const channelOfEcosystem = (ecosystem: string): 'esm' | undefined =>
  /^Ubuntu:Pro:\d/.test(ecosystem) ? 'esm' : undefined;

/** The shard that holds records of an ecosystem string: `Debian:12`, `npm`, `Packagist` for `Packagist:https://…`. */
export function shardOfEcosystem(ecosystem: string): string {
  const one = sameRelease.find(([form]) => form.test(ecosystem));
  if (one !== undefined) return ecosystem.replace(one[0], one[1]);
  const { base, suffix } = splitEcosystem(ecosystem);
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
