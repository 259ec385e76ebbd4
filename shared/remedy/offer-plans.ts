import type { ProblemKey } from '#shared/findings';
import { indexes, keys, type Table } from '#shared/store';
import { contentId } from './content-id.ts';
import { type GatherPorts, imageReader, planInputFor } from './gather.ts';
import { planNewer } from './plan-newer.ts';
import type { Plan, PlanInput } from './plan-types.ts';

/** A plan as it is kept: with what became of it. */
export interface PlanRecord {
  readonly plan: Plan;
  /** offered: newest for its workloads; superseded: another took its place; started: it became a rollout; moot: nothing of it is needed any more */
  readonly state: 'offered' | 'superseded' | 'started' | 'moot';
  /** problems that it closes, the one it was made for first */
  readonly problems: readonly ProblemKey[];
  readonly rev: number;
}

/**
 * Makes the plans for problems, worst first. Problems that lead to the same changes share one plan, so that one new image is one decision, not
 * one for each of the vulnerabilities that it closes. Plans that are new are kept and returned; the same plan again is neither.
 */
export async function offerPlans(ports: GatherPorts, problems: readonly ProblemKey[]): Promise<PlanRecord[]> {
  const bySteps = new Map<string, { plan: Plan; problems: ProblemKey[] }>();
  const stale: ProblemKey[] = [];
  const images = await imageReader(ports);
  for (const key of problems) {
    const input = await planInputFor(ports, key, images);
    const plan = input === undefined ? undefined : planNewer(input);
    if (input === undefined || plan === undefined || plan.changes.length === 0) {
      stale.push(key);
      continue;
    }
    const known = bySteps.get(stepsOf(plan));
    if (known === undefined) bySteps.set(stepsOf(plan), { plan, problems: [key] });
    else if (closedBy(input, known.plan)) known.problems.push(key);
  }
  const offered: PlanRecord[] = [];
  for (const { plan, problems: closed } of bySteps.values()) {
    const record = await keepPlan(ports.table, plan, closed);
    if (record !== undefined) offered.push(record);
  }
  for (const key of stale) await replaceOffer(ports.table, key, undefined);
  return offered;
}

/** What a plan would do, as one text: the same steps are the same decision. */
const stepsOf = (plan: Plan): string =>
  contentId(
    'steps',
    plan.changes.map((change) => [
      change.workload,
      change.how,
      change.verdict,
      change.containers.map((container) => [container.container, container.reference, container.to]),
    ]),
  );

const closedBy = (input: PlanInput, plan: Plan): boolean =>
  plan.closes.some(
    (outcome) => outcome.vulnerability === input.problem.vulnerability && outcome.package === input.problem.package,
  );

async function keepPlan(table: Table, plan: Plan, problems: readonly ProblemKey[]): Promise<PlanRecord | undefined> {
  const record: PlanRecord = { plan, state: 'offered', problems, rev: 1 };
  const fresh = await table.put(planItem(record), { absent: true });
  for (const key of problems) await replaceOffer(table, key, plan.id);
  if (fresh === 'written') return record;
  const known = await readPlan(table, plan.id);
  if (known?.state === 'superseded' || known?.state === 'moot') return movePlan(table, plan.id, 'offered');
  return undefined;
}

/** Points a problem to its newest plan; the one before is superseded, or moot when there is none any more. */
async function replaceOffer(table: Table, key: ProblemKey, plan: string | undefined): Promise<void> {
  const at = keys.problemPlan(key.finding, key.shard, key.name);
  const before = (await table.get(at, { consistent: true }))?.plan as string | undefined;
  if (before === plan) return;
  if (plan === undefined) await table.delete(at);
  else await table.put({ ...at, plan });
  if (before === undefined) return;
  const record = await readPlan(table, before);
  if (record?.state === 'offered') await movePlan(table, before, plan === undefined ? 'moot' : 'superseded');
}

/** Moves a plan to another state; undefined when it is not there. The same move again changes nothing. */
export async function movePlan(table: Table, id: string, state: PlanRecord['state']): Promise<PlanRecord | undefined> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const record = await readPlan(table, id);
    if (record === undefined || record.state === state) return record;
    const next: PlanRecord = { ...record, state, rev: record.rev + 1 };
    if ((await table.put(planItem(next), { equals: { attribute: 'rev', value: record.rev } })) === 'written')
      return next;
  }
  return readPlan(table, id);
}

const planItem = (record: PlanRecord) => ({
  ...keys.plan(record.plan.id),
  record,
  rev: record.rev,
  ...(record.state === 'offered' ? { ix: indexes.plans, ixs: `${record.plan.madeAt}#${record.plan.id}` } : {}),
});

/** A plan by its id. */
export async function readPlan(table: Table, id: string): Promise<PlanRecord | undefined> {
  const item = await table.get(keys.plan(id), { consistent: true });
  return item?.record as PlanRecord | undefined;
}

/** Plans that are offered, newest first, for screens. */
export async function* listPlans(table: Table): AsyncIterable<PlanRecord> {
  for await (const item of table.list(indexes.plans, { reverse: true })) yield item.record as PlanRecord;
}

/** The problems that a plan closes, for telling them how its rollout goes; the one it was made for if the plan is gone. */
export async function planProblems(table: Table, plan: string, made: ProblemKey): Promise<readonly ProblemKey[]> {
  return (await readPlan(table, plan))?.problems ?? [made];
}
