/** How the command ends: a contract with scripts. */
export const exitCodes = {
  ok: 0,
  /** the tool, the network or the command line failed: nothing is known */
  failed: 1,
  /** what `--fail-on` names was found */
  threshold: 2,
  /** with `--strict`: the image could not be judged whole; with `--platform all`: not every image of the index could be read */
  incomplete: 3,
} as const;

/** One of the four ways to end. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What help says of them. */
export const exitCodesUsage = `exit codes: 0 ok, 1 failed, 2 a threshold of --fail-on is reached, 3 incomplete: with --strict not all of it could be judged,
            or with --platform all not every image of the index could be read
`;

/** A command line that cannot be understood; the message says what to write instead. */
export class UsageError extends Error {
  readonly code = 'usage';
}

/** Something that the command needs and does not have; the message names it and says what to do. */
export class CommandFailed extends Error {
  readonly code = 'command-failed';
}
