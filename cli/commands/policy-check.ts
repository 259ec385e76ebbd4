import { readArguments } from '../arguments.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { readSoundPolicy } from '../policy-file.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../words.ts';

export const usage = `drydock policy check <file>

  every error of a policy file with its line and path; exit code 1 if there is one
`;

/** Checks a policy file. Its errors are the report, so they go to stdout. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { positionals } = readArguments(args, {}, ['<file>']);
  const file = positionals[0] ?? '';
  const { policy } = await readSoundPolicy(file, terminal.write);
  const { mode, services, ignore, newer, alert, block } = policy;
  terminal.write(
    plainText(
      `${file} is sound: mode ${mode}, ${counted(services.length, 'rule')} for services, ${counted(ignore.length, 'exception')}, ${counted(newer.length, 'range')} of tags; told at once from ${alert.severity} on${alert.kev ? ' and for what is exploited' : ''}; ${block.severity === 'never' ? 'no severity blocks' : `${block.severity} blocks${block.fixable ? ' if it has a fix' : ''}`}`,
    ).concat('\n'),
  );
  return exitCodes.ok;
}
