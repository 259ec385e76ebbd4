import { anything } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import type { Terminal } from '../terminal.ts';
import { findRollout } from './rollout.ts';

export const usage = `drydock rollout stop <rollout> [options]

  begins nothing new of a rollout; what is under way is watched to its end

${apiUsage}`;

/** Stops a rollout. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, apiOptions, ['<rollout>']);
  const api = await openApi(values);
  const found = await findRollout(api, positionals[0] ?? '');
  if (found.ended) throw new CommandFailed(`the rollout ${found.id} is over already: ${found.state}`);
  const answer = await api.act('POST', `/rollouts/${encodeURIComponent(found.id)}/stop`, anything);
  if (answer === undefined) throw new CommandFailed(`the rollout ${found.id} is gone; drydock rollouts lists them`);
  terminal.write(`stopping ${found.id}: nothing new begins\nnext: drydock rollout ${found.id}\n`);
  return exitCodes.ok;
}
