import { type ProblemKey, problemId } from '#shared/findings';
import { type Item, indexes, keyId, keys, type Table, unpackJson } from '#shared/store';
import { type PlanRecord, readPlan } from './plan-store.ts';
import { type ShortPlan, shortPlan } from './short-plan.ts';

/** An offered plan where the list has it, cut to what a list shows. */
export interface ListedPlan extends ShortPlan {
  /** its place in the order, which it keeps while it is offered: when it was offered */
  readonly place: string;
  readonly state: PlanRecord['state'];
  readonly problems: readonly ProblemKey[];
}

/** Plans that are offered, the newest first, for screens; with `after` those behind that place. Only their heads are read. */
export async function* plansFrom(table: Table, after?: string): AsyncIterable<ListedPlan> {
  const from = { reverse: true, ...(after === undefined ? {} : { after }) };
  for await (const item of table.list(indexes.plans, from)) {
    const short = await shortOf(table, item);
    if (short === undefined) continue;
    yield {
      ...short,
      place: String(item.ixs),
      state: item.state as PlanRecord['state'],
      problems: unpackJson(Buffer.from(item.problems as Uint8Array)) as ProblemKey[],
    };
  }
}

/** Heads of older versions have no cut plan beside them. */
async function shortOf(table: Table, { pk, short }: Item): Promise<ShortPlan | undefined> {
  if (short instanceof Uint8Array) return unpackJson(Buffer.from(short)) as ShortPlan;
  const record = await readPlan(table, pk.slice('L#'.length));
  return record === undefined ? undefined : shortPlan(record.plan);
}

/** How many plans are offered, and how many of these wait for a yes. */
export async function countPlans(table: Table): Promise<{ readonly offered: number; readonly waiting: number }> {
  let offered = 0;
  let waiting = 0;
  for await (const { approvable } of table.list(indexes.plans)) {
    offered += 1;
    waiting += approvable === true ? 1 : 0;
  }
  return { offered, waiting };
}

/** The plan that is offered for each of these problems, by `problemId`; for screens. */
export async function offeredFor(
  table: Table,
  problems: readonly ProblemKey[],
): Promise<ReadonlyMap<string, { readonly id: string; readonly approvable: boolean }>> {
  const rowOf = ({ finding, shard, name }: ProblemKey) => keys.problemPlan(finding, shard, name);
  const pointers = await table.batchGet(problems.map(rowOf));
  const plans = new Map(pointers.map((item) => [keyId(item), String(item.plan)]));
  const heads = await table.batchGet([...new Set(plans.values())].map((id) => keys.plan(id)));
  const offered = new Map(heads.filter(({ state }) => state === 'offered').map((item) => [item.pk, item]));
  return new Map(
    problems.flatMap((key) => {
      const id = plans.get(keyId(rowOf(key)));
      const head = id === undefined ? undefined : offered.get(keys.plan(id).pk);
      return id === undefined || head === undefined
        ? []
        : [[problemId(key), { id, approvable: head.approvable === true }] as const];
    }),
  );
}
