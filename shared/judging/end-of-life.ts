import { shardForPeople } from '#shared/advisories';
import { type CoverageReason, type PackageKey, shardName } from '#shared/inventory';
import { endOfLifeAsOf, endOfLifeDates } from './end-of-life-dates.ts';

/**
 * Why packages of a release that has come to its end look better than they are: nobody looks for their flaws any more, nor repairs them
 * (reference detection.md section 4, trap 43). Advisories may go on for a while, so a finding still counts.
 *
 * @param asOf when the advisories were put together, ISO: an end before that, or before the table of ends itself was made, has come. No clock is asked
 */
export function endOfLifeReasons(keys: readonly PackageKey[], asOf: string): CoverageReason[] {
  const today = [asOf.slice(0, 10), endOfLifeAsOf].sort().at(-1) ?? endOfLifeAsOf;
  const over = new Map<string, string>();
  for (const key of keys) {
    const shard = shardName(key);
    const date = endOfLifeDates.get(key.channel === undefined ? shard : `${shard} ${key.channel}`);
    if (date !== undefined && date < today) over.set(shard, date);
  }
  return [...over].sort().map(([shard, date]) => ({
    code: 'end-of-life',
    text: `${shardForPeople(shard)} gets no security updates since ${date}: that nothing is known of a package does not make it safe`,
  }));
}
