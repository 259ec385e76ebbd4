import type { Workload } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import type { Table } from '#shared/store';
import { withdrawApprovals } from './approvals.ts';
import type { HoldDown } from './plan-types.ts';
import { holdDown, lastRollouts, readRow, writeRow } from './rollout-store.ts';
import { defaultLimits, type RolloutLimits, type RolloutRow } from './rollout-types.ts';

/** A verified workload that runs the old image again: a person took the repair back. */
export interface ExposedAgain {
  readonly row: RolloutRow;
  readonly workload: string;
  readonly vulnerability: string;
  readonly package: string;
  /** when it was seen, ISO */
  readonly since: string;
  readonly deployment: string;
  readonly digests: readonly Digest[];
  readonly text: string;
  readonly holds: readonly HoldDown[];
}

/**
 * Which verified rows were undone since: their workload runs a digest again that the rollout had taken away. A workload that went on to something else
 * is nobody's rollback. Readings that began before the verification say nothing. Pure.
 */
export function watchVerified(
  rows: readonly RolloutRow[],
  workloads: readonly Workload[],
  limits: RolloutLimits = defaultLimits,
): ExposedAgain[] {
  const byId = new Map(workloads.map((workload) => [workload.id, workload]));
  return rows.flatMap((row): ExposedAgain[] => {
    const workload = byId.get(row.workload);
    if (
      row.state !== 'verified' ||
      row.exposedAgain !== undefined ||
      workload === undefined ||
      workload.readAt <= row.since
    )
      return [];
    const accepted = new Set(row.containers.flatMap((change) => change.accepted));
    const leaving = new Set(
      row.containers.flatMap((change) => change.leaving).filter((digest) => !accepted.has(digest)),
    );
    const back = workload.runningDigests.filter((digest) => leaving.has(digest));
    // what the containers beside it bring is not the change that was made
    const changing = new Set(row.containers.map((change) => change.container));
    const beside = new Set(workload.containers.filter((one) => !changing.has(one.name)).map((one) => one.digest));
    const digests = back.filter((digest) => !beside.has(digest));
    if (digests.length === 0) return [];
    const text = `again exposed to ${row.problem.vulnerability} in ${row.problem.package} since ${workload.readAt}: somebody went back to the old image (deployment ${workload.deployment.id})`;
    const until = new Date(Date.parse(workload.readAt) + limits.holdPersonMs).toISOString();
    return [
      {
        row,
        workload: row.workload,
        vulnerability: row.problem.vulnerability,
        package: row.problem.package,
        since: workload.readAt,
        deployment: workload.deployment.id,
        digests,
        text,
        holds: row.containers.map((change) => ({
          workload: row.workload,
          digest: change.to,
          kind: 'person' as const,
          reason: `REVERTED_BY: somebody (deployment ${workload.deployment.id}, seen ${workload.readAt})`,
          rollout: row.rollout,
          since: workload.readAt,
          until,
        })),
      },
    ];
  });
}

/** A rollback that is to be told; telling it again is the same event. */
export interface NotedRollback {
  readonly row: RolloutRow;
  /** when it was seen, ISO */
  readonly since: string;
  readonly text: string;
}

/**
 * After a reading of workloads: finds those that a person took back after they were verified, remembers the hold-down and withdraws the approval first, and
 * then says so in the row. Each is returned until `rollbackTold` says that it is on the bus, so a crash in between loses none; call it with every reading.
 */
export async function noteRollbacks(
  table: Table,
  workloads: readonly Workload[],
  limits: RolloutLimits = defaultLimits,
): Promise<NotedRollback[]> {
  const noted: NotedRollback[] = [];
  for (const [workload, rollout] of await lastRollouts(
    table,
    workloads.map((one) => one.id),
  )) {
    const row = await readRow(table, rollout, workload);
    if (row?.exposedAgain?.untold === true) noted.push(notedIn(row, row.exposedAgain));
    for (const found of row === undefined ? [] : watchVerified([row], workloads, limits)) {
      for (const hold of found.holds) await holdDown(table, hold);
      await withdrawApprovals(table, found.row, { by: 'somebody', at: found.since, reason: found.text });
      const { since, deployment, text } = found;
      const exposedAgain = { since, deployment, text, untold: true as const };
      const written = { ...found.row, rev: found.row.rev + 1, exposedAgain };
      if (await writeRow(table, written, found.row.rev)) noted.push(notedIn(written, exposedAgain));
    }
  }
  return noted;
}

const notedIn = (row: RolloutRow, { since, text }: NonNullable<RolloutRow['exposedAgain']>): NotedRollback => ({
  row,
  since,
  text,
});

/** Says that a rollback is on the bus. Whoever was faster said the same. */
export async function rollbackTold(table: Table, { row }: NotedRollback): Promise<void> {
  if (row.exposedAgain === undefined) return;
  const { untold: _, ...exposedAgain } = row.exposedAgain;
  await writeRow(table, { ...row, rev: row.rev + 1, exposedAgain }, row.rev);
}
