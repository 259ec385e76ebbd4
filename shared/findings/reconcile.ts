import type { WorkloadId } from '#shared/fleet';
import { StoreError } from '#shared/store';
import { problemId } from './exposures.ts';
import { moveMembers } from './move-members.ts';
import { reconcileProblem } from './problem-store.ts';
import { settleTurns } from './settle-turns.ts';
import { sideBySide } from './side-by-side.ts';
import {
  endPart,
  forgetParts,
  joinTouched,
  keepTouched,
  lateTouches,
  owedBy,
  type TouchedProblem,
  type TouchPart,
} from './touch.ts';
import { beginTurns, type MovedTurn, type ReconcilePorts } from './turns.ts';

/**
 * How many workloads are made true together: fewer at first, so that what touches thousands stands soon; then enough that an image, a judgement and a
 * problem of many are looked at rarely, and few enough to hold in memory.
 */
const firstTogether = 25;
const together = 500;
const problemsAtOnce = 8;
/** So many problems of the first workloads are evaluated before the others are looked at. */
const soon = 16;
const rounds = 8;

/** Makes the problems of one workload true; see reconcileWorkloads. */
export const reconcileWorkload = (ports: ReconcilePorts, id: WorkloadId): Promise<void> =>
  reconcileWorkloads(ports, [id]);

/**
 * Makes the problems of workloads true: computes what each is exposed to from what it runs now, moves its membership in problems, and
 * evaluates each touched problem whole, once for all of them. Idempotent, safe to run twice at once and to be cut anywhere: a workload's own
 * list says that a change is under way, and names every row that may come of it, before the first of these rows is written; what an
 * interrupted run left half-done is gone through again. Changes are told through `ports.tell`, each problem once: what the first workloads
 * come to stands at once and is told when all of them have been looked at. A workload that fails keeps none of the others; the first error is
 * thrown at the end.
 *
 * @param part these workloads are a part of what one change touches (beginTouch): problems are told when its last part is done, whoever does that
 */
export async function reconcileWorkloads(
  ports: ReconcilePorts,
  ids: readonly WorkloadId[],
  part?: TouchPart,
): Promise<void> {
  const errors: unknown[] = [];
  let open: readonly WorkloadId[] = [...new Set(ids)];
  for (let round = 0; open.length > 0; round += 1) {
    if (round === rounds) {
      errors.push(
        new StoreError(
          'unavailable',
          `the problems of ${open.join(', ').slice(0, 500)}`,
          'what runs changes faster than it can be judged; this will be tried again',
        ),
      );
      break;
    }
    open = await reconcileRound(ports, open, part, errors).catch((error: unknown) => {
      errors.push(error);
      return [];
    });
  }
  // a part that failed is done again, who knows when: what is known so far is told without it
  if (part !== undefined && (errors.length > 0 || (await endPart(ports.table, part))))
    await tellTouch(ports, part.touch, errors);
  if (errors.length > 0) throw errors[0];
}

/** Tells what touches owe whose messages were lost or given up. `before`: what began later is still under way. */
export async function tellLateTouches(ports: ReconcilePorts, before: Date): Promise<void> {
  const errors: unknown[] = [];
  for (const touch of await lateTouches(ports.table, before)) {
    await forgetParts(ports.table, touch);
    await tellTouch(ports, touch, errors);
  }
  if (errors.length > 0) throw errors[0];
}

/** Returns the workloads that have to be looked at again: somebody else was at them meanwhile. */
async function reconcileRound(
  ports: ReconcilePorts,
  ids: readonly WorkloadId[],
  part: TouchPart | undefined,
  errors: unknown[],
): Promise<readonly WorkloadId[]> {
  const again: WorkloadId[] = [];
  const moved: MovedTurn[] = [];
  for (let from = 0, size = firstTogether; from < ids.length; from += size, size = together) {
    try {
      const begun = await beginTurns(ports, ids.slice(from, from + size), errors);
      const step = await moveMembers(ports, begun.on, errors);
      again.push(...begun.again, ...step.again);
      moved.push(...step.on);
      if (from === 0 && ids.length > size) {
        const first = [...joinTouched(step.on.flatMap(({ touched }) => touched)).values()].slice(0, soon);
        await evaluate(ports, first, errors, { later: true });
      }
    } catch (error) {
      errors.push(error);
    }
  }
  const touched = joinTouched(moved.flatMap((turn) => turn.touched));
  let failed: ReadonlySet<string> = new Set();
  if (part === undefined) failed = await evaluate(ports, touched.values(), errors);
  else await keepTouched(ports.table, part, touched, ports.now());
  const whole = moved.filter((turn) => !turn.touched.some(({ key }) => failed.has(problemId(key))));
  return [...again, ...(await settleTurns(ports, whole, errors)).again];
}

/** Each problem once, however many workloads touched it. Returns those that failed, by problemId. */
async function evaluate(
  ports: ReconcilePorts,
  problems: Iterable<TouchedProblem>,
  errors: unknown[],
  options: { readonly later?: boolean } = {},
): Promise<ReadonlySet<string>> {
  const failed = new Set<string>();
  await sideBySide(problems, problemsAtOnce, async ({ key, withdrawn, ...names }) => {
    try {
      await reconcileProblem(ports, key, withdrawn ?? false, { ...options, ...names });
    } catch (error) {
      failed.add(problemId(key));
      errors.push(error);
    }
  });
  return failed;
}

/** Evaluates and tells what a touch owes; a problem's notes go when it was told. */
async function tellTouch(ports: ReconcilePorts, touch: string, errors: unknown[]): Promise<void> {
  const owed = await owedBy(ports.table, touch);
  const failed = await evaluate(ports, owed, errors);
  const told = owed.filter(({ key }) => !failed.has(problemId(key)));
  await ports.table.batchWrite(
    [],
    told.flatMap(({ rows }) => rows),
  );
}
