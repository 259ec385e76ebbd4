import type { Api } from '../api.ts';
import { allRollouts, wholeRollout } from '../api-lists.ts';
import type { RolloutView } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { plainText } from '../plain-text.ts';
import { safeJson } from '../safe-json.ts';
import type { Terminal } from '../terminal.ts';
import { serviceName, shortDigest, timeText } from '../words.ts';

export const usage = `drydock rollout <rollout> [options]
drydock rollout stop <rollout> [options]

  how a rollout goes, service by service, with the way each of them went; the beginning of its id is enough

  --json           as data
${apiUsage}`;

/** Shows one rollout. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, { ...apiOptions, json: { type: 'boolean', default: false } }, [
    '<rollout>',
  ]);
  const found = await findRollout(await openApi(values), positionals[0] ?? '');
  terminal.write(values.json ? `${safeJson({ schemaVersion: 1, rollout: found })}\n` : rolloutText(found, terminal));
  return exitCodes.ok;
}

/** A rollout with all of its rows, by its id or by how that begins. Throws CommandFailed. */
export async function findRollout(api: Api, id: string): Promise<RolloutView> {
  const exact = id === '' ? undefined : await wholeRollout(api, id);
  if (exact !== undefined) return exact;
  const near = (await allRollouts(api)).filter((each) => each.id.startsWith(id) || each.id.startsWith(`rollout-${id}`));
  const [only] = near;
  const whole = only !== undefined && near.length === 1 ? await wholeRollout(api, only.id) : undefined;
  if (whole !== undefined) return whole;
  throw new CommandFailed(
    near.length > 1
      ? `${JSON.stringify(id)} is the beginning of ${near.length} rollouts; write more of it`
      : `there is no rollout ${JSON.stringify(id)}; drydock rollouts lists them`,
  );
}

const stateStyles: Readonly<Record<string, Parameters<Terminal['paint']>[0]>> = {
  verified: 'green',
  failed: 'red',
  reverted: 'yellow',
  stopped: 'yellow',
};

function rolloutText(found: RolloutView, terminal: Terminal): string {
  const rows = found.rows.flatMap((row) => [
    '',
    `${plainText(serviceName(row.workload))}  wave ${row.wave}  ${terminal.paint(stateStyles[row.state] ?? 'bold', row.state)}`,
    ...row.history.map(({ at, from, to, why }) => `  ${timeText(at)}  ${plainText(`${from} -> ${to}: ${why}`)}`),
    ...(row.reason === undefined || row.reason === row.history.at(-1)?.why ? [] : [`  ${plainText(row.reason)}`]),
    ...(row.proof === undefined ? [] : [`  runs ${row.proof.digests.map(shortDigest).join(', ')}: proven`]),
  ]);
  const next = found.ended
    ? found.state === 'verified'
      ? `drydock proof ${found.id} exports what was proven`
      : 'drydock plans lists what is offered now'
    : `drydock rollout stop ${found.id} ends it`;
  return [
    terminal.paint('bold', plainText(`${found.title}: ${found.state}`)),
    plainText(`${found.id}, started by ${found.startedBy} at ${timeText(found.startedAt)}`),
    ...rows,
    '',
    `next: ${next}`,
    '',
  ].join('\n');
}
