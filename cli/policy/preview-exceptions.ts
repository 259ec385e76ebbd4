import { repositoryOf } from '#shared/findings';
import {
  endsText,
  exceptionFor,
  exceptionName,
  exceptionsAbout,
  expired,
  globMatches,
  type Policy,
} from '#shared/policy';
import type { ExposureView, ProblemView, WorkloadView } from '../api-shapes.ts';
import { serviceName } from '../words.ts';
import type { Preview, PreviewInput } from './preview-types.ts';

/** What a decision is made from beside the policy and the problem. */
type Known = Pick<PreviewInput, 'workloads' | 'images' | 'now'>;

/** What exceptions say of a problem on a workload, as far as the api tells what it depends on. */
const decisionOf = ({ workloads, images, now }: Known, policy: Policy, problem: ProblemView, workload: string) => {
  const exposure = exposureIn(problem.exposures, workload);
  const digests = exposure?.digests ?? [];
  const [repository, ...others] = repositoriesOf(workloads, workload, digests);
  return exceptionFor(
    policy.ignore,
    {
      aliases: idsOf(problem),
      package: problem.package,
      service: serviceName(workload),
      malicious: problem.malicious,
      paths: pathsOf(images, problem, digests),
      // of several only a scope that holds for each would do
      ...(repository === undefined || others.length > 0 ? {} : { repository }),
      ...(digests.length === 1 ? { digests } : {}),
      ...(problem.fixedIn === undefined ? {} : { fixedIn: problem.fixedIn }),
      ...(problem.kev === undefined ? {} : { exploitedSince: problem.kev.dateAdded }),
      ...(problem.epss === undefined ? {} : { epss: problem.epss.score }),
      ...(exposure?.exposed?.reach === 'internet' ? { exposed: exposure.exposed.why } : {}),
    },
    now,
  );
};

const idsOf = ({ vulnerability, aliases, records }: ProblemView) => [vulnerability, ...aliases, ...records];

/** Whether an exception of the policy names a problem, so that its scope and end decide: all of the problem's workloads must be known then. */
export const namedBy = (policy: Policy, problem: ProblemView): boolean =>
  exceptionsAbout(policy.ignore, { aliases: idsOf(problem), malicious: problem.malicious }).some(
    ({ scope }) => scope.package === undefined || globMatches(scope.package, problem.package),
  );

/** Finds in lists of thousands, of which each is indexed when it is first seen. */
function findBy<T extends object>(idOf: (each: T) => string): (all: readonly T[], id: string) => T | undefined {
  const indexed = new WeakMap<readonly T[], ReadonlyMap<string, T>>();
  return (all, id) => {
    const known = indexed.get(all) ?? new Map(all.map((each) => [idOf(each), each]));
    indexed.set(all, known);
    return known.get(id);
  };
}

const exposureIn = findBy<ExposureView>(({ workload }) => workload);
const workloadIn = findBy<WorkloadView>(({ id }) => id);

/** Everywhere that the packages of a problem lie in the images that a workload runs; none if one of these images was not read: its paths could be others. */
function pathsOf(images: Known['images'], { key }: ProblemView, digests: readonly string[]): string[] {
  const paths: string[] = [];
  for (const digest of digests) {
    const image = images.get(digest);
    if (image === undefined) return [];
    const found = new Set(
      image.findings.flatMap((finding) => (finding.id === key.finding ? [keyText(finding.key)] : [])),
    );
    for (const each of image.packageList) if (found.has(keyText(each.key))) paths.push(each.path);
  }
  return paths;
}

const keyText = (key: Readonly<Record<string, unknown>> | undefined): string =>
  JSON.stringify(Object.entries(key ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The exception that accepts a problem on a workload. */
export const exceptionOf = (...given: Parameters<typeof decisionOf>) => decisionOf(...given).exception;

function repositoriesOf(workloads: readonly WorkloadView[], id: string, digests: readonly string[]): readonly string[] {
  const containers = workloadIn(workloads, id)?.containers ?? [];
  const own = containers.filter(({ digest }) => digest !== undefined && digests.includes(digest));
  return [...new Set((own.length > 0 ? own : containers).map(({ image }) => repositoryOf(image)))];
}

/** What exceptions of the policy accept of a problem, by workload. */
export function accepted(known: Known, policy: Policy, problem: ProblemView): Preview['accepted'] {
  return [...problem.workloads, ...problem.acceptedBy].flatMap((workload) => {
    const exception = exceptionOf(known, policy, problem, workload);
    if (exception === undefined) return [];
    const name = `${problem.vulnerability} in ${problem.package}, ${serviceName(workload)}`;
    return [{ problem: name, reason: exception.reason, until: endsText(exception) }];
  });
}

/** Exceptions whose last day is over, and those that something open would need and that have ended by it. */
export function ended(input: PreviewInput, open: readonly ProblemView[]): string[] {
  const { candidate, now } = input;
  const past = expired(candidate.ignore, now);
  const others = open.flatMap((problem) =>
    [...problem.workloads, ...problem.acceptedBy]
      .flatMap((workload) => decisionOf(input, candidate, problem, workload).ended)
      .filter(({ exception }) => !past.includes(exception))
      .map(({ exception, why }) => `${exceptionName(exception)} (${why})`),
  );
  return [...past.map((each) => `${exceptionName(each)} (until ${each.until})`), ...new Set(others)];
}

/** Exceptions that hold and that nothing open needs. */
export function idle(input: PreviewInput, open: readonly ProblemView[]): string[] {
  const { candidate, now } = input;
  const ended = new Set(expired(candidate.ignore, now));
  return candidate.ignore
    .filter((exception) => !ended.has(exception))
    .filter(
      (exception) =>
        !open.some((problem) =>
          [...problem.workloads, ...problem.acceptedBy].some((workload) => {
            const found = decisionOf(input, { ...candidate, ignore: [exception] }, problem, workload);
            return found.exception !== undefined || found.ended.length > 0;
          }),
        ),
    )
    .map(exceptionName);
}
