import type { PlanRecord, Rollout, RolloutRow } from '#shared/remedy';
import { keys, type Table } from '#shared/store';
import { writeNewPlan } from '../../../shared/remedy/plan-store.ts';
import { takeWorkload, writeRollout, writeRow } from '../../../shared/remedy/rollout-store.ts';
import { workload } from '../findings/world.ts';

export const problem = { finding: 'DSA-1', shard: 'Debian:12', name: 'openssl' };
export const idOf = (name: string): string => workload(name, 'r/x:1', undefined, '').id;
export const began = '2026-01-01T00:00:00.000Z';

const headOf = (rollout: string, state: Rollout['state'], at: string): Rollout => ({
  rollout,
  plan: `plan-of-${rollout}`,
  problem: { key: problem, vulnerability: 'CVE-1', aliases: [], package: 'openssl', severity: 'high' },
  state,
  workloads: 2,
  waves: 1,
  startedBy: 'ann',
  startedAt: at,
  ...(state === 'running' ? {} : { endedAt: at }),
  rev: 1,
});

/** A rollout of two workloads, as its driver leaves it, with its plan and what the timeline told of it. */
export async function rolled(
  table: Table,
  rollout: string,
  state: Rollout['state'],
  names: readonly string[],
  at = began,
) {
  const head = headOf(rollout, state, at);
  await planned(table, head.plan, 'started', rollout, at);
  for (const name of names) {
    const row = { rollout, plan: head.plan, workload: idOf(name), problem: head.problem, containers: [] };
    await writeRow(table, { ...row, rev: 1, state: 'verified', since: at } as unknown as RolloutRow, undefined);
    await takeWorkload(table, idOf(name), rollout);
  }
  await writeRollout(table, head, undefined);
  await table.put({ ...keys.rolloutTold(rollout), at });
  await table.put({ ...keys.timeline(at.slice(0, 10), at, rollout), event: { detail: { rollout, plan: head.plan } } });
}

/** A plan that was offered once, and what became of it. */
export async function planned(table: Table, id: string, state: PlanRecord['state'], rollout?: string, at = began) {
  const lists = { changes: [], closes: [], remaining: [], rejected: [], unhelped: [] };
  const plan = { id, madeAt: at, ...lists } as unknown as PlanRecord['plan'];
  const record = { plan, state, problems: [problem], offeredAt: at, announced: true, rev: 1 };
  await writeNewPlan(table, { ...record, ...(rollout === undefined ? {} : { rollout }) });
}
