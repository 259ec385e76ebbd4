import { repositoryOf } from '#shared/findings';
import { endsText, exceptionFor, exceptionName, expired, type Policy } from '#shared/policy';
import type { ProblemView, WorkloadView } from '../api-shapes.ts';
import { serviceName } from '../words.ts';
import type { Preview, PreviewInput } from './preview-types.ts';

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

/** The exception that accepts a problem on a workload. */
export const exceptionOf = (...given: Parameters<typeof decisionOf>) => decisionOf(...given).exception;

function repositoriesOf(workloads: readonly WorkloadView[], id: string, digests: readonly string[]): readonly string[] {
  const containers = workloads.find((workload) => workload.id === id)?.containers ?? [];
  const own = containers.filter(({ digest }) => digest !== undefined && digests.includes(digest));
  return [...new Set((own.length > 0 ? own : containers).map(({ image }) => repositoryOf(image)))];
}

/** What exceptions of the policy accept of a problem, by workload. */
export function accepted(
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
export function ended({ candidate, now, workloads }: PreviewInput, open: readonly ProblemView[]): string[] {
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
export function idle({ candidate, now, workloads }: PreviewInput, open: readonly ProblemView[]): string[] {
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
