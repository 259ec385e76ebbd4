import { globMatches } from './glob.ts';
import type { Exception } from './types.ts';

/** What an exception is asked about: a vulnerability under all of its ids, where it was found, and what may have ended the exception. */
export interface ExceptionSubject {
  readonly aliases: readonly string[];
  readonly package: string;
  /** `team/app`, or with its registry in front: a glob may name either */
  readonly repository?: string;
  /** `cluster/name` */
  readonly service?: string;
  /** everywhere that the package lies in the image; a path's glob must match all of them */
  readonly paths?: readonly string[];
  /** of the image, and of the indexes that list it */
  readonly digests?: readonly string[];
  readonly fixedIn?: string;
  /** when it was known to be exploited (CISA KEV), YYYY-MM-DD */
  readonly exploitedSince?: string;
  /** how likely an exploit is (EPSS), 0 to 1 */
  readonly epss?: number;
  /** how the internet reaches the service: `load balancer shop-alb (internet-facing)`; absent where it does not, or where that is not known */
  readonly exposed?: string;
  /** the package itself is malware, which only an exception that names its record accepts */
  readonly malicious?: boolean;
}

/** An exception that would have accepted a finding, and what ended it. */
export interface EndedException {
  readonly exception: Exception;
  /** `2026-12-31 was its last day`, `it is fixed in 1.2` */
  readonly why: string;
}

/** The first moment at which its last day is over (UTC); undefined: no day ends it. */
export const endOf = ({ until }: Exception): Date | undefined =>
  until === undefined ? undefined : new Date(Date.parse(`${until}T00:00:00Z`) + 24 * 60 * 60 * 1000);

/** Exceptions whose last day is over; other ends depend on the finding. */
export const expired = (exceptions: readonly Exception[], now: Date): Exception[] =>
  exceptions.filter((exception) => {
    const end = endOf(exception);
    return end !== undefined && end <= now;
  });

/** How people call it: its vulnerability, else what it is about. */
export const exceptionName = ({ id, scope }: Exception): string =>
  id ?? `everything in ${scope.package ?? scope.path ?? 'its scope'}`;

/** Everything that ends it, in words: `2026-12-31, a fix or EPSS 0.1`. */
export function endsText({ until, untilFixed, untilKev, untilEpss, untilExposed }: Exception): string {
  const ends = [
    ...(until === undefined ? [] : [until]),
    ...(untilFixed === undefined ? [] : ['a fix']),
    ...(untilKev === undefined ? [] : ['an exploit (CISA KEV)']),
    ...(untilEpss === undefined ? [] : [`EPSS ${untilEpss}`]),
    ...(untilExposed === undefined ? [] : ['a way in from the internet']),
  ];
  return ends.length < 2 ? ends.join('') : `${ends.slice(0, -1).join(', ')} or ${ends.at(-1)}`;
}

/**
 * The exception that accepts a finding now: by any alias, within its scope, before its ends. `ended` are those that would have; they accept nothing
 * and are to be shown with why. Pure: an end that depends on the world (a fix, an exploit, a likelihood) is whatever the subject says of it.
 */
export function exceptionFor(
  exceptions: readonly Exception[],
  subject: ExceptionSubject,
  now: Date,
): { readonly exception?: Exception; readonly ended: readonly EndedException[] } {
  const ended: EndedException[] = [];
  let exception: Exception | undefined;
  for (const each of exceptionsAbout(exceptions, subject)) {
    if (!inScope(each.scope, subject)) continue;
    const why = endedBy(each, subject, now);
    if (why === undefined) exception ??= each;
    else ended.push({ exception: each, why });
  }
  return { ...(exception === undefined ? {} : { exception }), ended };
}

/** Exceptions that name the vulnerability, or none: what may accept it, before any scope is looked at. */
export function exceptionsAbout(
  exceptions: readonly Exception[],
  { aliases, malicious }: Pick<ExceptionSubject, 'aliases' | 'malicious'>,
): readonly Exception[] {
  const ids = new Set(aliases.map((alias) => alias.toLowerCase()));
  return exceptions.filter(({ id }) => (id === undefined ? malicious !== true : ids.has(id.toLowerCase())));
}

function endedBy(exception: Exception, subject: ExceptionSubject, now: Date): string | undefined {
  const { until, untilFixed, untilKev, untilEpss, untilExposed } = exception;
  const { fixedIn, exploitedSince, epss, exposed } = subject;
  const end = endOf(exception);
  if (end !== undefined && end <= now) return `${until} was its last day`;
  if (untilFixed === true && fixedIn !== undefined) return `it is fixed in ${fixedIn}`;
  if (untilKev === true && exploitedSince !== undefined)
    return `it is known to be exploited since ${exploitedSince} (CISA KEV)`;
  if (untilEpss !== undefined && epss !== undefined && epss >= untilEpss)
    return `an exploit has become likely: EPSS ${epss} is at least ${untilEpss}`;
  if (untilExposed === true && exposed !== undefined) return `the internet reaches it: ${exposed}`;
  return undefined;
}

function inScope(scope: Exception['scope'], subject: ExceptionSubject): boolean {
  const within = (glob: string | undefined, ...texts: readonly (string | undefined)[]): boolean =>
    glob === undefined || texts.some((text) => text !== undefined && globMatches(glob, text));
  const { repository, paths = [], digests = [] } = subject;
  const withoutRegistry =
    repository !== undefined && /^[^/]*[.:][^/]*\//.test(repository)
      ? repository.slice(repository.indexOf('/') + 1)
      : undefined;
  return (
    within(scope.package, subject.package) &&
    within(scope.repository, repository, withoutRegistry) &&
    within(scope.service, subject.service) &&
    (scope.path === undefined ||
      (paths.length > 0 && paths.every((path) => within(rootless(scope.path), rootless(path))))) &&
    (scope.digest === undefined || digests.includes(scope.digest))
  );
}

/** Paths of images are written with and without the slash of their root. */
const rootless = <T extends string | undefined>(path: T): T => path?.replace(/^\/+/, '') as T;
