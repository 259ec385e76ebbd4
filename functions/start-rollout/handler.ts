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
  changePlan,
  type GatherPorts,
  NothingToStart,
  offerPlans,
  type PlanApproval,
  type PlanRecord,
  readPlan,
  resumeRollouts,
  startRollout,
} from '#shared/remedy';
import type { Emit, EventIdentity } from '../emit.ts';
import { makeBatchHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

/** What start-rollout needs from outside. */
export interface StartRolloutPorts extends GatherPorts {
  readonly emit: Emit;
  /** starts the `part`-th driver of a rollout, under a name made of both; a second start under the same name is none */
  readonly drive: (rollout: string, part: number) => Promise<void>;
  readonly report: (failure: RecordFailure) => void;
}

/**
 * Offers plans when a problem or a candidate appears, and starts those that may act: in mode auto at once, else when a person has approved. It
 * never waits: the rollout's driver does; on its schedule it gives rollouts that lost their driver another one. A batch is planned for as a whole, so that twenty problems of one push are one look at the fleet.
 */
export function makeStartRollout(ports: StartRolloutPorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeBatchHandler((events) => handle(ports, events), ports.report);
}

async function handle(ports: StartRolloutPorts, events: readonly BusEvent[]): Promise<void> {
  if (events.some(isSchedule)) await resumeRollouts(ports.table, ports.now(), ports.drive);
  for (const event of events) {
    if (event['detail-type'] !== 'PlanApproved') continue;
    const { plan, by, at } = planApproved.parse(event.detail);
    const record = await readPlan(ports.table, plan);
    // delivered again, a yes is as old as it was: one that was used up starts nothing
    if (record !== undefined) await startApproved(ports, record, { by, at: saidAt(at ?? event.time) }, event);
  }
  for (const record of await offerPlans(ports, await concerned(ports, events))) {
    await ports.emit('PlanMade', planNews(record), {
      id: `${record.plan.id}-${record.offeredAt}`,
      time: record.offeredAt,
    });
    const mayStart = record.plan.changes.some((change) => change.verdict === 'ready');
    if (!mayStart || (await startPlan(ports, record)) !== 'under-way')
      await changePlan(ports.table, record.plan.id, { announced: true });
  }
}

/** When a yes was said; one that does not say it is as old as can be. */
function saidAt(text: string): string {
  const at = Date.parse(text);
  return new Date(Number.isNaN(at) ? 0 : at).toISOString();
}

/** A turn of the schedule, on which nothing is planned. */
export const isSchedule = (event: BusEvent): boolean => event['detail-type'] === 'Scheduled Event';

/** A yes to what is no longer offered starts nothing: it was for what was seen, and that is not what would be done now. */
async function startApproved(
  ports: StartRolloutPorts,
  record: PlanRecord,
  approval: PlanApproval,
  event: BusEvent,
): Promise<void> {
  const answer = { id: `${event.id}-answer`, time: event.time };
  if (record.state === 'offered' || record.state === 'started')
    return void (await startPlan(ports, record, approval, answer));
  const { id: plan } = record.plan;
  const text = `nothing was started: ${staleText(record)}`;
  await ports.emit('RolloutEnded', { rollout: plan, plan, state: record.state, text }, answer);
}

/** Why a plan cannot be approved any more, and what to do. */
export const staleText = ({ plan, state }: PlanRecord): string =>
  state === 'moot'
    ? `nothing of plan ${plan.id} is needed any more`
    : `another plan has taken the place of ${plan.id}; look at that one: drydock plans`;

/** Workloads of one problem that are looked at for other problems; as many as its event names. */
const atOnce = 200;

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
      const { key } = problemChanged.parse(event.detail);
      problems.set(problemId(key), key);
      // where it is by now, not where an event that came late says: a plan made for fewer problems would take the place of the one for all
      const known = await readProblem(ports.table, key, { consistent: true });
      for (const id of (known?.workloads ?? []).slice(0, atOnce)) workloads.add(id);
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

/** Starts what of a plan may act; a plan that may not act any more says why on the bus instead of failing for ever. */
async function startPlan(
  ports: StartRolloutPorts,
  record: PlanRecord,
  approval?: PlanApproval,
  answer?: EventIdentity,
): Promise<'started' | NothingToStart['code']> {
  try {
    // said before it is done: a start that is cut is found by it
    await changePlan(ports.table, record.plan.id, { state: 'started' });
    const started = await startRollout(ports.table, record.plan, {
      now: ports.now(),
      ...(approval === undefined ? {} : { approval }),
    });
    const { rollout, startedAt } = started.head;
    await changePlan(ports.table, record.plan.id, { rollout });
    const news = {
      rollout,
      problems: record.problems,
      state: 'ROLLING',
      text: `rollout of ${started.rows.length} ${started.rows.length === 1 ? 'workload' : 'workloads'} in ${started.head.waves} ${started.head.waves === 1 ? 'wave' : 'waves'}, started by ${started.head.startedBy}`,
    };
    // an approval that comes twice tells the same start again, not a later one: alerts go by the time
    await ports.emit('RolloutNews', news, { id: `${rollout}-started`, time: startedAt });
    await ports.drive(rollout, 1);
    return 'started';
  } catch (error) {
    if (!(error instanceof NothingToStart)) throw error;
    if (record.state === 'offered') await changePlan(ports.table, record.plan.id, { state: 'offered' });
    const { id: plan } = record.plan;
    await ports.emit('RolloutEnded', { rollout: plan, plan, state: error.code, text: error.message }, answer);
    return error.code;
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
