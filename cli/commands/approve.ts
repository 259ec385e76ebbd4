import { approval } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { counted, serviceName, shortDigest } from '../words.ts';
import { findPlan } from './plan.ts';

export const usage = `drydock approve <plan> [options]

  approves a plan, and so starts its rollout; the beginning of its id is enough

  --dry-run        say what would happen, and change nothing
${apiUsage}`;

/** Approves a plan. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    { ...apiOptions, 'dry-run': { type: 'boolean', default: false } },
    ['<plan>'],
  );
  const api = await openApi(values);
  const plan = await findPlan(api, positionals[0] ?? '');
  const dryRun = values['dry-run'];
  const answer = await api.act(
    'POST',
    `/plans/${encodeURIComponent(plan.id)}/approve${dryRun ? '?dryRun=true' : ''}`,
    approval,
  );
  if (answer === undefined)
    throw new CommandFailed(`the plan ${plan.id} is gone; drydock plans lists what is offered now`);
  const { would: acting, left } = answer.total;
  const rest = left === 0 ? '' : `; ${counted(left, 'service')} left as they are`;
  if (!dryRun) {
    terminal.write(
      plainText(`approved ${plan.id}: ${plan.title}${rest}`).concat(
        `\nnext: drydock rollout ${answer.rollout ?? '<rollout>'}; drydock rollout stop ${answer.rollout ?? '<rollout>'} ends it\n`,
      ),
    );
    return exitCodes.ok;
  }
  const would = (answer.would ?? []).flatMap(({ workload, wave, how, containers }) =>
    containers.map(
      ({ container, reference, to }) =>
        `  wave ${wave}: ${serviceName(workload)}, container ${container} to ${reference} (${shortDigest(to)}), ${how === 'force' ? 'a new deployment' : 'a new revision of its definition'}`,
    ),
  );
  const unnamed = acting - (answer.would?.length ?? 0);
  const more = unnamed > 0 ? [`  and ${counted(unnamed, 'more service')}; drydock plan ${plan.id} names all`] : [];
  terminal.write(
    `${['dry run, nothing was changed; approving would do', ...would, ...more].map(plainText).join('\n')}${rest}\n`,
  );
  return exitCodes.ok;
}
