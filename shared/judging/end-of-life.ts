import { type EndOfLife, shardForPeople } from '#shared/advisories';
import { type CoverageReason, type PackageKey, shardName } from '#shared/inventory';
import { endOfLifeAsOf, endOfLifeDates } from './end-of-life-dates.ts';

/**
 * Why packages of a release that has come to its end look better than they are: nobody looks for their flaws any more, nor repairs them
 * (reference detection.md section 4, trap 43). Advisories may go on for a while, so a finding still counts.
 *
 * @param asOf when the advisories were put together, ISO: an end before that, or before the table of ends itself was made, has come. No clock is asked
 * @param published what endoflife.date says, where it was read; of it and the bundled table the newer wins, and the other says what the newer does not
 */
export function endOfLifeReasons(keys: readonly PackageKey[], asOf: string, published?: EndOfLife): CoverageReason[] {
  const today = [asOf.slice(0, 10), endOfLifeAsOf].sort().at(-1) ?? endOfLifeAsOf;
  const ends = newestOf(published);
  const over = new Map<string, string>();
  for (const key of keys) {
    const shard = shardName(key);
    const date = ends(lifeOf(shard, key.channel));
    if (date !== undefined && date !== null && date < today) over.set(shard, date);
  }
  return [...over].sort().map(([shard, date]) => ({
    code: 'end-of-life',
    text: `${shardForPeople(shard)} gets no security updates since ${date}: that nothing is known of a package does not make it safe`,
  }));
}

/** What has an end of its own: a release, or a channel that goes on after it. The update stream of a minor release (`eus-9.4`) ends with its release at the latest. */
const lifeOf = (shard: string, channel: string | undefined): string =>
  channel === undefined || /-\d+\.\d+$/.test(channel) ? shard : `${shard} ${channel}`;

/** When a release ends; null: the newer says that no end is known. */
function newestOf(published: EndOfLife | undefined): (name: string) => string | null | undefined {
  if (published === undefined) return (name) => endOfLifeDates.get(name);
  const [first, then] =
    published.asOf.slice(0, 10) >= endOfLifeAsOf ? [published.ends, endOfLifeDates] : [endOfLifeDates, published.ends];
  return (name) => (first.has(name) ? first.get(name) : then.get(name));
}
