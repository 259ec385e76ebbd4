import type { WorkloadId } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import { type Item, indexes, keys, type Table } from '#shared/store';
import type { HoldDown } from './plan-types.ts';
import { isEnd, type Rollout, type RolloutRow } from './rollout-types.ts';

/** A rollout's head; undefined when there is none, or its rows are not all written yet. */
export async function readRollout(table: Table, rollout: string): Promise<Rollout | undefined> {
  const item = await table.get(keys.rollout(rollout), { consistent: true });
  return item === undefined ? undefined : (item.head as Rollout);
}

/** Writes the head if it still has the revision that was read; false when somebody else wrote it meanwhile. */
export async function writeRollout(table: Table, head: Rollout, was: number | undefined): Promise<boolean> {
  const item = {
    ...keys.rollout(head.rollout),
    head,
    rev: head.rev,
    state: head.state,
    ix: indexes.rollouts,
    ixs: `${head.startedAt}#${head.rollout}`,
  };
  return (
    (await table.put(item, was === undefined ? { absent: true } : { equals: { attribute: 'rev', value: was } })) ===
    'written'
  );
}

/** All rows of a rollout, by workload id. */
export async function readRows(table: Table, rollout: string): Promise<RolloutRow[]> {
  const rows: RolloutRow[] = [];
  for await (const row of rowsFrom(table, rollout)) rows.push(row);
  return rows;
}

/** The same as they come: at most `limit`, and with `after` those behind that workload. */
export async function* rowsFrom(
  table: Table,
  rollout: string,
  { after, limit }: { readonly after?: WorkloadId; readonly limit?: number } = {},
): AsyncIterable<RolloutRow> {
  const range = {
    pk: keys.rollout(rollout).pk,
    prefix: 'W#',
    consistent: true,
    ...(after === undefined ? {} : { after: keys.rolloutWorkload(rollout, after).sk }),
    ...(limit === undefined ? {} : { limit }),
  };
  for await (const item of table.query(range)) yield item.row as RolloutRow;
}

/** One row, read consistently. */
export async function readRow(table: Table, rollout: string, workload: WorkloadId): Promise<RolloutRow | undefined> {
  const item = await table.get(keys.rolloutWorkload(rollout, workload), { consistent: true });
  return item === undefined ? undefined : (item.row as RolloutRow);
}

/** Writes a row if it still has the revision that was read (absent: if it is not there); false when another driver was faster. */
export async function writeRow(table: Table, row: RolloutRow, was: number | undefined): Promise<boolean> {
  const item: Item = {
    ...keys.rolloutWorkload(row.rollout, row.workload),
    row,
    rev: row.rev,
    ...(row.exposedAgain === undefined
      ? {}
      : { ix: indexes.takenBack, ixs: `${row.rollout}#${row.exposedAgain.since}` }),
  };
  return (
    (await table.put(item, was === undefined ? { absent: true } : { equals: { attribute: 'rev', value: was } })) ===
    'written'
  );
}

/**
 * Which of these workloads another rollout is changing, or is going to: a second one would tear its waves apart. A rollout that was never
 * completely started counts for a quarter of an hour: whoever starts it comes again within minutes, or never.
 */
export async function busyWorkloads(
  table: Table,
  workloads: readonly WorkloadId[],
  now: Date,
  except?: string,
): Promise<ReadonlyMap<WorkloadId, string>> {
  const byKey = new Map(workloads.map((workload) => [keys.workload(workload).pk, workload]));
  const pointers = await table.batchGet(
    workloads.flatMap((workload) => [keys.workloadRollout(workload), keys.workloadPlanned(workload)]),
    { consistent: true },
  );
  const busy = new Map<WorkloadId, string>();
  for (const { pk, rollout } of pointers) {
    const workload = byKey.get(pk);
    if (workload === undefined || typeof rollout !== 'string' || rollout === except) continue;
    const row = await readRow(table, rollout, workload);
    if (row === undefined || isEnd(row.state)) continue;
    const young = now.getTime() - Date.parse(row.since) < startingMs;
    if (young || (await readRollout(table, rollout)) !== undefined) busy.set(workload, rollout);
  }
  return busy;
}

const startingMs = 15 * 60_000;

/** Says that a rollout is going to change workloads; see busyWorkloads. */
export const planWorkloads = (table: Table, workloads: readonly WorkloadId[], rollout: string): Promise<void> =>
  table.batchWrite(workloads.map((workload) => ({ ...keys.workloadPlanned(workload), rollout })));

/**
 * Makes this rollout the one that changes the workload. False while another one, whose row has not ended, does. The pointer stays afterwards and says
 * which rollout changed the workload last.
 */
export async function takeWorkload(table: Table, workload: WorkloadId, rollout: string): Promise<boolean> {
  const key = keys.workloadRollout(workload);
  const held = await table.get(key, { consistent: true });
  const rev = typeof held?.rev === 'number' ? held.rev : 0;
  const holder = held?.rollout;
  if (holder === rollout) return true;
  if (typeof holder === 'string') {
    const other = await readRow(table, holder, workload);
    if (other !== undefined && !isEnd(other.state)) return false;
  }
  const item = { ...key, rollout, rev: rev + 1 };
  return (
    (await table.put(item, held === undefined ? { absent: true } : { equals: { attribute: 'rev', value: rev } })) ===
    'written'
  );
}

/** The rollouts that changed these workloads last, by workload id. */
export async function lastRollouts(
  table: Table,
  workloads: readonly WorkloadId[],
): Promise<ReadonlyMap<WorkloadId, string>> {
  const byKey = new Map(workloads.map((workload) => [keys.workloadRollout(workload).pk, workload]));
  const found = new Map<WorkloadId, string>();
  for (const item of await table.batchGet(workloads.map((workload) => keys.workloadRollout(workload)))) {
    const workload = byKey.get(item.pk);
    if (workload !== undefined && typeof item.rollout === 'string') found.set(workload, item.rollout);
  }
  return found;
}

/** Remembers that a digest is not to be brought to a workload again for a while. The later end wins. */
export async function holdDown(table: Table, hold: HoldDown): Promise<void> {
  await table.put(
    { ...keys.holdDown(hold.workload, hold.digest), hold, until: hold.until },
    { olderThan: { attribute: 'until', than: hold.until } },
  );
}

/** What is held down for a workload at `now` (ISO). */
export async function holdDownsOf(table: Table, workload: WorkloadId, now: string): Promise<HoldDown[]> {
  const found: HoldDown[] = [];
  for await (const item of table.query({ pk: keys.workload(workload).pk, prefix: 'D#', consistent: true })) {
    const hold = item.hold as HoldDown;
    if (hold.until > now) found.push(hold);
  }
  return found;
}

/** A person takes a hold-down away: the digest may be planned again. */
export async function releaseHold(table: Table, workload: WorkloadId, digest: Digest): Promise<void> {
  await table.delete(keys.holdDown(workload, digest));
}
