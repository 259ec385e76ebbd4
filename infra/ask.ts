import { createInterface } from 'node:readline/promises';

/** Asks for a yes. Without a terminal there is nobody to ask, and silence never acts: the answer is no. */
export async function confirmed(
  question: string,
  options: { readonly yes: boolean; readonly word: string },
): Promise<boolean> {
  if (options.yes) return true;
  if (!process.stdin.isTTY) {
    process.stderr.write('There is no terminal to ask on. Give --yes if you have read the above.\n');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`${question} Type "${options.word}": `)).trim() === options.word;
  } finally {
    terminal.close();
  }
}

/**
 * Says on stderr what went wrong, and gives the exit code: 2 for a command line that cannot be understood, else 1. AWS's refusals and missing
 * credentials are told as they are; anything else that is not `known` is a fault of ours and thrown on, with its stack.
 */
export function failed(error: unknown, known: readonly (new (...args: never[]) => Error)[]): number {
  if (!(error instanceof Error)) throw error;
  const ofCloud =
    '$metadata' in error || error.name === 'CredentialsProviderError' || /region is missing/i.test(error.message);
  if (!ofCloud && !known.some((kind) => error instanceof kind)) throw error;
  const advice =
    '$metadata' in error
      ? ''
      : '\nGive credentials and a region as for the AWS CLI, such as AWS_PROFILE and AWS_REGION.';
  process.stderr.write(`${error.message}${ofCloud ? advice : ''}\n`);
  return error.name === 'UsageError' ? 2 : 1;
}
