import { type Policy, parsePolicy } from '#shared/policy';
import type { Api } from '../api.ts';
import { allPlans, allProblems, allWorkloads, imagesFrom, isCutPlan, wholePlan, wholeProblem } from '../api-lists.ts';
import {
  type ImageView,
  image,
  type PlanView,
  type ProblemView,
  policyState,
  type TimelineEvent,
  timeline,
  type WorkloadView,
} from '../api-shapes.ts';
import { readArguments, wholeNumber } from '../arguments.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { preview } from '../policy/preview.ts';
import { namedBy } from '../policy/preview-exceptions.ts';
import { previewText } from '../policy/preview-text.ts';
import { readSoundPolicy } from '../policy-file.ts';
import { safeJson } from '../safe-json.ts';
import type { Terminal } from '../terminal.ts';

export const usage = `drydock policy preview <file> [options]

  what a policy file would decide of what runs now, beside the policy in force, and of the changes in the last days: modes, alerts, exceptions,
  verdicts, plans. It says what it is computed from, and changes nothing.

  --days <n>       how far back the timeline is looked at (default: 14)
  --json           as data
${apiUsage}`;

const eventsOfDay = 300;
const mostImages = 500;

/** Shows what a policy would decide. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    { ...apiOptions, days: { type: 'string', default: '14' }, json: { type: 'boolean', default: false } },
    ['<file>'],
  );
  const file = positionals[0] ?? '';
  const days = wholeNumber(values.days, '--days', 1, 90);
  const { policy: candidate } = await readSoundPolicy(file, terminal.write);
  const api = await openApi(values);
  const now = new Date();
  const running = await allWorkloads(api);
  const read = await imagesOf(api, running);
  const { events, cutDays } = await eventsOf(api, now, days);
  const current = await policyInForce(api, candidate);
  const seen = preview({
    current,
    candidate,
    workloads: running,
    problems: await problemsFor(api, [current, candidate]),
    plans: await plansOf(api),
    images: read,
    names: await namesOf(api),
    events,
    now,
  });
  const digests = new Set(running.flatMap(({ runningDigests }) => runningDigests));
  const basis = {
    file,
    stack: api.describe,
    days,
    cutDays,
    workloads: running.length,
    unread: digests.size - read.size,
  };
  terminal.write(
    values.json ? `${safeJson({ schemaVersion: 1, basis, ...seen })}\n` : previewText(seen, basis, terminal),
  );
  return exitCodes.ok;
}

/** The plans that are offered, each with all of its changes; one that is over since it was listed is none. */
async function plansOf(api: Api): Promise<PlanView[]> {
  const whole: PlanView[] = [];
  for (const plan of await allPlans(api)) {
    const found = isCutPlan(plan) ? await wholePlan(api, plan.id) : plan;
    if (found !== undefined) whole.push(found);
  }
  return whole;
}

/** The policy in force, read by the rules of this version; one that it cannot read acts on nothing, as in the stack. */
async function policyInForce(api: Api, candidate: Policy): Promise<Policy> {
  const { text } = await api.get('/policy', policyState);
  const parsed = parsePolicy(text, 'stored');
  if ('policy' in parsed) return parsed.policy;
  const empty = parsePolicy('');
  return 'policy' in empty ? empty.policy : candidate;
}

/** Problems with all of their workloads, where an exception decides of each of them; the others as lists have them. */
async function problemsFor(api: Api, policies: readonly Policy[]): Promise<ProblemView[]> {
  const found: ProblemView[] = [];
  for (const problem of await allProblems(api)) {
    const needed = problem.state !== 'resolved' && policies.some((policy) => namedBy(policy, problem));
    // of hundreds of thousands of exposures only what an exception asks for
    const whole = () =>
      wholeProblem(api, problem, ({ workload, digests, accepted, exposed }) => ({
        workload,
        digests,
        packages: [],
        why: '',
        since: '',
        ...(accepted === undefined ? {} : { accepted }),
        ...(exposed === undefined ? {} : { exposed }),
      }));
    found.push(needed ? await whole() : problem);
  }
  return found;
}

async function imagesOf(api: Api, running: readonly WorkloadView[]): Promise<Map<string, ImageView>> {
  const found = new Map<string, ImageView>();
  for (const digest of [...new Set(running.flatMap(({ runningDigests }) => runningDigests))].slice(0, mostImages)) {
    const view = await api.find(`/images/${digest}`, image);
    if (view !== undefined) found.set(digest, view);
  }
  return found;
}

async function eventsOf(
  api: Api,
  now: Date,
  days: number,
): Promise<{ readonly events: TimelineEvent[]; readonly cutDays: string[] }> {
  const events: TimelineEvent[] = [];
  const cutDays: string[] = [];
  for (let back = 0; back < days; back += 1) {
    const day = new Date(now.getTime() - back * 86_400_000).toISOString().slice(0, 10);
    const found = await api.get(`/timeline?day=${day}`, timeline);
    if (found.length >= eventsOfDay) cutDays.push(day);
    events.push(...found);
  }
  return { events, cutDays };
}

async function namesOf(api: Api) {
  const byRepository = new Map<string, Set<string>>();
  for await (const { names } of imagesFrom(api))
    for (const { repository, tags } of names) {
      const known = byRepository.get(repository) ?? new Set();
      for (const tag of tags) known.add(tag);
      byRepository.set(repository, known);
    }
  return [...byRepository].map(([repository, tags]) => ({ repository, tags: [...tags].sort() }));
}
