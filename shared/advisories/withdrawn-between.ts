import type { Blobs } from '#shared/store';
import { splitEcosystem } from './ecosystem.ts';
import type { OpenedShard } from './open-shard.ts';
import { readShard } from './published.ts';
import type { MatchRecord, ShardChange, ShardManifest } from './types.ts';
import { unlessBroken } from './unless-broken.ts';
import {
  readWithdrawn,
  traceOf,
  type WithdrawnEntry,
  type WithdrawnRecord,
  withTraces,
  writeWithdrawn,
} from './withdrawn.ts';

/** What is known while a generation is published. */
export interface WithdrawnFacts {
  readonly before: ShardManifest | undefined;
  readonly after: Pick<ShardManifest, 'shards'>;
  /** names that differ */
  readonly changes: readonly ShardChange[];
  /** records that say themselves that they are withdrawn, with the time; by id */
  readonly said: ReadonlyMap<string, string>;
  /** ISO */
  readonly now: string;
}

/**
 * The traces of records that a generation no longer judges by, on top of those of the generation before. A shard whose source is another now tells nothing: its
 * records were not withdrawn, somebody else speaks. undefined: nothing was ever withdrawn.
 */
export async function withdrawnAfter(blobs: Blobs, facts: WithdrawnFacts): Promise<WithdrawnEntry | undefined> {
  const known = facts.before?.withdrawn;
  const { gone, back } = await goneBetween(blobs, facts);
  const traces = known === undefined ? [] : ((await unlessBroken(() => readWithdrawn(blobs, known.hash))) ?? []);
  const next = withTraces(traces, gone, back);
  return next.length === 0 || (gone.length === 0 && next.length === traces.length)
    ? known
    : writeWithdrawn(blobs, next);
}

interface Gone {
  readonly record: MatchRecord;
  readonly source: string;
  readonly shards: string[];
}

async function goneBetween(
  blobs: Blobs,
  { before, after, changes, said, now }: WithdrawnFacts,
): Promise<{ readonly gone: readonly WithdrawnRecord[]; readonly back: ReadonlySet<string> }> {
  const lost = new Map<string, Gone>();
  const back = new Set<string>();
  for (const { shard, names } of changes) {
    const [old, fresh] = [before?.shards[shard], after.shards[shard]];
    if (old === undefined || old.hash === fresh?.hash || (fresh !== undefined && fresh.source !== old.source)) continue;
    const [was, is] = [await opened(blobs, old.hash), await opened(blobs, fresh?.hash)];
    for (const name of names) {
      const there = new Set(is?.lookup(name).map(({ id }) => id));
      for (const id of there) back.add(id);
      for (const record of was?.lookup(name) ?? []) {
        // a release that its source gives up takes thousands of records along that nobody withdrew
        if (there.has(record.id) || (is === undefined && !said.has(record.id))) continue;
        const one = lost.get(record.id) ?? { record, source: old.source, shards: [] };
        lost.set(record.id, one);
        if (!one.shards.includes(shard)) one.shards.push(shard);
      }
    }
  }
  for (const id of back) lost.delete(id);
  await keepOnlyGone(blobs, lost, said, after);
  const gone = [...lost.values()].map(({ record, source, shards }) => {
    const at = said.get(record.id);
    return traceOf(record, {
      source,
      shards: shards.sort(),
      at: at ?? now,
      how: at === undefined ? 'gone' : 'withdrawn',
    });
  });
  return { gone, back };
}

/** Takes out what lost one package or release and still speaks of others. */
async function keepOnlyGone(
  blobs: Blobs,
  lost: Map<string, Gone>,
  said: ReadonlyMap<string, string>,
  after: Pick<ShardManifest, 'shards'>,
): Promise<void> {
  const unsaid = new Set([...lost.keys()].filter((id) => !said.has(id)));
  const ecosystems = new Set(
    [...unsaid].flatMap((id) => lost.get(id)?.shards ?? []).map((shard) => splitEcosystem(shard).base),
  );
  for (const [shard, { hash }] of Object.entries(after.shards)) {
    if (unsaid.size === 0) return;
    const is = ecosystems.has(splitEcosystem(shard).base) ? await opened(blobs, hash) : undefined;
    if (is === undefined) continue;
    for (const name of is.names())
      for (const [, id = ''] of (is.text(name) ?? '').toString().matchAll(/"id":"((?:[^"\\]|\\.)*)"/g))
        if (unsaid.delete(id)) lost.delete(id);
  }
}

/** What cannot be opened knew nothing. */
const opened = (blobs: Blobs, hash: string | undefined): Promise<OpenedShard | undefined> =>
  unlessBroken(async () => (hash === undefined ? undefined : readShard(blobs, hash)));
