import { memoryBook, parseOsv } from '#shared/advisories';
import { matchName, type PackageKey, shardName } from '#shared/inventory';
import { type Finding, judge } from '#shared/judging';

/** What a feed's records say of a package, by the whole way: OSV form, shard, judge. */
export async function judged(records: readonly object[], key: PackageKey): Promise<readonly Finding[]> {
  const book = memoryBook(records.map((record) => parseOsv(JSON.stringify(record))));
  const shard = await book.shard(shardName(key));
  return judge(key, shard?.lookup(matchName(key)) ?? [], { shard: shardName(key), generation: 1 }).findings;
}
