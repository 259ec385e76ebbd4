import type { ProblemKey } from '#shared/findings';
import { type Item, indexes, keys, packJson, type Table, unpackJson } from '#shared/store';
import type { Plan } from './plan-types.ts';
import { shortPlan } from './short-plan.ts';

/** A plan as it is kept: with what became of it. */
export interface PlanRecord {
  readonly plan: Plan;
  /** offered: newest for its workloads; superseded: another took its place; started: it became a rollout; moot: nothing of it is needed any more */
  readonly state: 'offered' | 'superseded' | 'started' | 'moot';
  /** problems that it closes, the one it was made for first */
  readonly problems: readonly ProblemKey[];
  /** when it was offered last, ISO */
  readonly offeredAt: string;
  /** whoever made it has told of it, and started what may start by itself; until then a repeated event does so */
  readonly announced: boolean;
  /** the rollout that it became, when it was started */
  readonly rollout?: string;
  readonly rev: number;
}

/** Packed bytes that one row of a plan holds at most; a plan for thousands of workloads has several rows. */
const partBytes = 300_000;

/**
 * Keeps a plan that is not there yet: its content first, in as many rows as it needs, the head last. The content is known by the plan's id, so that
 * two who write it write the same.
 */
export async function writeNewPlan(table: Table, record: PlanRecord): Promise<boolean> {
  const bytes = packJson(record.plan);
  const parts: Item[] = [];
  for (let from = 0; from < bytes.length; from += partBytes)
    parts.push({
      ...keys.planPart(record.plan.id, parts.length),
      bytes: new Uint8Array(bytes.subarray(from, from + partBytes)),
      at: record.offeredAt,
    });
  for (const item of parts) await table.put(item);
  return (await table.put(headItem(record, parts.length), { absent: true })) === 'written';
}

/** Writes what became of a plan if nobody else did since it was read; its content stays. */
export async function writePlanHead(table: Table, record: PlanRecord, was: PlanRecord): Promise<boolean> {
  const head = await table.get(keys.plan(record.plan.id), { consistent: true });
  if (head === undefined) return false;
  return (
    (await table.put(headItem(record, Number(head.parts)), { equals: { attribute: 'rev', value: was.rev } })) ===
    'written'
  );
}

/** What lists show stands in the head, so that they need not read what thousands of workloads are told. */
function headItem({ plan, state, problems, offeredAt, announced, rollout, rev }: PlanRecord, parts: number): Item {
  const short = shortPlan(plan);
  return {
    ...keys.plan(plan.id),
    parts,
    state,
    problems: packJson(problems),
    short: packJson(short),
    approvable: short.approvable,
    madeAt: plan.madeAt,
    offeredAt,
    announced,
    ...(rollout === undefined ? {} : { rollout }),
    rev,
    ...(state === 'offered' ? { ix: indexes.plans, ixs: `${offeredAt}#${plan.id}` } : {}),
  };
}

/** A plan by its id. */
export async function readPlan(table: Table, id: string): Promise<PlanRecord | undefined> {
  const head = await table.get(keys.plan(id), { consistent: true });
  if (head === undefined) return undefined;
  const parts: Buffer[] = [];
  for await (const item of table.query({ pk: keys.plan(id).pk, prefix: 'B#', consistent: true }))
    parts.push(Buffer.from(item.bytes as Uint8Array));
  const plan = unpackJson(Buffer.concat(parts.slice(0, Number(head.parts)))) as Plan;
  return {
    plan: { ...plan, madeAt: String(head.madeAt) },
    state: head.state as PlanRecord['state'],
    problems: unpackJson(Buffer.from(head.problems as Uint8Array)) as ProblemKey[],
    offeredAt: String(head.offeredAt),
    announced: head.announced === true,
    ...(typeof head.rollout === 'string' ? { rollout: head.rollout } : {}),
    rev: Number(head.rev),
  };
}

/** Moves a plan to another state, or says something else of it; undefined when it is not there. The same again changes nothing. */
export async function changePlan(
  table: Table,
  id: string,
  change: Partial<Pick<PlanRecord, 'state' | 'problems' | 'offeredAt' | 'announced' | 'rollout'>> & {
    readonly madeAt?: string;
  },
): Promise<PlanRecord | undefined> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const record = await readPlan(table, id);
    if (record === undefined) return undefined;
    const { madeAt, ...rest } = change;
    const same = Object.entries(rest).every(([name, value]) => record[name as keyof typeof rest] === value);
    if (same && (madeAt === undefined || record.plan.madeAt === madeAt)) return record;
    const plan = madeAt === undefined ? record.plan : { ...record.plan, madeAt };
    const next: PlanRecord = { ...record, ...rest, plan, rev: record.rev + 1 };
    if (await writePlanHead(table, next, record)) return next;
  }
  return readPlan(table, id);
}

/** Moves a plan to another state; undefined when it is not there. The same move again changes nothing. */
export const movePlan = (table: Table, id: string, state: PlanRecord['state']): Promise<PlanRecord | undefined> =>
  changePlan(table, id, { state });

/** Plans that are offered, whole, newest first. */
export async function* listPlans(table: Table): AsyncIterable<PlanRecord> {
  for await (const item of table.list(indexes.plans, { reverse: true })) {
    const record = await readPlan(table, item.pk.slice('L#'.length));
    if (record?.state === 'offered') yield record;
  }
}

/** The problems that a plan closes, for telling them how its rollout goes; the one it was made for if the plan is gone. */
export async function planProblems(table: Table, plan: string, made: ProblemKey): Promise<readonly ProblemKey[]> {
  return (await readPlan(table, plan))?.problems ?? [made];
}
