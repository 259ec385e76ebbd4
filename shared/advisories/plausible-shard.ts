import type { BuiltShard } from './build-shard.ts';
import { FeedRefused } from './errors.ts';
import type { ShardEntry } from './types.ts';

// Below this many rows a shard is small enough that a person may have changed it by hand.
const small = 50;
const keptShare = 0.6;

/**
 * Refuses what must not replace the last good shard of the same source: one that lost four rows of ten, or whose newest record is older
 * (the source went back in time). undefined: the source no longer has the shard.
 *
 * @param asOf newest `modified` of the new shard that does not lie in the future
 * @throws FeedRefused
 */
export function checkPlausible(
  name: string,
  before: ShardEntry | undefined,
  after: BuiltShard | undefined,
  asOf: string,
  source: string,
): void {
  if (before === undefined || before.source !== source || before.records < small) return;
  const records = after?.records ?? 0;
  if (records < before.records * keptShare)
    throw new FeedRefused(name, 'smaller', `${records} records instead of ${before.records}`);
  if (asOf < before.asOf)
    throw new FeedRefused(name, 'older', `its newest record is of ${asOf}, known are records of ${before.asOf}`);
}
