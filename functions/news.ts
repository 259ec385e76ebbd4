import { createHash } from 'node:crypto';
import type { AlertLabels } from '#shared/alerts';
import { beginTouch, listWorkloads, type ProblemChange, readWorkloads } from '#shared/findings';
import type { RepairMode, Workload } from '#shared/fleet';
import type { Table } from '#shared/store';
import type { Emit } from './emit.ts';

/** A problem's change as the bus tells it. */
const changeNews = ({ problem, transitions }: ProblemChange): object => ({
  key: problem.key,
  transitions,
  severity: problem.severity.level,
  vulnerability: problem.vulnerability,
  package: problem.package,
  workloads: problem.workloads.slice(0, 200),
});

/** Tells a problem's change; telling it again is the same event. */
export const tellChange =
  (emit: Emit, now: () => Date) =>
  (change: ProblemChange): Promise<void> => {
    const { problem, transitions } = change;
    const id = createHash('sha256')
      .update(JSON.stringify([problem.key, problem.rev, transitions]))
      .digest('hex')
      .slice(0, 32);
    const time = (transitions.length > 0 ? problem.history.at(-1)?.at : undefined) ?? now().toISOString();
    return emit('ProblemChanged', changeNews(change), { id, time });
  };

/** Says which workloads a change touches, in as many events as it takes; `change` names it, the same at every repetition. */
export async function tellTouched(
  { table, emit, now }: { readonly table: Table; readonly emit: Emit; readonly now: () => Date },
  change: readonly unknown[],
  workloads: readonly string[],
): Promise<void> {
  for (const { workloads: some, part } of await beginTouch(table, change, workloads, now()))
    await emit('WorkloadsTouched', { workloads: some, ...(part === undefined ? {} : { part }) });
}

/** Says that every workload is to be looked at again: what decides about them, such as the policy, has changed. */
export async function touchAll(table: Table, emit: Emit, now: () => Date): Promise<void> {
  const ids: string[] = [];
  for await (const { id } of listWorkloads(table)) ids.push(id);
  await tellTouched({ table, emit, now }, ['policy', now().toISOString()], ids);
}

const named = {
  env: ['env', 'environment', 'stage', 'drydock:env'],
  team: ['team', 'owner', 'drydock:team', 'drydock:owner'],
} as const;

/** Environment and team of some workloads, by their tags: 'unknown' where none says it, 'several' where they differ. */
export async function labelsOf(table: Table, ids: readonly string[]): Promise<AlertLabels> {
  const env = new Set<string>();
  const team = new Set<string>();
  for (const workload of await someOf(table, ids)) {
    const tags = Object.entries(workload?.tags ?? {});
    const tag = (names: readonly string[]) =>
      tags.find(([name, value]) => value !== '' && names.includes(name.toLowerCase()))?.[1] ?? 'unknown';
    env.add(tag(named.env));
    team.add(tag(named.team));
  }
  const only = (values: ReadonlySet<string>) => (values.size > 1 ? 'several' : ([...values][0] ?? 'unknown'));
  return { env: only(env), team: only(team) };
}

/** What may be done to each of some workloads: one that is not known is observed. */
export async function modesOf(
  table: Table,
  ids: readonly string[],
  mode: (workload: Workload) => RepairMode,
): Promise<Record<string, RepairMode>> {
  const found = await someOf(table, ids);
  return Object.fromEntries(
    found.map((workload, at) => [ids[at], workload === undefined ? 'observe' : mode(workload)] as const),
  );
}

/** The first of them, in one call: an alert says the same of a hundred services and of thousands. Undefined: it is not known. */
async function someOf(table: Table, ids: readonly string[]): Promise<(Workload | undefined)[]> {
  const first = ids.slice(0, 100);
  const known = new Map((await readWorkloads(table, first)).map((workload) => [workload.id, workload]));
  return first.map((id) => known.get(id));
}
