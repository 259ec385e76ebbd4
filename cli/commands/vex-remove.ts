import { vexAnswer } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../words.ts';

export const usage = `drydock vex remove <id> [options]

  <id>             of a document that was imported (drydock vex list). What it says counts no more, and what it hid is shown again; who took it back and when
                   stays in drydock vex list --all

  --dry-run        only say which document would be taken back
${apiUsage}
  drydock vex remove https://vex.example/app
`;

/** Takes a VEX document back from a stack. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    { ...apiOptions, 'dry-run': { type: 'boolean', default: false } },
    ['<id>'],
  );
  const id = positionals[0] ?? '';
  const api = await openApi(values);
  const dry = values['dry-run'];
  const answer = await api.act('DELETE', `/vex/${encodeURIComponent(id)}${dry ? '?dryRun=true' : ''}`, vexAnswer);
  if (answer === undefined)
    throw new CommandFailed(`${api.describe} has no VEX document ${JSON.stringify(id)}; drydock vex list names them`);
  const done = dry ? 'would be taken back' : 'taken back';
  terminal.write(`${plainText(`${answer.id}: ${counted(answer.statements, 'statement')} ${done}`)}\n`);
  return exitCodes.ok;
}
