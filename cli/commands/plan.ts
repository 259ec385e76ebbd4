import type { Api } from '../api.ts';
import { allPlans, wholePlan } from '../api-lists.ts';
import type { PlanView } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { plainText } from '../plain-text.ts';
import { safeJson } from '../safe-json.ts';
import { tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { counted, serviceName, shortDigest } from '../words.ts';

export const usage = `drydock plan <plan> [options]

  what a plan would do, why, what was rejected and what it leaves; the beginning of its id is enough

  --json           as data
${apiUsage}`;

/** Shows one plan. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, { ...apiOptions, json: { type: 'boolean', default: false } }, [
    '<plan>',
  ]);
  const plan = await findPlan(await openApi(values), positionals[0] ?? '');
  terminal.write(values.json ? `${safeJson({ schemaVersion: 1, plan })}\n` : planText(plan, terminal));
  return exitCodes.ok;
}

/** An offered plan with all that it names, by its id or by how that begins. Throws CommandFailed. */
export async function findPlan(api: Api, id: string): Promise<PlanView> {
  const exact = id === '' ? undefined : await wholePlan(api, id);
  if (exact?.state === 'offered') return exact;
  const near = (await allPlans(api)).filter((plan) => plan.id.startsWith(id) || plan.id.startsWith(`plan-${id}`));
  const [only] = near;
  const whole = only !== undefined && near.length === 1 ? await wholePlan(api, only.id) : undefined;
  if (whole !== undefined) return whole;
  throw new CommandFailed(
    near.length > 1
      ? `${JSON.stringify(id)} is the beginning of ${near.length} plans; write more of it`
      : `no plan ${JSON.stringify(id)} is offered (it may have started or become needless); drydock plans lists them`,
  );
}

function planText(plan: PlanView, terminal: Terminal): string {
  const list = (texts: readonly string[]): string[] => texts.map((text) => `  - ${plainText(text)}`);
  const table = tableLines<PlanView['changes'][number]>(
    [
      { head: 'WAVE', cell: ({ wave }) => String(wave), align: 'right' },
      { head: 'SERVICE', cell: ({ workload }) => serviceName(workload), least: 12 },
      { head: 'CONTAINER', cell: ({ container }) => container, spare: 1 },
      { head: 'FROM', cell: ({ from }) => shortDigest(from) },
      { head: 'TO', cell: ({ to }) => shortDigest(to) },
      { head: 'TAG', cell: ({ tag }) => tag ?? '' },
      { head: 'HOW', cell: ({ how }) => how, least: 20 },
    ],
    plan.changes,
    { columns: terminal.columns, paintHead: (text) => terminal.paint('bold', text) },
  );
  return [
    terminal.paint('bold', plainText(plan.title)),
    `${plan.id}, ${plan.state}, ${plan.verdict}`,
    '',
    ...table,
    '',
    'why',
    ...list(plan.reasons),
    '',
    `closes ${counted(plan.closes.length, 'problem')}`,
    ...list(plan.closes),
    plan.remaining.length === 0 ? 'leaves nothing that is known' : `leaves ${plan.remaining.length}`,
    ...list(plan.remaining),
    ...(plan.rejected.length === 0 ? [] : ['', `rejected ${counted(plan.rejected.length, 'candidate')}`]),
    ...list(plan.rejected.map(({ digest, tag, why }) => `${shortDigest(digest)} ${tag ?? ''}: ${why}`)),
    '',
    plan.approvable ? `next: drydock approve ${plan.id} (--dry-run says what it would do)` : 'next: nothing to approve',
    '',
  ].join('\n');
}
