import type { ShardChange } from '#shared/advisories';
import type { WorkloadId } from '#shared/fleet';
import { matchName, matchVersion, type PackageKey, shardName } from '#shared/inventory';
import { type Item, type Key, keyId, keys, type Table } from '#shared/store';
import { type JudgePorts, judgeRowsAgain } from './judge-keys.ts';
import { sideBySide } from './side-by-side.ts';

/** What a re-match came to. */
export interface Rematched {
  /** stored package keys that were judged */
  readonly judged: number;
  /** of these, those whose judgement was written anew */
  readonly differ: number;
  /** to reconcile, sorted */
  readonly workloads: WorkloadId[];
}

/** Names that are read and judged together: few enough to hold in memory, enough that the generation is asked for rarely. */
const together = 500;
const readsAtOnce = 16;

/**
 * Judges again what changed names can judge differently: name -> stored package keys -> judgements that really differ -> sets that
 * hold them -> workloads that run these (design decision 6). Image rows stay untouched and nothing is pulled. Returns the
 * workloads to reconcile; the caller tells them to the queue before it marks the change as done.
 *
 * @param since the generation that the names were compared with: what was judged differently after it is told again by a repeated call, because
 *   the first may have been cut before it told. Without it everything that bears a changed name is told.
 */
export async function rematch(ports: JudgePorts, changes: readonly ShardChange[], since = -1): Promise<Rematched> {
  const partitions = changes.flatMap(({ shard, names }) =>
    names.map((name) => keys.packageEdge(shard, name, '', '').pk),
  );
  const edges = new Map<string, Key>();
  let judged = 0;
  let differ = 0;
  for (let from = 0; from < partitions.length; from += together) {
    const rows: Item[] = [];
    await sideBySide(partitions.slice(from, from + together), readsAtOnce, async (pk) => {
      for await (const item of ports.table.query({ pk, prefix: 'V#', consistent: true })) rows.push(item);
    });
    const result = await judgeRowsAgain(ports, rows, since);
    judged += rows.length;
    differ += result.differ;
    for (const key of result.changed) {
      const at = edgesOf(key);
      edges.set(keyId(at), at);
    }
  }
  const sets = new Set<string>();
  await sideBySide(edges.values(), readsAtOnce, async ({ pk, sk }) => {
    for await (const edge of ports.table.query({ pk, prefix: sk, consistent: true })) sets.add(String(edge.set));
  });
  // asked only now, each set once: who runs a set since before this sees the new judgements, who is found here is told
  return { judged, differ, workloads: await runningAny(ports.table, sets) };
}

/** Where the edges to the sets that hold a package of this version begin. */
const edgesOf = (key: PackageKey): Key => keys.packageEdge(shardName(key), matchName(key), matchVersion(key), '');

/** Workloads that run any of these sets. */
async function runningAny(table: Table, sets: Iterable<string>): Promise<WorkloadId[]> {
  const ids = new Set<WorkloadId>();
  await sideBySide(sets, readsAtOnce, async (set) => {
    for await (const item of table.query({ pk: keys.set(set).pk, prefix: 'W#', consistent: true }))
      ids.add(String(item.workload));
  });
  return [...ids].sort();
}
