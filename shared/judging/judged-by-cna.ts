import { cveJudges, cveListEcosystem, versionOrderOf } from '#shared/advisories';
import type { PackageKey } from '#shared/inventory';
import { isUnknownVersion } from './judge.ts';

/** The oldest release of a program of which its judge tells all; undefined: it is judged by another kind of advisories. */
const judgedSince = ({ ecosystem, name }: PackageKey): string | undefined =>
  ecosystem === cveListEcosystem ? cveJudges.find(({ product }) => product === name)?.since : undefined;

/** Of a program whose own advisories do not tell all that is known of so old a release: that they do not. */
export function partlyJudged(key: PackageKey): string | undefined {
  const since = judgedSince(key);
  if (since === undefined || isUnknownVersion(key.version)) return undefined;
  const order = versionOrderOf(key.ecosystem);
  return order !== undefined && order.compare(key.version, since) < 0
    ? `only some advisories judge ${key.name} before ${since}`
    : undefined;
}

/** Why programs are not judged whose advisories are those of the CVE List, when that is not there; undefined: the shard is another. */
export function withoutCveList(shard: string, keys: readonly PackageKey[]): string | undefined {
  const names = keys.flatMap((key) => (key.ecosystem === shard && judgedSince(key) !== undefined ? [key.name] : []));
  return names.length === 0 ? undefined : `no CVE List, which judges ${[...new Set(names)].sort().join(', ')}`;
}
