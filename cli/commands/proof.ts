import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { safeJson } from '../safe-json.ts';
import type { Terminal } from '../terminal.ts';
import { findRollout } from './rollout.ts';

export const usage = `drydock proof <rollout> [options]

  exports, as JSON, what was proven of each service: the digests that run, and that the vulnerability is absent from what they hold

${apiUsage}`;

/** Exports the proof records of a rollout. Exit code 1 when there is none yet. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, apiOptions, ['<rollout>']);
  const found = await findRollout(await openApi(values), positionals[0] ?? '');
  const proofs = found.rows.flatMap(({ proof }) => (proof === undefined ? [] : [proof.record]));
  const unproven = found.rows.filter(({ proof }) => proof === undefined);
  if (proofs.length === 0)
    throw new CommandFailed(
      `nothing of ${found.id} is proven (it is ${found.state}); drydock rollout ${found.id} says why`,
    );
  terminal.write(
    `${safeJson({
      schemaVersion: 1,
      rollout: found.id,
      state: found.state,
      proofs,
      unproven: unproven.map(({ workload, state, reason }) => ({ workload, state, reason: reason ?? null })),
    })}\n`,
  );
  return exitCodes.ok;
}
