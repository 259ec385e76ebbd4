import type { ShardChange } from '#shared/advisories';
import type { WorkloadId } from '#shared/fleet';
import { parsePackageKeyId } from '#shared/inventory';
import { keys, type Table } from '#shared/store';
import { type JudgePorts, judgeKeys } from './judge-keys.ts';

/**
 * Judges again what changed names can judge differently: name -> stored package keys -> judgements that really differ -> sets that
 * hold them -> workloads that run these (design decision 6). Image rows stay untouched and nothing is pulled. Returns the
 * workloads to reconcile; the caller tells them to the queue before it marks the generation as done.
 */
export async function rematch(
  ports: JudgePorts,
  changes: readonly ShardChange[],
): Promise<{ readonly judged: number; readonly differ: number; readonly workloads: WorkloadId[] }> {
  const sets = new Set<string>();
  let judged = 0;
  let differ = 0;
  for (const { shard, names } of changes) {
    for (const name of names) {
      const at = keys.packageEdge(shard, name, '', '');
      const packageKeys = [];
      for await (const item of ports.table.query({ pk: at.pk, prefix: 'V#', consistent: true }))
        packageKeys.push(parsePackageKeyId(String(item.key)));
      judged += packageKeys.length;
      const changed = await judgeKeys(ports, packageKeys);
      differ += changed.length;
      if (packageKeys.length > 0) for await (const set of setsWith(ports.table, shard, name)) sets.add(set);
    }
  }
  // asked only now, each set once: who runs a set since before this sees the new judgements, who is found here is told
  const workloads = await runningAny(ports.table, [...sets]);
  return { judged, differ, workloads };
}

/** The sets that hold this name of this shard. */
async function* setsWith(table: Table, shard: string, name: string): AsyncIterable<string> {
  const { pk } = keys.packageEdge(shard, name, '', '');
  for await (const edge of table.query({ pk, prefix: 'E#', consistent: true })) yield String(edge.set);
}

const atOnce = 16;

/** Workloads that run any of these sets. */
async function runningAny(table: Table, sets: readonly string[]): Promise<WorkloadId[]> {
  const ids = new Set<WorkloadId>();
  const queue = sets.values();
  const worker = async (): Promise<void> => {
    for (const set of queue)
      for await (const item of table.query({ pk: keys.set(set).pk, prefix: 'W#', consistent: true }))
        ids.add(String(item.workload));
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, sets.length) }, worker));
  return [...ids].sort();
}
