import { type Alert, alertOf } from '#shared/alerts';
import type { Problem, ProblemChange } from '#shared/findings';
import type { Policy } from '#shared/policy';
import type { ProblemView } from '../api-shapes.ts';
import { exceptionOf } from './preview-exceptions.ts';
import type { Preview, PreviewInput } from './preview-types.ts';

/** Which open problems would be told at once under each policy. */
export function alerts(input: PreviewInput, open: readonly ProblemView[]): Preview['alerts'] {
  const compared = open.map((problem) => {
    const before = told(input, input.current, problem, []);
    const after = told(input, input.candidate, problem, []);
    return { header: after.alert.header, before: before.now, after: after.now, why: after.why };
  });
  return {
    open: open.length,
    now: {
      before: compared.filter(({ before }) => before).length,
      after: compared.filter(({ after }) => after).length,
    },
    differ: compared.filter(({ before, after }) => before !== after),
  };
}

/** Whether a problem is told at once: the alert's own decision, unless an exception accepts it wherever it runs. */
function told(
  input: PreviewInput,
  policy: Policy,
  view: ProblemView,
  transitions: ProblemChange['transitions'],
): { readonly now: boolean; readonly why: string; readonly alert: Alert } {
  const { now } = input;
  // the api sends the whole problem; the shape names what commands read
  const problem = view as unknown as Problem;
  const alert = alertOf(problem, transitions, {
    threshold: policy.alert,
    // they decide what happens next, which nobody reads here
    modes: {},
    running: view.total.workloads,
    now: now.toISOString(),
  });
  const everywhere = [...view.workloads, ...view.acceptedBy];
  const free = everywhere.filter((service) => exceptionOf(input, policy, view, service) === undefined);
  if (everywhere.length > 0 && free.length === 0)
    return { now: false, why: 'accepted by an exception wherever it runs', alert };
  return { now: alert.urgency.now, why: alert.urgency.reason, alert };
}

/** How many of the changes that the timeline has would have been told at once under each policy. */
export function past(input: PreviewInput): Preview['past'] {
  const byKey = new Map(input.problems.map((problem) => [keyText(problem.key), problem]));
  const changes = input.events.filter(({ type }) => type === 'ProblemChanged');
  let forgotten = 0;
  const counts = { before: 0, after: 0 };
  for (const { detail } of changes) {
    const known = byKey.get(keyText(detail.key));
    const transitions = transitionsOf(detail.transitions);
    if (known === undefined || transitions === undefined) {
      forgotten += 1;
      continue;
    }
    const then = { ...known, severity: { ...known.severity, level: levelOf(detail.severity) ?? known.severity.level } };
    if (told(input, input.current, then, transitions).now) counts.before += 1;
    if (told(input, input.candidate, then, transitions).now) counts.after += 1;
  }
  return { changes: changes.length, told: counts, forgotten };
}

function keyText(key: unknown): string {
  if (typeof key !== 'object' || key === null) return '';
  const { finding, shard, name } = key as Partial<Record<'finding' | 'shard' | 'name', unknown>>;
  return JSON.stringify([finding, shard, name]);
}

const transitionsOf = (value: unknown): ProblemChange['transitions'] | undefined =>
  Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null && 'transition' in each)
    ? (value as ProblemChange['transitions'])
    : undefined;

const levels = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;

const levelOf = (value: unknown) => levels.find((level) => level === value);
