import {
  listPlans,
  type Plan,
  type PlanRecord,
  readPlan,
  readRollout,
  readRows,
  startRollout,
  stopRollout,
} from '#shared/remedy';
import type { Table } from '#shared/store';
import type { Emit } from '../emit.ts';
import { staleText } from '../start-rollout/handler.ts';
import type { RemedyDesk } from './ports.ts';
import { rolloutPage, rowsPage } from './rollout-pages.ts';

/** What the desk needs. */
export interface DeskPorts {
  readonly table: Table;
  readonly emit: Emit;
  readonly now: () => Date;
}

/** Plans and rollouts as people see them, and what they can do: approve, stop. Approving only says so on the bus; start-rollout acts. */
export function remedyDesk(ports: DeskPorts): RemedyDesk {
  return {
    async plans() {
      const shown: object[] = [];
      for await (const record of listPlans(ports.table)) shown.push(planView(record));
      return shown;
    },
    rollouts: (after) => rolloutPage(ports.table, after),
    rollout: (id, after) => rowsPage(ports.table, id, after),
    async approve(id, by, { dryRun }) {
      const record = await readPlan(ports.table, id);
      if (record === undefined) return undefined;
      if (record.state === 'superseded' || record.state === 'moot') throw new StalePlan(record);
      const at = ports.now();
      const approval = { by, at: at.toISOString() };
      const would = await startRollout(ports.table, record.plan, { now: at, approval, dryRun: true });
      if (dryRun)
        return {
          dryRun: true,
          plan: planView(record),
          would: would.rows.map((row) => ({
            workload: row.workload,
            wave: row.wave,
            how: row.how,
            containers: row.containers,
          })),
          left: would.left,
        };
      await ports.emit('PlanApproved', { plan: id, ...approval });
      return { approved: id, by, rollout: would.head.rollout, left: would.left };
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
        would: stopped.map((row) => ({ workload: row.workload })),
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

/** A plan in the words of the page and the command line. */
export function planView({ plan, state, problems }: PlanRecord) {
  return {
    id: plan.id,
    state,
    title: plan.summary,
    verdict: plan.verdict,
    approvable: plan.changes.some((change) => change.verdict === 'needs-approval'),
    problems,
    reasons: reasonsOf(plan),
    changes: plan.changes.flatMap((change) =>
      change.containers.map((container) => ({
        workload: change.workload,
        container: container.container,
        from: container.from,
        to: container.to,
        tag: container.tag,
        how: howOf(change.how),
        wave: change.wave,
        verdict: change.verdict,
      })),
    ),
    closes: plan.closes.map((outcome) => `${outcome.vulnerability} ${outcome.package} (${outcome.severity})`),
    remaining: plan.remaining.map((outcome) => `${outcome.vulnerability} ${outcome.package} (${outcome.severity})`),
    rejected: plan.rejected.map((each) => ({ digest: each.digest, tag: each.tags[0], why: each.text })),
    unhelped: plan.unhelped,
    madeAt: plan.madeAt,
  };
}

const howOf = (how: 'force' | 'register'): string =>
  how === 'force' ? 'the same tag was pushed again: a new deployment' : 'a new revision of its definition';

const reasonsOf = (plan: Plan): string[] => [
  ...new Set(
    plan.changes.flatMap((change) => [change.why, ...change.asks, ...change.notes, `way back: ${change.rollback}`]),
  ),
];
