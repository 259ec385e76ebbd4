import { changesSince } from '#shared/advisories';
import { type ReconcilePorts, reconcileWorkloads, rematch } from '#shared/findings';

/** What one change of advisories took, from the moment its names are known. */
export interface Reached {
  readonly names: number;
  readonly judged: number;
  readonly differ: number;
  readonly workloads: number;
  /** transitions that were told */
  readonly told: number;
  /** milliseconds until the workloads were known, the first problem was told, the last row stood */
  readonly known: number;
  readonly first: number;
  readonly all: number;
  readonly cpu: number;
}

/** As many workloads as one event names, and one call of map-workloads makes true. */
const perEvent = 500;

/** Goes the way of a change: changed names, re-match, the workloads in events of 500, their problems. One process, one event after another. */
export async function reach(make: (tell: ReconcilePorts['tell']) => ReconcilePorts, since: number): Promise<Reached> {
  let first = Number.NaN;
  let told = 0;
  let began = 0;
  const ports = make(async ({ transitions }) => {
    if (Number.isNaN(first)) first = performance.now() - began;
    told += transitions.length;
  });
  // loads the shards, as a warm function has them
  const { changes } = await changesSince(ports, since);
  await ports.book.manifest({ fresh: true });
  for (const { shard, names } of changes) (await ports.book.shard(shard))?.lookup(names[0] ?? '');
  const cpu = process.cpuUsage();
  began = performance.now();
  const { judged, differ, workloads } = await rematch(ports, changes, since);
  const known = performance.now() - began;
  for (let from = 0; from < workloads.length; from += perEvent)
    await reconcileWorkloads(ports, workloads.slice(from, from + perEvent));
  const all = performance.now() - began;
  const used = process.cpuUsage(cpu);
  return {
    names: changes.reduce((sum, { names }) => sum + names.length, 0),
    judged,
    differ,
    workloads: workloads.length,
    told,
    known,
    first,
    all,
    cpu: (used.user + used.system) / 1_000,
  };
}
