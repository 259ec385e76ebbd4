import { allPlans } from '../api-lists.ts';
import type { PlanView } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { safeJson } from '../safe-json.ts';
import { tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { counted, serviceName } from '../words.ts';

export const usage = `drydock plans [options]

  the repairs that are offered; nothing of them happens until it is approved, or a service's mode is auto

  --json           as data
${apiUsage}`;

/** Lists offered plans. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, { ...apiOptions, json: { type: 'boolean', default: false } });
  const api = await openApi(values);
  const all = await allPlans(api);
  if (values.json) {
    terminal.write(`${safeJson({ schemaVersion: 1, plans: all })}\n`);
    return exitCodes.ok;
  }
  if (all.length === 0) {
    terminal.write('no plan is offered: either nothing is wrong, or no clean image is known yet; push a fixed one\n');
    return exitCodes.ok;
  }
  const lines = tableLines<PlanView>(
    [
      { head: 'PLAN', cell: ({ id }) => id },
      { head: 'NEEDS', cell: ({ verdict }) => verdict },
      { head: 'CLOSES', cell: ({ total }) => String(total.closes), align: 'right' },
      { head: 'LEAVES', cell: ({ total }) => String(total.remaining), align: 'right' },
      {
        head: 'SERVICES',
        cell: servicesOf,
        least: 16,
      },
      { head: 'WHAT', cell: ({ title }) => title, least: 24 },
    ],
    all,
    { columns: terminal.columns, paintHead: (text) => terminal.paint('bold', text) },
  );
  const waiting = all.find(({ approvable }) => approvable);
  const next =
    waiting === undefined
      ? `drydock plan ${all[0]?.id ?? ''}`
      : `drydock plan ${waiting.id}, then drydock approve ${waiting.id}`;
  terminal.write(
    `${terminal.paint('bold', `${counted(all.length, 'plan')}, ${all.filter(({ approvable }) => approvable).length} waiting for an approval`)}\n\n${lines.join('\n')}\n\nnext: ${next}\n`,
  );
  return exitCodes.ok;
}

/** The services that the list names, and how many more there are. */
function servicesOf({ changes, total }: PlanView): string {
  const named = [...new Set(changes.map(({ workload }) => serviceName(workload)))];
  return total.workloads > named.length
    ? `${named.join(', ')} and ${total.workloads - named.length} more`
    : named.join(', ');
}
