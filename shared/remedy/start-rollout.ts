import type { WorkloadId } from '#shared/fleet';
import type { Table } from '#shared/store';
import { keepApproval, withdrawApprovals, withdrawnSince } from './approvals.ts';
import { contentId } from './content-id.ts';
import { enterRollout } from './heartbeat.ts';
import type { Approval, Plan, PlannedChange } from './plan-types.ts';
import { busyWorkloads, planWorkloads, readRollout, readRows, writeRollout, writeRow } from './rollout-store.ts';
import type { Rollout, RolloutRow } from './rollout-types.ts';
import { cutWaves } from './waves.ts';

/** A person's yes to a plan as it was shown: its digests included. */
export interface PlanApproval {
  readonly by: string;
  /** when it was given, ISO; now when absent. One that is delivered again must not pass for a new one */
  readonly at?: string;
  /** only these workloads; all that wait for an approval when absent */
  readonly workloads?: readonly WorkloadId[];
  /** ISO; how long the yes holds for later plans of the same repair. Until withdrawn when absent */
  readonly until?: string;
}

/** Nothing of a plan may act: `code` says why, `advice` what to do. */
export class NothingToStart extends Error {
  readonly code: 'needs-approval' | 'observe-only' | 'nothing-clean' | 'under-way';
  readonly plan: string;
  readonly advice: string;

  constructor(code: NothingToStart['code'], plan: Plan, advice: string) {
    super(`plan ${plan.id} (${plan.summary}) starts nothing: ${code}; ${advice}`);
    this.name = 'NothingToStart';
    this.code = code;
    this.plan = plan.id;
    this.advice = advice;
  }
}

/** What starting a plan writes; a dry run returns the same and writes nothing. */
export interface StartedRollout {
  readonly head: Rollout;
  readonly rows: readonly RolloutRow[];
  readonly approvals: readonly Approval[];
  /** workloads of the plan that are left alone, and why */
  readonly left: readonly { readonly workload: WorkloadId; readonly why: string }[];
}

/** The changes that may act: those that are ready, and with an approval those that it covers. Observe never acts, whoever says yes. */
export const mayAct = (plan: Plan, approval?: PlanApproval): PlannedChange[] =>
  plan.changes.filter(
    (change) =>
      change.verdict === 'ready' ||
      (change.verdict === 'needs-approval' &&
        approval !== undefined &&
        (approval.workloads?.includes(change.workload) ?? true)),
  );

/** The rows and head that a plan begins with. Its id is made of the plan, the workloads and the attempt: starting twice is starting once. Pure. */
export function firstRows(plan: Plan, approval: PlanApproval | undefined, now: Date, attempt = 0): StartedRollout {
  const acting = mayAct(plan, approval);
  if (acting.length === 0) {
    if (plan.verdict === 'nothing-clean')
      throw new NothingToStart('nothing-clean', plan, 'wait for a clean image, or choose another remedy');
    if (plan.verdict === 'observe-only')
      throw new NothingToStart(
        'observe-only',
        plan,
        'tag the service drydock:repair = ask or auto, or set the mode in the policy',
      );
    throw new NothingToStart('needs-approval', plan, 'approve it');
  }
  const at = now.toISOString();
  const ids = acting.map((change) => change.workload).sort();
  const rollout = contentId('rollout', attempt === 0 ? [plan.id, ids] : [plan.id, ids, attempt]);
  // cut again: the canary of the whole plan may not be among those that may act
  const waves = cutWaves(acting, plan.wavePolicy);
  const waveOf = new Map(waves.flatMap((wave, index) => wave.map((id) => [id, index + 1] as const)));
  const rows = acting.map(
    (change): RolloutRow => ({
      rollout,
      plan: plan.id,
      workload: change.workload,
      wave: waveOf.get(change.workload) ?? 1,
      rev: 1,
      state: 'planned',
      since: at,
      how: change.how,
      containers: change.containers,
      problem: plan.problem,
      history: [],
    }),
  );
  const chosen = new Set(ids);
  return {
    head: {
      rollout,
      plan: plan.id,
      problem: plan.problem,
      state: 'running',
      workloads: rows.length,
      waves: waves.length,
      startedBy: approval?.by ?? 'policy (mode auto)',
      startedAt: at,
      rev: 1,
    },
    rows,
    approvals:
      approval === undefined
        ? []
        : acting
            .filter((change) => change.verdict === 'needs-approval')
            .map((change) => ({
              workload: change.workload,
              vulnerabilities: plan.vulnerabilities,
              remedy: plan.remedy,
              by: approval.by,
              at: approval.at ?? at,
              ...(approval.until === undefined ? {} : { until: approval.until }),
              digests: change.containers.map((one) => one.to),
            })),
    left: plan.changes
      .filter((change) => !chosen.has(change.workload))
      .map((change) => ({
        workload: change.workload,
        why:
          change.verdict === 'observe-only'
            ? 'its mode is observe'
            : `it waits for an approval: ${change.asks.join('; ')}`,
      })),
  };
}

/** What starting a plan goes by. */
interface StartOptions {
  readonly now: Date;
  readonly approval?: PlanApproval;
  readonly dryRun?: boolean;
}

/**
 * Starts a plan: approvals, then rows, the head last, so that a crash in between leaves nothing that a driver would find; starting again completes it. The
 * same plan for the same workloads is the same rollout, started once; a yes that comes again after its rollout ended, or after a person stopped it or took
 * it back, starts nothing. Throws NothingToStart.
 */
export async function startRollout(table: Table, plan: Plan, options: StartOptions): Promise<StartedRollout> {
  let { started, known } = await attemptOf(table, plan, options);
  if (known === undefined) {
    const wanted = await withoutWithdrawn(table, plan, options);
    const free = await withoutBusy(table, wanted, options, started.head.rollout);
    if (free !== plan) ({ started, known } = await attemptOf(table, free, options));
  }
  if (known !== undefined) return { ...started, head: known };
  if (options.dryRun === true) return started;
  for (const approval of started.approvals) await keepApproval(table, approval);
  for (const row of started.rows) await writeRow(table, row, undefined);
  const ids = started.rows.map((row) => row.workload);
  await planWorkloads(table, ids, started.head.rollout);
  await enterRollout(table, started.head.rollout, options.now);
  await writeRollout(table, started.head, undefined);
  return { ...started, head: (await readRollout(table, started.head.rollout)) ?? started.head };
}

/**
 * The rollout that the plan is or would become. The same plan after its rollout ended is another attempt if it was made anew, such as when a hold-down is
 * over, or approved anew.
 */
async function attemptOf(
  table: Table,
  plan: Plan,
  { now, approval }: StartOptions,
): Promise<{ readonly started: StartedRollout; readonly known: Rollout | undefined }> {
  const asked = approval === undefined ? plan.madeAt : (approval.at ?? now.toISOString());
  for (let attempt = 0; ; attempt++) {
    const started = firstRows(plan, approval, now, attempt);
    const known = await readRollout(table, started.head.rollout);
    if (known?.endedAt === undefined || known.endedAt >= asked) return { started, known };
  }
}

/** The plan without what a person stopped or took back since it was approved. Throws NothingToStart when that is all of it. */
async function withoutWithdrawn(table: Table, plan: Plan, { now, approval }: StartOptions): Promise<Plan> {
  const acting = mayAct(plan, approval).map((change) => change.workload);
  const since = await withdrawnSince(table, acting, plan.vulnerabilities);
  const given = approval === undefined ? undefined : (approval.at ?? now.toISOString());
  const withdrawn = acting.filter((workload) => {
    const at = since.get(workload);
    const covered = approval?.workloads?.includes(workload) ?? true;
    return at !== undefined && (given === undefined || given <= at || !covered);
  });
  if (withdrawn.length === 0) return plan;
  if (withdrawn.length === acting.length)
    throw new NothingToStart('needs-approval', plan, 'a person stopped it or took it back since: approve it anew');
  return { ...plan, changes: plan.changes.filter((change) => !withdrawn.includes(change.workload)) };
}

/** The plan without what another rollout changes now. Throws NothingToStart when that is all of it. */
async function withoutBusy(table: Table, plan: Plan, { now, approval }: StartOptions, itself: string): Promise<Plan> {
  const acting = mayAct(plan, approval).map((change) => change.workload);
  const busy = await busyWorkloads(table, acting, now, itself);
  if (busy.size === 0) return plan;
  if (busy.size === acting.length)
    throw new NothingToStart(
      'under-way',
      plan,
      `rollout ${[...new Set(busy.values())].join(', ')} is changing all of it; wait for its end or stop it`,
    );
  return { ...plan, changes: plan.changes.filter((change) => !busy.has(change.workload)) };
}

/**
 * Asks a rollout to stop: nothing new begins, what is under way is followed to its end, and whatever of it is not verified needs a new approval.
 * Undefined: there is no such rollout.
 */
export async function stopRollout(table: Table, rollout: string, by: string, now: Date): Promise<Rollout | undefined> {
  for (;;) {
    const head = await readRollout(table, rollout);
    if (head === undefined || head.stop !== undefined || head.state !== 'running') return head;
    const stop = { by, at: now.toISOString() };
    // before the head: a rollout that ends by a stop must find its approvals withdrawn
    for (const row of await readRows(table, rollout))
      if (row.state !== 'verified')
        await withdrawApprovals(table, row, { ...stop, reason: `${by} stopped rollout ${rollout}` });
    const stopped: Rollout = { ...head, stop, rev: head.rev + 1 };
    if (await writeRollout(table, stopped, head.rev)) return stopped;
  }
}
