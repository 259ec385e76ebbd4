import type { BuiltShard } from './build-shard.ts';
import { FeedRefused } from './errors.ts';
import type { ShardEntry } from './types.ts';

// Below this many rows a shard is small enough that a person may have changed it by hand.
const small = 50;
const keptShare = 0.6;

/** Whether a shard is large enough that its loss is no matter of course. */
export const isMissed = (known: ShardEntry | undefined): known is ShardEntry =>
  known !== undefined && known.records >= small;

/**
 * Refuses what must not replace the last good shard of the same source: one that lost four rows of ten, or whose newest record is older
 * (the source went back in time). undefined: the source no longer has the shard.
 *
 * @param acceptLoss it has been that small for so long that it is no mistake
 * @param asOf newest `modified` of the new shard that does not lie in the future
 * @throws FeedRefused
 */
export function checkPlausible(
  name: string,
  before: ShardEntry | undefined,
  after: BuiltShard | undefined,
  asOf: string,
  source: string,
  acceptLoss = false,
): void {
  if (!isMissed(before) || before.source !== source) return;
  const records = after?.records ?? 0;
  if (records < before.records * keptShare) {
    // what is left of it may well be older
    if (acceptLoss) return;
    throw new FeedRefused(name, 'smaller', `${records} records instead of ${before.records}`);
  }
  if (asOf < before.asOf)
    throw new FeedRefused(name, 'older', `its newest record is of ${asOf}, known are records of ${before.asOf}`);
}

/**
 * Refuses a publication of several files of which one is missing that was there: what it said would count as withdrawn.
 *
 * @param known the names of its parts at the last good state, as kept: JSON; undefined: not known
 * @throws FeedRefused
 */
export function checkParts(ecosystem: string, known: string | undefined, parts: readonly string[]): void {
  if (known === undefined) return;
  const gone = (JSON.parse(known) as string[]).filter((part) => !parts.includes(part));
  if (gone.length > 0) throw new FeedRefused(ecosystem, 'smaller', `it comes without ${gone.slice(0, 5).join(', ')}`);
}
