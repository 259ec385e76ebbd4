import { readFile, stat } from 'node:fs/promises';
import { maxPolicyBytes, type Policy, type PolicyProblem, parsePolicy, problemText } from '#shared/policy';
import { CommandFailed } from './exit-codes.ts';
import { plainText } from './plain-text.ts';
import { counted } from './words.ts';

/** A policy file as it was read. */
export interface PolicyFile {
  readonly text: string;
  /** undefined: it has errors */
  readonly policy?: Policy;
  readonly errors: readonly PolicyProblem[];
}

/** Reads a policy file and everything that is wrong with it. Throws CommandFailed when it cannot be read at all. */
export async function readPolicyFile(file: string): Promise<PolicyFile> {
  try {
    const { size } = await stat(file);
    if (size > 4 * maxPolicyBytes)
      throw new CommandFailed(`${file} has ${size} bytes and is no policy; name another file`);
    const text = await readFile(file, 'utf8');
    const parsed = parsePolicy(text);
    return 'policy' in parsed ? { text, policy: parsed.policy, errors: [] } : { text, errors: parsed.errors };
  } catch (cause) {
    if (cause instanceof CommandFailed) throw cause;
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new CommandFailed(`${JSON.stringify(file)} cannot be read (${why}); name a policy file`, { cause });
  }
}

/** Every error on its line, as compilers write them: `policy.yml:3:9: services[0].mode: …`. */
export const errorLines = (file: string, errors: readonly PolicyProblem[]): string =>
  `${errors
    .map((error) =>
      plainText(`${file}:${error.line}:${error.column}: ${problemText(error).replace(/^line \d+, column \d+: /, '')}`),
    )
    .join('\n')}\n`;

/** The same policy file, or CommandFailed after its errors were written. */
export async function readSoundPolicy(
  file: string,
  write: (text: string) => void,
): Promise<{ readonly text: string; readonly policy: Policy }> {
  const { text, policy, errors } = await readPolicyFile(file);
  if (policy !== undefined) return { text, policy };
  write(errorLines(file, errors));
  throw new CommandFailed(
    `${file} has ${counted(errors.length, 'error')} and is not used; mend ${errors.length === 1 ? 'it' : 'them'} and try again`,
  );
}
