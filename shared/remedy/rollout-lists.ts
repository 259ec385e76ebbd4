import type { WorkloadId } from '#shared/fleet';
import { indexes, type Key, keys, type Table } from '#shared/store';
import { heartbeats } from './heartbeat.ts';
import { lastRollouts } from './rollout-store.ts';
import type { Rollout, RolloutRow } from './rollout-types.ts';

/** A rollout where the list has it. */
export interface ListedRollout {
  /** its place in the order, which it keeps: when it was started */
  readonly place: string;
  readonly rollout: Rollout;
}

/** Rollouts, the newest first, for screens; with `after` those behind that place. */
export async function* rolloutsFrom(table: Table, after?: string): AsyncIterable<ListedRollout> {
  const from = { reverse: true, ...(after === undefined ? {} : { after }) };
  for await (const item of table.list(indexes.rollouts, from))
    yield { place: String(item.ixs), rollout: item.head as Rollout };
}

/** All of them as they are. */
export async function* listRollouts(table: Table): AsyncIterable<Rollout> {
  for await (const { rollout } of rolloutsFrom(table)) yield rollout;
}

/** The first rows of a rollout whose workloads a person took back after they were verified, the earliest first, for screens. */
export async function rowsTakenBack(table: Table, rollout: string, limit: number): Promise<RolloutRow[]> {
  const rows: RolloutRow[] = [];
  for await (const item of table.list(indexes.takenBack, { after: `${rollout}#`, limit })) {
    const row = item.row as RolloutRow;
    if (row.rollout !== rollout) break;
    rows.push(row);
  }
  return rows;
}

/** The workloads that a person took back and that no other rollout changed since, each with the row that says so, for screens. */
export async function takenBack(table: Table): Promise<ReadonlyMap<WorkloadId, RolloutRow>> {
  const rows: RolloutRow[] = [];
  for await (const item of table.list(indexes.takenBack)) rows.push(item.row as RolloutRow);
  const last = await lastRollouts(table, [...new Set(rows.map(({ workload }) => workload))]);
  return new Map(
    rows.filter(({ workload, rollout }) => last.get(workload) === rollout).map((row) => [row.workload, row]),
  );
}

/** How many rollouts are under way. */
export async function countRunning(table: Table): Promise<number> {
  const heads: Key[] = [];
  for await (const { rollout } of heartbeats(table)) heads.push(keys.rollout(rollout));
  return (await table.batchGet(heads)).filter(({ state }) => state === 'running').length;
}
