import type { ProblemKey } from '#shared/findings';
import type { Plan, PlanRecord, ShortPlan } from '#shared/remedy';

/** A plan, whole or cut, in the words of the page and the command line. */
export function planView(
  { plan, approvable, total }: ShortPlan,
  { state, problems }: Pick<PlanRecord, 'state'> & { readonly problems: readonly ProblemKey[] },
  most = Number.POSITIVE_INFINITY,
) {
  return {
    id: plan.id,
    state,
    title: plan.summary,
    verdict: plan.verdict,
    approvable,
    problems: problems.slice(0, most),
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
    total: { ...total, problems: problems.length },
  };
}
export type PlanView = ReturnType<typeof planView>;

const howOf = (how: 'force' | 'register'): string =>
  how === 'force' ? 'the same tag was pushed again: a new deployment' : 'a new revision of its definition';

const reasonsOf = (plan: Plan): string[] => [
  ...new Set(
    plan.changes.flatMap((change) => [change.why, ...change.asks, ...change.notes, `way back: ${change.rollback}`]),
  ),
];
