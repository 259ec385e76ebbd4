import { versionOrderOf } from '#shared/advisories';
import { type PackageKey, productOf } from '#shared/inventory';
import { isUnknownVersion } from './judge.ts';

/** The oldest release of a program of which its judge tells all; undefined: it is judged by another kind of advisories, or from its first release on. */
function judgedSince({ ecosystem, name }: PackageKey): string | undefined {
  const { judge } = productOf(name) ?? {};
  return judge?.by === 'project' && judge.ecosystem === ecosystem ? judge.since : undefined;
}

/** Of a program whose own advisories do not tell all that is known of so old a release: that they do not. */
export function partlyJudged(key: PackageKey): string | undefined {
  const since = judgedSince(key);
  if (since === undefined || isUnknownVersion(key.version)) return undefined;
  const order = versionOrderOf(key.ecosystem);
  return order !== undefined && order.compare(key.version, since) < 0
    ? `only some advisories judge ${key.name} before ${since}`
    : undefined;
}

/** The programs among these that are judged under a name that says none of them, as the end of a sentence. */
export function productsOf(shard: string, keys: readonly PackageKey[]): string {
  const names = keys.flatMap((key) => (key.ecosystem === shard && judgedSince(key) !== undefined ? [key.name] : []));
  return names.length === 0 ? '' : `, which judges ${[...new Set(names)].sort().join(', ')}`;
}
