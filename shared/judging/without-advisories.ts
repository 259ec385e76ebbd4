import { shardForPeople } from '#shared/advisories';
import { hasReleases, isUnjudgedDistribution } from '#shared/inventory';

/**
 * Why there are no advisories under a shard's name, for people: `no advisories for debian-13` when some could be had; else what is not known of the packages' distribution,
 * or that no source that is read speaks of it.
 */
export function withoutAdvisories(shard: string): string {
  const known = shardForPeople(shard);
  if (!isUnjudgedDistribution(shard)) return `no advisories for ${known}`;
  const [, id, release] = /^os-([^:]+)(?::(.+))?$/.exec(shard) ?? [];
  const listed = 'they are listed, not judged';
  if (id === 'unknown') return `nothing says which distribution the system's packages are of: ${listed}`;
  if (id !== undefined && release === undefined && hasReleases(id))
    return `nothing says which release of ${id} the packages are of (VERSION_ID in os-release; in an SBOM the operating system's version, or distro=${id}-<version> in package URLs): ${listed}`;
  return `no source that is read publishes advisories for packages of ${known.replace(/^os-/, '')}: ${listed}`;
}
