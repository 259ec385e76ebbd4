import type { Plan } from './plan-types.ts';

/** A plan as lists show it: the first of all that it names, and how many there are of each. */
export interface ShortPlan {
  readonly plan: Plan;
  /** some of its changes wait for a yes */
  readonly approvable: boolean;
  readonly total: {
    readonly workloads: number;
    /** containers that change */
    readonly changes: number;
    readonly closes: number;
    readonly remaining: number;
    readonly rejected: number;
    readonly unhelped: number;
  };
}

/** Of a plan for thousands of workloads nobody reads more in a list. */
const mostNamed = 20;
const mostBytes = 50_000;

/** The first of a list, by their number and by their bytes as JSON; one is always taken. */
export function firstOf<T>(
  list: readonly T[],
  { count, bytes }: { readonly count: number; readonly bytes: number },
): readonly T[] {
  let left = bytes;
  const end = list.slice(0, count).findIndex((entry, at) => {
    left -= Buffer.byteLength(JSON.stringify(entry)) + 1;
    return left < 0 && at > 0;
  });
  return list.slice(0, end === -1 ? count : end);
}

/** Cuts a plan to what a list shows. Pure. */
export function shortPlan(plan: Plan): ShortPlan {
  const few = <T>(list: readonly T[]): readonly T[] => firstOf(list, { count: mostNamed, bytes: mostBytes });
  const { changes, closes, remaining, rejected, unhelped } = plan;
  return {
    plan: {
      ...plan,
      changes: few(changes),
      closes: few(closes),
      remaining: few(remaining),
      rejected: few(rejected.map((each) => ({ ...each, workloads: few(each.workloads) }))),
      unhelped: few(unhelped),
    },
    approvable: changes.some(({ verdict }) => verdict === 'needs-approval'),
    total: {
      workloads: changes.length,
      changes: changes.reduce((sum, { containers }) => sum + containers.length, 0),
      closes: closes.length,
      remaining: remaining.length,
      rejected: rejected.length,
      unhelped: unhelped.length,
    },
  };
}
