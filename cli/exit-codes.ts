/** How the command ends: a contract with scripts. */
export const exitCodes = {
  ok: 0,
  /** the tool, the network or the command line failed: nothing is known */
  failed: 1,
  /** what `--fail-on` names was found */
  threshold: 2,
  /** with `--strict`: the image could not be judged whole */
  incomplete: 3,
} as const;

/** One of the four ways to end. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command line that cannot be understood; the message says what to write instead. */
export class UsageError extends Error {
  readonly code = 'usage';
}

/** Something that the command needs and does not have; the message names it and says what to do. */
export class CommandFailed extends Error {
  readonly code = 'command-failed';
}
