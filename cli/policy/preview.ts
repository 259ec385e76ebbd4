import { type Alert, alertOf } from '#shared/alerts';
import { type Problem, type ProblemChange, repositoryOf } from '#shared/findings';
import {
  eligibleTags,
  endsText,
  evaluate,
  exceptionFor,
  exceptionName,
  expired,
  modeOf,
  type Policy,
  tagRule,
  type Verdict,
} from '#shared/policy';
import type { FindingView, ImageView, PlanView, ProblemView, TimelineEvent, WorkloadView } from '../api-shapes.ts';
import { serviceName } from '../words.ts';

/** Everything that a preview is computed from: what the stack knows now, and its timeline. */
export interface PreviewInput {
  readonly current: Policy;
  readonly candidate: Policy;
  readonly workloads: readonly WorkloadView[];
  readonly problems: readonly ProblemView[];
  readonly plans: readonly PlanView[];
  /** what runs, by digest */
  readonly images: ReadonlyMap<string, ImageView>;
  /** names of all images that were read, for tag ranges */
  readonly names: readonly { readonly repository: string; readonly tags: readonly string[] }[];
  readonly events: readonly TimelineEvent[];
  readonly now: Date;
}

/** A thing under the policy in force and under the other one. */
export interface Change<T> {
  readonly before: T;
  readonly after: T;
}

/** What another policy would decide, beside what the one in force does. */
export interface Preview {
  readonly modes: readonly (Change<Policy['mode']> & { readonly service: string; readonly why: string })[];
  readonly alerts: {
    readonly open: number;
    readonly now: Change<number>;
    /** problems that are told under one policy and not under the other */
    readonly differ: readonly (Change<boolean> & { readonly header: string; readonly why: string })[];
  };
  readonly past: {
    readonly changes: number;
    readonly told: Change<number>;
    /** changes of problems that the stack does not have any more: they are not counted in `told` */
    readonly forgotten: number;
  };
  readonly accepted: readonly { readonly problem: string; readonly reason: string; readonly until: string }[];
  readonly endedExceptions: readonly string[];
  readonly idleExceptions: readonly string[];
  readonly verdicts: readonly (Change<Verdict['verdict']> & { readonly image: string; readonly why: string })[];
  readonly plans: readonly (Change<string> & { readonly plan: string; readonly service: string })[];
  readonly tags: readonly { readonly repository: string; readonly rule: string; readonly tags: readonly string[] }[];
}

/** Decides everything by both policies. Pure: the same functions that decide in earnest, on what the stack knows now. */
export function preview(input: PreviewInput): Preview {
  const { candidate, problems, now } = input;
  const open = problems.filter(({ state }) => state !== 'resolved');
  return {
    modes: modes(input),
    alerts: alerts(input, open),
    past: past(input),
    accepted: open.flatMap((problem) => accepted(input.workloads, candidate, problem, now)),
    endedExceptions: ended(input, open),
    idleExceptions: idle(input, open),
    verdicts: verdicts(input),
    plans: plans(input),
    tags: tags(input),
  };
}

const modes = ({ workloads, current, candidate }: PreviewInput): Preview['modes'] =>
  workloads.map((workload) => {
    const { mode, why } = modeOf(candidate, workload);
    return { service: serviceName(workload.id), before: modeOf(current, workload).mode, after: mode, why };
  });

function alerts(input: PreviewInput, open: readonly ProblemView[]): Preview['alerts'] {
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
  { workloads, now }: PreviewInput,
  policy: Policy,
  view: ProblemView,
  transitions: ProblemChange['transitions'],
): { readonly now: boolean; readonly why: string; readonly alert: Alert } {
  // the api sends the whole problem; the shape names what commands read
  const problem = view as unknown as Problem;
  const alert = alertOf(problem, transitions, {
    threshold: policy.alert,
    modes: Object.fromEntries(workloads.map((workload) => [workload.id, modeOf(policy, workload).mode])),
    now: now.toISOString(),
  });
  const everywhere = [...view.workloads, ...view.acceptedBy];
  const free = everywhere.filter((service) => exceptionOf(workloads, policy, view, service, now) === undefined);
  if (everywhere.length > 0 && free.length === 0)
    return { now: false, why: 'accepted by an exception wherever it runs', alert };
  return { now: alert.urgency.now, why: alert.urgency.reason, alert };
}

/** What exceptions say of a problem on a workload, as far as the api tells what it depends on: not where packages lie in images. */
const decisionOf = (
  workloads: readonly WorkloadView[],
  policy: Policy,
  problem: ProblemView,
  workload: string,
  now: Date,
) => {
  const digests = problem.exposures.find((exposure) => exposure.workload === workload)?.digests ?? [];
  const [repository, ...others] = repositoriesOf(workloads, workload, digests);
  return exceptionFor(
    policy.ignore,
    {
      aliases: [problem.vulnerability, ...problem.aliases, ...problem.records],
      package: problem.package,
      service: serviceName(workload),
      malicious: problem.malicious,
      // of several only a scope that holds for each would do
      ...(repository === undefined || others.length > 0 ? {} : { repository }),
      ...(digests.length === 1 ? { digests } : {}),
      ...(problem.fixedIn === undefined ? {} : { fixedIn: problem.fixedIn }),
      ...(problem.kev === undefined ? {} : { exploitedSince: problem.kev.dateAdded }),
      ...(problem.epss === undefined ? {} : { epss: problem.epss.score }),
    },
    now,
  );
};

const exceptionOf = (...given: Parameters<typeof decisionOf>) => decisionOf(...given).exception;

function repositoriesOf(workloads: readonly WorkloadView[], id: string, digests: readonly string[]): readonly string[] {
  const containers = workloads.find((workload) => workload.id === id)?.containers ?? [];
  const own = containers.filter(({ digest }) => digest !== undefined && digests.includes(digest));
  return [...new Set((own.length > 0 ? own : containers).map(({ image }) => repositoryOf(image)))];
}

function past(input: PreviewInput): Preview['past'] {
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

function accepted(
  workloads: readonly WorkloadView[],
  policy: Policy,
  problem: ProblemView,
  now: Date,
): Preview['accepted'] {
  return [...problem.workloads, ...problem.acceptedBy].flatMap((workload) => {
    const exception = exceptionOf(workloads, policy, problem, workload, now);
    if (exception === undefined) return [];
    const name = `${problem.vulnerability} in ${problem.package}, ${serviceName(workload)}`;
    return [{ problem: name, reason: exception.reason, until: endsText(exception) }];
  });
}

/** Exceptions whose last day is over, and those that something open would need and that have ended by it. */
function ended({ candidate, now, workloads }: PreviewInput, open: readonly ProblemView[]): string[] {
  const past = expired(candidate.ignore, now);
  const others = open.flatMap((problem) =>
    [...problem.workloads, ...problem.acceptedBy]
      .flatMap((workload) => decisionOf(workloads, candidate, problem, workload, now).ended)
      .filter(({ exception }) => !past.includes(exception))
      .map(({ exception, why }) => `${exceptionName(exception)} (${why})`),
  );
  return [...past.map((each) => `${exceptionName(each)} (until ${each.until})`), ...new Set(others)];
}

/** Exceptions that hold and that nothing open needs. */
function idle({ candidate, now, workloads }: PreviewInput, open: readonly ProblemView[]): string[] {
  const ended = new Set(expired(candidate.ignore, now));
  return candidate.ignore
    .filter((exception) => !ended.has(exception))
    .filter(
      (exception) =>
        !open.some((problem) =>
          [...problem.workloads, ...problem.acceptedBy].some((workload) => {
            const found = decisionOf(workloads, { ...candidate, ignore: [exception] }, problem, workload, now);
            return found.exception !== undefined || found.ended.length > 0;
          }),
        ),
    )
    .map(exceptionName);
}

function verdicts(input: PreviewInput): Preview['verdicts'] {
  const exploited = new Set(
    input.problems.filter(({ kev }) => kev !== undefined).map(({ vulnerability }) => vulnerability),
  );
  return input.workloads.flatMap((workload) =>
    workload.runningDigests.flatMap((digest) => {
      const image = input.images.get(digest);
      if (image === undefined) return [];
      const [place] = image.names;
      const view = {
        ...(place === undefined ? {} : { repository: `${place.registry}/${place.repository}` }),
        service: serviceName(workload.id),
        coverage: image.coverage,
        findings: image.findings.map((finding) => judgedFinding(finding, exploited)),
      };
      const before = evaluate(input.current, view, input.now);
      const after = evaluate(input.candidate, view, input.now);
      const name =
        place === undefined
          ? digest.slice(0, 19)
          : `${place.repository}${place.tags[0] === undefined ? `@${digest.slice(0, 19)}` : `:${place.tags[0]}`}`;
      const others = after.reasons.length > 1 ? `, and ${after.reasons.length - 1} more` : '';
      return [
        {
          image: `${serviceName(workload.id)} ${name}`,
          before: before.verdict,
          after: after.verdict,
          why: `${after.reasons[0]?.text ?? 'nothing speaks against it'}${others}`,
        },
      ];
    }),
  );
}

const judgedFinding = (finding: FindingView, exploited: ReadonlySet<string>) => ({
  vulnerability: finding.vulnerability,
  aliases: finding.aliases,
  package: finding.package.matchedName,
  severity: finding.severity.level,
  ...(finding.fixedIn === undefined ? {} : { fixedIn: finding.fixedIn }),
  kev: exploited.has(finding.vulnerability),
  malicious: finding.malicious,
});

function plans({ plans: offered, workloads, current, candidate }: PreviewInput): Preview['plans'] {
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

const tags = ({ candidate, names }: PreviewInput): Preview['tags'] =>
  names.flatMap(({ repository, tags: known }) => {
    const rule = tagRule(candidate, repository);
    return rule === undefined ? [] : [{ repository, rule: rule.tags, tags: eligibleTags(rule, known) }];
  });
