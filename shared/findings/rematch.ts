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
  const workloads = new Set<WorkloadId>();
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
      if (packageKeys.length > 0) for (const id of await runningWith(ports.table, shard, name)) workloads.add(id);
    }
  }
  return { judged, differ, workloads: [...workloads].sort() };
}

/** Workloads that run a set which holds this name in this shard. */
async function runningWith(table: Table, shard: string, name: string): Promise<WorkloadId[]> {
  const ids: WorkloadId[] = [];
  for await (const edge of table.query({
    pk: keys.packageEdge(shard, name, '', '').pk,
    prefix: 'E#',
    consistent: true,
  }))
    for await (const item of table.query({ pk: keys.set(String(edge.set)).pk, prefix: 'W#', consistent: true }))
      ids.push(String(item.workload));
  return ids;
}
