import { type BusEvent, imageScanned, planApproved, problemChanged, workloadsChanged } from '#shared/events';
import {
  compareSeverity,
  type Problem,
  type ProblemKey,
  problemId,
  problemsOfWorkload,
  readProblem,
  workloadsOfRepository,
} from '#shared/findings';
import type { WorkloadId } from '#shared/fleet';
import {
  type GatherPorts,
  movePlan,
  NothingToStart,
  offerPlans,
  type PlanApproval,
  type PlanRecord,
  readPlan,
  startRollout,
} from '#shared/remedy';
import type { Emit } from '../emit.ts';
import { makeBatchHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

/** What start-rollout needs from outside. */
export interface StartRolloutPorts extends GatherPorts {
  readonly emit: Emit;
  /** starts the driver of a rollout under the rollout's id; a second start of the same id is none */
  readonly drive: (rollout: string) => Promise<void>;
  readonly report: (failure: RecordFailure) => void;
}

/**
 * Offers plans when a problem or a candidate appears, and starts those that may act: in mode auto at once, else when a person has approved. It
 * never waits: the rollout's driver does. A batch is planned for as a whole, so that twenty problems of one push are one look at the fleet.
 */
export function makeStartRollout(ports: StartRolloutPorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeBatchHandler((events) => handle(ports, events), ports.report);
}

async function handle(ports: StartRolloutPorts, events: readonly BusEvent[]): Promise<void> {
  for (const event of events) {
    if (event['detail-type'] !== 'PlanApproved') continue;
    const { plan, by } = planApproved.parse(event.detail);
    const record = await readPlan(ports.table, plan);
    if (record !== undefined) await startPlan(ports, record, { by });
  }
  for (const record of await offerPlans(ports, await concerned(ports, events))) {
    await ports.emit('PlanMade', planNews(record));
    if (record.plan.changes.some((change) => change.verdict === 'ready')) await startPlan(ports, record);
  }
}

/** Every open problem of the workloads that the events are about, worst first: plans are made for all of them together. */
async function concerned(ports: StartRolloutPorts, events: readonly BusEvent[]): Promise<ProblemKey[]> {
  const workloads = new Set<WorkloadId>();
  const problems = new Map<string, ProblemKey>();
  for (const event of events) {
    if (event['detail-type'] === 'ImageScanned') {
      const { registry, repository } = imageScanned.parse(event.detail);
      for (const id of await workloadsOfRepository(ports.table, registry, repository)) workloads.add(id);
    } else if (event['detail-type'] === 'WorkloadsChanged') {
      for (const { id } of workloadsChanged.parse(event.detail).workloads) workloads.add(id);
    } else if (event['detail-type'] === 'ProblemChanged') {
      const { key, workloads: where } = problemChanged.parse(event.detail);
      problems.set(problemId(key), key);
      for (const id of where ?? []) workloads.add(id);
    }
  }
  for (const id of workloads)
    for (const key of await problemsOfWorkload(ports.table, id)) problems.set(problemId(key), key);
  const found = await Promise.all(
    [...problems.values()].map(async (key) => ({
      key,
      problem: await readProblem(ports.table, key, { consistent: true }),
    })),
  );
  return found
    .sort((a, b) => worstFirst(a.problem, b.problem) || (problemId(a.key) < problemId(b.key) ? -1 : 1))
    .map(({ key }) => key);
}

function worstFirst(a: Problem | undefined, b: Problem | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return (
    Number(b.kev !== undefined) - Number(a.kev !== undefined) ||
    compareSeverity(a.severity.level, b.severity.level) ||
    (b.severity.score ?? 0) - (a.severity.score ?? 0)
  );
}

/** Starts what of a plan may act; a plan that may not act any more says so on the bus instead of failing for ever. */
async function startPlan(ports: StartRolloutPorts, record: PlanRecord, approval?: PlanApproval): Promise<void> {
  try {
    const started = await startRollout(ports.table, record.plan, {
      now: ports.now(),
      ...(approval === undefined ? {} : { approval }),
    });
    await movePlan(ports.table, record.plan.id, 'started');
    const { rollout, startedAt } = started.head;
    const news = {
      rollout,
      problems: record.problems,
      state: 'ROLLING',
      text: `rollout of ${started.rows.length} ${started.rows.length === 1 ? 'workload' : 'workloads'} in ${started.head.waves} ${started.head.waves === 1 ? 'wave' : 'waves'}, started by ${started.head.startedBy}`,
    };
    // an approval that comes twice tells the same start again, not a later one: alerts go by the time
    await ports.emit('RolloutNews', news, { id: `${rollout}-started`, time: startedAt });
    await ports.drive(rollout);
  } catch (error) {
    if (!(error instanceof NothingToStart)) throw error;
    await ports.emit('RolloutEnded', {
      rollout: record.plan.id,
      plan: record.plan.id,
      state: error.code,
      text: error.message,
    });
  }
}

/** A plan as the bus tells it. */
export const planNews = (record: PlanRecord): object => {
  const { plan } = record;
  return {
    plan: plan.id,
    problems: record.problems,
    text: `${plan.summary} ${plan.changes[0]?.why ?? ''}`.slice(0, 2_000),
    approvable: plan.changes.some((change) => change.verdict === 'needs-approval'),
    mode: plan.verdict === 'ready' ? 'auto' : plan.verdict === 'needs-approval' ? 'ask' : 'observe',
  };
};
