import type * as z from 'zod';
import type { Api } from './api.ts';
import {
  type ExposureView,
  exposures,
  images,
  type ListedImage,
  type PlanView,
  type ProblemView,
  plan,
  plans,
  problems,
  type RolloutView,
  rollout,
  rollouts,
  type VexView,
  vexDocuments,
  type WorkloadView,
  workloads,
} from './api-shapes.ts';
import { CommandFailed } from './exit-codes.ts';

/** far more than a fleet of tens of thousands of services has */
const mostPages = 10_000;

/** Every page of a list, as it comes; none of one that is not there, if it `mayBeMissing`. Throws CommandFailed for a list that does not go on. */
async function* pagesOf<T extends { readonly next?: string | undefined }>(
  api: Api,
  path: string,
  query: Readonly<Record<string, string>>,
  shape: z.ZodType<T>,
  mayBeMissing = false,
): AsyncIterable<T> {
  let after: string | undefined;
  for (let read = 0; read < mostPages; read += 1) {
    const asked = new URLSearchParams({ ...query, ...(after === undefined ? {} : { after }) }).toString();
    const at = asked === '' ? path : `${path}?${asked}`;
    const page = mayBeMissing && after === undefined ? await api.find(at, shape) : await api.get(at, shape);
    if (page === undefined) return;
    yield page;
    if (page.next === undefined) return;
    if (page.next === after) break;
    after = page.next;
  }
  throw new CommandFailed(
    `${api.describe} answers GET ${path} with pages that do not end; use the same version of Drydock for both`,
  );
}

const keyText = ({ finding, shard, name }: ProblemView['key']): string => JSON.stringify([finding, shard, name]);

/**
 * All problems, in the api's order, each with its first workloads; with `workload` those of one service, each with what is exposed there. What moved while
 * the pages were read may come twice: the later one counts.
 */
export async function allProblems(api: Api, workload?: string): Promise<ProblemView[]> {
  const found = new Map<string, ProblemView>();
  for await (const page of pagesOf(api, '/problems', workload === undefined ? {} : { workload }, problems))
    for (const problem of page.problems) found.set(keyText(problem.key), problem);
  return [...found.values()];
}

/** All workloads, by their ids. */
export async function allWorkloads(api: Api): Promise<WorkloadView[]> {
  const found: WorkloadView[] = [];
  for await (const page of pagesOf(api, '/workloads', {}, workloads)) found.push(...page.workloads);
  return found;
}

/** All plans that are offered, the newest first, each with the first of what it names. */
export async function allPlans(api: Api): Promise<PlanView[]> {
  const found: PlanView[] = [];
  for await (const page of pagesOf(api, '/plans', {}, plans)) found.push(...page.plans);
  return found;
}

/** One plan with all that it names; undefined: there is none of this id. */
export async function wholePlan(api: Api, id: string): Promise<PlanView | undefined> {
  let found: PlanView | undefined;
  for await (const page of pagesOf(api, `/plans/${encodeURIComponent(id)}`, {}, plan, true))
    found = found === undefined ? page : joined(found, page);
  return found;
}

const joined = (before: PlanView, page: PlanView): PlanView => ({
  ...page,
  changes: [...before.changes, ...page.changes],
  unhelped: [...before.unhelped, ...page.unhelped],
  closes: [...before.closes, ...page.closes],
  remaining: [...before.remaining, ...page.remaining],
  rejected: [...before.rejected, ...page.rejected],
  reasons: [...before.reasons, ...page.reasons],
});

/** Whether a list has left out services of a plan. */
export const isCutPlan = ({ changes, total }: PlanView): boolean => changes.length < total.changes;

/** All VEX documents that are kept; with `all`, those that were taken back too. */
export async function allVex(api: Api, all: boolean): Promise<VexView[]> {
  const found: VexView[] = [];
  for await (const page of pagesOf(api, '/vex', all ? { all: 'true' } : {}, vexDocuments))
    found.push(...page.documents);
  return found;
}

/** The images, the newest first, as they come: what is read again meanwhile may come twice. */
export async function* imagesFrom(api: Api): AsyncIterable<ListedImage> {
  for await (const page of pagesOf(api, '/images', {}, images)) yield* page.images;
}

/** All rollouts, the newest first, each with its first rows. */
export async function allRollouts(api: Api): Promise<RolloutView[]> {
  const found: RolloutView[] = [];
  for await (const page of pagesOf(api, '/rollouts', {}, rollouts)) found.push(...page.rollouts);
  return found;
}

/** One rollout with all of its rows; undefined: there is none of this id. */
export async function wholeRollout(api: Api, id: string): Promise<RolloutView | undefined> {
  const rows: RolloutView['rows'] = [];
  let found: RolloutView | undefined;
  for await (const page of pagesOf(api, `/rollouts/${encodeURIComponent(id)}`, {}, rollout, true)) {
    rows.push(...page.rows);
    found = page;
  }
  return found === undefined ? undefined : { ...found, rows };
}

/** Whether a list has left out workloads of a problem. */
export const isCut = ({ workloads: some, acceptedBy, total }: ProblemView): boolean =>
  some.length < total.workloads || acceptedBy.length < total.acceptedBy;

/** A problem with all of its workloads and exposures. `keep` takes of each exposure what is needed, for thousands of them. */
export async function wholeProblem(
  api: Api,
  problem: ProblemView,
  keep: (exposure: ExposureView) => ExposureView = (exposure) => exposure,
): Promise<ProblemView> {
  if (!isCut(problem)) return problem;
  const { finding, shard, name } = problem.key;
  const all: ExposureView[] = [];
  for await (const page of pagesOf(api, '/exposures', { finding, shard, name }, exposures))
    for (const exposure of page.exposures) all.push(keep(exposure));
  const ids = (some: readonly ExposureView[]) => some.map(({ workload }) => workload);
  const open = ids(all.filter(({ accepted }) => accepted === undefined));
  const acceptedBy = ids(all.filter(({ accepted }) => accepted !== undefined));
  return {
    ...problem,
    workloads: open,
    acceptedBy,
    total: { workloads: open.length, acceptedBy: acceptedBy.length },
    exposures: all,
  };
}
