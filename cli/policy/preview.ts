import { eligibleTags, modeOf, type Policy, tagRule } from '#shared/policy';
import { serviceName } from '../words.ts';
import { alerts, past } from './preview-alerts.ts';
import { accepted, ended, idle } from './preview-exceptions.ts';
import type { Preview, PreviewInput } from './preview-types.ts';
import { verdicts } from './preview-verdicts.ts';

/** Decides everything by both policies. Pure: the same functions that decide in earnest, on what the stack knows now. */
export function preview(input: PreviewInput): Preview {
  const { candidate, problems } = input;
  const open = problems.filter(({ state }) => state !== 'resolved');
  return {
    modes: modes(input),
    alerts: alerts(input, open),
    past: past(input),
    accepted: open.flatMap((problem) => accepted(input, candidate, problem)),
    endedExceptions: ended(input, open),
    idleExceptions: idle(input, open),
    verdicts: verdicts(input),
    plans: plans(input),
    tags: tags(input),
  };
}

export const modes = ({ workloads, current, candidate }: PreviewInput): Preview['modes'] =>
  workloads.map((workload) => {
    const { mode, why } = modeOf(candidate, workload);
    return { service: serviceName(workload.id), before: modeOf(current, workload).mode, after: mode, why };
  });

export function plans({ plans: offered, workloads, current, candidate }: PreviewInput): Preview['plans'] {
  const byId = new Map(workloads.map((workload) => [workload.id, workload]));
  return offered.flatMap((plan) =>
    plan.changes.flatMap((change) => {
      const workload = byId.get(change.workload);
      if (workload === undefined) return [];
      return [
        {
          plan: plan.id,
          service: serviceName(change.workload),
          before: becomes(modeOf(current, workload).mode),
          after: becomes(modeOf(candidate, workload).mode),
        },
      ];
    }),
  );
}

const becomes = (mode: Policy['mode']): string =>
  mode === 'auto' ? 'starts by itself' : mode === 'ask' ? 'waits for an approval' : 'is shown only';

export const tags = ({ candidate, names }: PreviewInput): Preview['tags'] =>
  names.flatMap(({ repository, tags: known }) => {
    const rule = tagRule(candidate, repository);
    return rule === undefined ? [] : [{ repository, rule: rule.tags, tags: eligibleTags(rule, known) }];
  });
