import { allRollouts } from '../api-lists.ts';
import type { RolloutView } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { safeJson } from '../safe-json.ts';
import { tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { serviceName, timeText } from '../words.ts';

export const usage = `drydock rollouts [options]

  plans that were started, newest first

  --json           as data
${apiUsage}`;

/** Lists rollouts. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, { ...apiOptions, json: { type: 'boolean', default: false } });
  const all = await allRollouts(await openApi(values));
  if (values.json) {
    terminal.write(`${safeJson({ schemaVersion: 1, rollouts: all })}\n`);
    return exitCodes.ok;
  }
  if (all.length === 0) {
    terminal.write('nothing was rolled out yet; drydock plans lists what is offered\n');
    return exitCodes.ok;
  }
  const lines = tableLines<RolloutView>(
    [
      { head: 'ROLLOUT', cell: ({ id }) => id },
      { head: 'STATE', cell: ({ state }) => state },
      { head: 'STARTED', cell: ({ startedAt }) => timeText(startedAt) },
      { head: 'BY', cell: ({ startedBy }) => startedBy, least: 10 },
      { head: 'SERVICES', cell: servicesOf, least: 16 },
      { head: 'WHAT', cell: ({ title }) => title, least: 20 },
    ],
    all,
    { columns: terminal.columns, paintHead: (text) => terminal.paint('bold', text) },
  );
  terminal.write(`${lines.join('\n')}\n`);
  return exitCodes.ok;
}

/** The services that the list names, and how many more there are. */
function servicesOf({ rows, total }: RolloutView): string {
  const names = rows.map(({ workload }) => serviceName(workload)).join(', ');
  return total.rows > rows.length ? `${names} and ${total.rows - rows.length} more` : names;
}
