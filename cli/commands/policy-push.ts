import { savedPolicy } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { errorLines, readSoundPolicy } from '../policy-file.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../words.ts';

export const usage = `drydock policy push <file> [options]

  puts a policy file in force; one with an error is refused, and the last good one stays

${apiUsage}
  drydock policy preview policy.yml && drydock policy push policy.yml
`;

/** Puts a policy in force. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, apiOptions, ['<file>']);
  const file = positionals[0] ?? '';
  const { text } = await readSoundPolicy(file, terminal.write);
  const api = await openApi(values);
  const answer = await api.act('PUT', '/policy', savedPolicy, text);
  if (answer?.saved === true) {
    terminal.write(`${file} is in force${answer.state === undefined ? '' : ` as revision ${answer.state.rev}`}\n`);
    return exitCodes.ok;
  }
  const errors = answer?.errors ?? [];
  terminal.write(errorLines(file, errors));
  throw new CommandFailed(
    `${api.describe} refuses ${file} for ${counted(errors.length, 'error')}; the policy before stays in force`,
  );
}
