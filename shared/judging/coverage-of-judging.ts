import { type AdvisoryBook, shardForPeople, splitEcosystem, starterSource, versionOrderOf } from '#shared/advisories';
import { type CoverageReason, matchVersion, type PackageKey, shardName } from '#shared/inventory';
import { endOfLifeReasons } from './end-of-life.ts';
import { canBeJudged, inventoryOnly, unjudgedPrograms } from './inventory-only.ts';
import { isUnknownVersion } from './judge.ts';
import { partlyJudged, withoutCveList } from './judged-by-cna.ts';
import { withoutAdvisories } from './without-advisories.ts';

/**
 * Why packages could not be judged: no advisories for their ecosystem and release, no order for its versions, made by somebody whose
 * advisories nobody has, advisories that are old, of a kind that nobody publishes advisories for (said once per kind), a program that no advisories name, or in its
 * release only some (said once per product), of a release that is over, version unknown. Sorted; empty when every package could be judged.
 */
export async function coverageOfJudging(
  keys: readonly PackageKey[],
  book: Pick<AdvisoryBook, 'shard' | 'manifest' | 'endOfLife' | 'stale'>,
): Promise<CoverageReason[]> {
  const reasons: CoverageReason[] = [];
  const judged = keys.filter(
    ({ vendor, ecosystem }) =>
      vendor === undefined && inventoryOnly(ecosystem) === undefined && ecosystem !== unjudgedPrograms,
  );
  for (const shard of [...new Set(judged.map(shardName))].sort()) {
    const found = canBeJudged(shard) ? await book.shard(shard) : undefined;
    // After the shard: a book over a source names in its manifest only what was asked for.
    const { shards } = await book.manifest();
    if (found === undefined)
      reasons.push({ code: 'no-advisories', text: withoutCveList(shard, judged) ?? withoutAdvisories(shard) });
    else if (shards[shard]?.source === starterSource)
      reasons.push({
        code: 'no-advisories',
        text: `no advisories for ${shardForPeople(shard)} beyond the starter set`,
      });
    else if (versionOrderOf(shard) === undefined)
      reasons.push({ code: 'no-advisories', text: `versions of ${shardForPeople(shard)} cannot be compared` });
    else {
      const old = await whyOld(shard, book);
      if (old !== undefined)
        reasons.push({ code: 'stale-advisories', text: `advisories for ${shardForPeople(shard)} are old: ${old}` });
    }
  }
  reasons.push(...endOfLifeReasons(judged, (await book.manifest()).builtAt, await book.endOfLife()));
  for (const vendor of [...new Set(keys.flatMap((key) => key.vendor ?? []))].sort()) {
    const count = keys.filter((key) => key.vendor === vendor).length;
    reasons.push({
      code: 'no-advisories',
      text: `no advisories for ${count === 1 ? 'a package' : `${count} packages`} of ${vendor}`,
    });
  }
  const listed = keys.flatMap((key) => inventoryOnly(key.ecosystem) ?? []);
  for (const kind of [...new Set(listed)].sort()) {
    const count = listed.filter((one) => one === kind).length;
    reasons.push({
      code: 'no-advisories',
      text: `nobody publishes advisories for ${kind}: ${count === 1 ? '1 package is' : `${count} packages are`} listed, not judged`,
    });
  }
  const programs = keys.filter(({ ecosystem }) => ecosystem === unjudgedPrograms).map(({ name }) => name);
  for (const name of [...new Set(programs)].sort())
    reasons.push({ code: 'no-advisories', text: `inventory only: no advisories judge ${name}` });
  for (const text of [...new Set(judged.flatMap((key) => partlyJudged(key) ?? []))].sort())
    reasons.push({ code: 'no-advisories', text });
  const unknown = judged.filter((key) => isUnknownVersion(matchVersion(key)));
  if (unknown.length > 0) {
    const names = [...new Set(unknown.map((key) => key.name))].sort();
    const shown = names.slice(0, 5).join(', ');
    reasons.push({
      code: 'unknown-version',
      text: `version unknown: ${shown}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`,
    });
  }
  return reasons;
}

async function whyOld(shard: string, book: Pick<AdvisoryBook, 'manifest' | 'stale'>): Promise<string | undefined> {
  const { givenUpAt, asOf = '' } = (await book.manifest()).shards[shard] ?? {};
  if (givenUpAt !== undefined) return `they are published no more, what is known is of ${asOf.slice(0, 10)}`;
  return (await book.stale?.())?.get(splitEcosystem(shard).base);
}
