import type { OpenedShard } from './open-shard.ts';
import type { MatchRecord, ShardChange } from './types.ts';

/**
 * The package names that two versions of a shard can judge differently, sorted by bytes; `everything` names all of both (the matcher
 * changed). undefined stands for a shard that is not there. Blocks that are equal are not opened; a record that only says that it was
 * modified counts as unchanged.
 */
export function changedNames(
  before: OpenedShard | undefined,
  after: OpenedShard | undefined,
  everything = false,
): readonly string[] {
  if (!everything && before?.hash === after?.hash) return [];
  const names: string[] = [];
  for (const name of new Set([...(before?.names() ?? []), ...(after?.names() ?? [])])) {
    if (everything || differ(before, after, name)) names.push(name);
  }
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function differ(before: OpenedShard | undefined, after: OpenedShard | undefined, name: string): boolean {
  const old = before?.block(name);
  const fresh = after?.block(name);
  if (old === undefined || fresh === undefined) return true;
  return !old.equals(fresh) && judgedBy(before?.lookup(name)) !== judgedBy(after?.lookup(name));
}

/** What of the records can reach a finding. */
const judgedBy = (records: readonly MatchRecord[] | undefined): string =>
  JSON.stringify(records?.map(({ modified: _, ...judged }) => judged));

/** Changes of several shards, those without any left out. */
export const someChanges = (changes: readonly ShardChange[]): readonly ShardChange[] =>
  changes.filter((change) => change.names.length > 0);
