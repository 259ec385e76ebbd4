import { globMatches } from './glob.ts';
import type { Exception } from './types.ts';

/** What an exception is asked about: a vulnerability under all of its ids, and where it was found. */
export interface ExceptionSubject {
  readonly aliases: readonly string[];
  readonly package: string;
  /** `team/app`, or with its registry in front: a glob may name either */
  readonly repository?: string;
  /** `cluster/name` */
  readonly service?: string;
  readonly path?: string;
}

/** The first moment at which it holds no more: the end of its last day, UTC. */
export const endOf = (exception: Exception): Date =>
  new Date(Date.parse(`${exception.until}T00:00:00Z`) + 24 * 60 * 60 * 1000);

/** Exceptions that hold no more. */
export const expired = (exceptions: readonly Exception[], now: Date): Exception[] =>
  exceptions.filter((exception) => endOf(exception) <= now);

/**
 * The exception that accepts a finding now: by any alias, within its scope, before its end. `expired` names those that would have; they accept nothing and are
 * to be shown.
 */
export function exceptionFor(
  exceptions: readonly Exception[],
  subject: ExceptionSubject,
  now: Date,
): { readonly exception?: Exception; readonly expired: readonly Exception[] } {
  const ids = new Set(subject.aliases.map((alias) => alias.toLowerCase()));
  const fitting = exceptions.filter(
    (exception) => ids.has(exception.id.toLowerCase()) && inScope(exception.scope, subject),
  );
  const past = expired(fitting, now);
  const exception = fitting.find((each) => !past.includes(each));
  return { ...(exception === undefined ? {} : { exception }), expired: past };
}

function inScope(scope: Exception['scope'], subject: ExceptionSubject): boolean {
  const within = (glob: string | undefined, ...texts: readonly (string | undefined)[]): boolean =>
    glob === undefined || texts.some((text) => text !== undefined && globMatches(glob, text));
  const { repository } = subject;
  const withoutRegistry =
    repository !== undefined && /^[^/]*[.:][^/]*\//.test(repository)
      ? repository.slice(repository.indexOf('/') + 1)
      : undefined;
  return (
    within(scope.package, subject.package) &&
    within(scope.repository, repository, withoutRegistry) &&
    within(scope.service, subject.service) &&
    within(scope.path, subject.path)
  );
}
