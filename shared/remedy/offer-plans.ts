import type { ProblemKey } from '#shared/findings';
import { keys, type Table } from '#shared/store';
import { contentId } from './content-id.ts';
import { type GatherPorts, imageReader, planInputFor } from './gather.ts';
import { planNewer } from './plan-newer.ts';
import { changePlan, movePlan, type PlanRecord, readPlan, writeNewPlan } from './plan-store.ts';
import type { Plan, PlanInput } from './plan-types.ts';
import { readRollout } from './rollout-store.ts';

/**
 * Makes the plans for problems, worst first. Problems that lead to the same changes share one plan, so that one new image is one decision, not
 * one for each of the vulnerabilities that it closes. Plans that are new are kept and returned; the same plan again is neither, unless nobody
 * has been told of it (`announced`): whoever made it was cut. A plan whose rollout has ended, and that would be made again, is offered again.
 */
export async function offerPlans(ports: GatherPorts, problems: readonly ProblemKey[]): Promise<PlanRecord[]> {
  const bySteps = new Map<string, { plan: Plan; problems: ProblemKey[] }>();
  const stale: ProblemKey[] = [];
  const cut = new Map<string, PlanRecord>();
  const images = await imageReader(ports);
  for (const key of problems) {
    const begun = await cutStart(ports.table, key);
    if (begun !== undefined) {
      cut.set(begun.plan.id, begun);
      continue;
    }
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
  const offered: PlanRecord[] = [...cut.values()];
  for (const { plan, problems: closed } of bySteps.values()) {
    const record = await keepPlan(ports.table, plan, closed);
    if (record !== undefined) offered.push(record);
  }
  for (const key of stale) await replaceOffer(ports.table, key, undefined);
  return offered;
}

/** The plan of a problem that was being started when whoever did it was cut: its workloads are taken, so that it would not be made again. */
async function cutStart(table: Table, key: ProblemKey): Promise<PlanRecord | undefined> {
  const at = await table.get(keys.problemPlan(key.finding, key.shard, key.name), { consistent: true });
  const record = typeof at?.plan === 'string' ? await readPlan(table, at.plan) : undefined;
  return record?.state === 'started' && !record.announced ? record : undefined;
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
  const record: PlanRecord = { plan, state: 'offered', problems, offeredAt: plan.madeAt, announced: false, rev: 1 };
  const fresh = await writeNewPlan(table, record);
  for (const key of problems) await replaceOffer(table, key, plan.id);
  if (fresh) return record;
  const known = await readPlan(table, plan.id);
  if (known === undefined) return undefined;
  if (!known.announced && (known.state === 'offered' || known.state === 'started')) return known;
  if (known.state === 'offered' || (known.state === 'started' && !(await hasEnded(table, known)))) return undefined;
  return changePlan(table, plan.id, {
    state: 'offered',
    problems,
    offeredAt: plan.madeAt,
    announced: false,
    madeAt: plan.madeAt,
  });
}

async function hasEnded(table: Table, { rollout }: PlanRecord): Promise<boolean> {
  const head = rollout === undefined ? undefined : await readRollout(table, rollout);
  return head?.endedAt !== undefined;
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
