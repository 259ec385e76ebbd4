import { firstOf, type PlanRecord, readPlan, readRollout, readRows, startRollout, stopRollout } from '#shared/remedy';
import type { Table } from '#shared/store';
import type { Emit } from '../emit.ts';
import { staleText } from '../start-rollout/handler.ts';
import { planPage, shortView, wholePlanPage } from './plan-pages.ts';
import type { RemedyDesk } from './ports.ts';
import { rolloutPage, rowsPage } from './rollout-pages.ts';

/** What an answer to an act names of thousands of workloads; it says how many there are. */
const few = { count: 1_000, bytes: 1_000_000 };

/** What the desk needs. */
export interface DeskPorts {
  readonly table: Table;
  readonly emit: Emit;
  readonly now: () => Date;
}

/** Plans and rollouts as people see them, and what they can do: approve, stop. Approving only says so on the bus; start-rollout acts. */
export function remedyDesk(ports: DeskPorts): RemedyDesk {
  return {
    plans: (after) => planPage(ports.table, after),
    plan: (id, after) => wholePlanPage(ports.table, id, after),
    rollouts: (after) => rolloutPage(ports.table, after),
    rollout: (id, after) => rowsPage(ports.table, id, after),
    async approve(id, by, { dryRun }) {
      const record = await readPlan(ports.table, id);
      if (record === undefined) return undefined;
      if (record.state === 'superseded' || record.state === 'moot') throw new StalePlan(record);
      const at = ports.now();
      const approval = { by, at: at.toISOString() };
      const would = await startRollout(ports.table, record.plan, { now: at, approval, dryRun: true });
      const left = firstOf(would.left, few);
      const total = { would: would.rows.length, left: would.left.length };
      if (dryRun) {
        const rows = would.rows.map(({ workload, wave, how, containers }) => ({ workload, wave, how, containers }));
        return { dryRun: true, plan: shortView(record), would: firstOf(rows, few), left, total };
      }
      await ports.emit('PlanApproved', { plan: id, ...approval });
      return { approved: id, by, rollout: would.head.rollout, left, total };
    },
    async stop(id, by, { dryRun }) {
      if (!dryRun) return stopRollout(ports.table, id, by, ports.now());
      const head = await readRollout(ports.table, id);
      if (head === undefined) return undefined;
      const rows = head.state === 'running' ? await readRows(ports.table, id) : [];
      const stopped = rows.filter((row) => row.state === 'planned' || row.state === 'registered');
      return {
        dryRun: true,
        rollout: id,
        state: head.state,
        would: firstOf(
          stopped.map(({ workload }) => ({ workload })),
          few,
        ),
        total: { would: stopped.length },
      };
    },
  };
}

/** A plan that is no longer offered: what was seen is not what would be done. */
export class StalePlan extends Error {
  readonly code = 'stale-plan';
  readonly plan: string;
  readonly advice: string;
  constructor(record: PlanRecord) {
    const advice = staleText(record);
    super(`plan ${record.plan.id} is no longer offered: ${advice}`);
    this.name = 'StalePlan';
    this.plan = record.plan.id;
    this.advice = advice;
  }
}
