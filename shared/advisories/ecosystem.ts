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

/** The shard that holds records of an ecosystem string: `Debian:12`, `npm`, `Packagist` for `Packagist:https://…`. */
export function shardOfEcosystem(ecosystem: string): string {
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
