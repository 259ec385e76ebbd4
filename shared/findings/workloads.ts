import { isDeepStrictEqual } from 'node:util';
import type { Workload, WorkloadId } from '#shared/fleet';
import { type Digest, referenceIn } from '#shared/oci';
import { type Item, type Key, keys, type Table } from '#shared/store';

/** What a reading of a workload changed. */
export interface WorkloadChangeSeen {
  readonly workload: Workload;
  readonly before?: Workload;
  /** true when what runs, or where it goes, is not what we knew */
  readonly changed: boolean;
}

/** A workload as it was last read. */
export async function readWorkload(
  table: Table,
  id: WorkloadId,
  options: { readonly consistent?: boolean } = {},
): Promise<Workload | undefined> {
  const item = await table.get(keys.workload(id), options);
  return item?.workload as Workload | undefined;
}

/**
 * Keeps one reading of a workload. A reading that began earlier than the kept one changes nothing (design decision 4), and one that says the same writes
 * nothing. The edge from each running digest is written first; edges of digests that run no more are taken away after the row stands. A change stays
 * `changed` for later readings until `workloadTold` says that it was told.
 */
export async function keepWorkload(table: Table, workload: Workload): Promise<WorkloadChangeSeen> {
  const item = await table.get(keys.workload(workload.id), { consistent: true });
  const before = item?.workload as Workload | undefined;
  const same = unchanged(item, workload);
  if (same !== undefined) return same;
  const untold = item?.untold === true;
  const gone = workload.notChangeable === goneText;
  const { readAt } = workload;
  const stopped = (before?.runningDigests ?? []).filter((digest) => !workload.runningDigests.includes(digest));
  await table.batchWrite([
    ...(gone ? [] : [{ ...keys.fleetWorkload(workload.id), workload: workload.id, readAt }]),
    ...workload.runningDigests.map((digest) => ({
      ...keys.imageWorkload(digest, workload.id),
      workload: workload.id,
      readAt,
    })),
    ...repositoriesOf(workload).map(({ registry, repository }) => ({
      ...keys.repositoryWorkload(registry, repository, workload.id),
      workload: workload.id,
      readAt,
    })),
    // what ran until now is not yet to be forgotten, though no edge says so any more
    ...stopped.map((digest) => ({ ...keys.imageStopped(digest), at: readAt })),
  ]);
  const changed = before === undefined || untold || !isDeepStrictEqual(face(before), face(workload));
  const result = await table.put(
    { ...keys.workload(workload.id), workload, readAt: workload.readAt, ...(changed ? { untold: true } : {}) },
    { olderThan: { attribute: 'readAt', than: workload.readAt } },
  );
  if (result === 'refused')
    return { workload: (await readWorkload(table, workload.id, { consistent: true })) ?? workload, changed: false };
  if (before !== undefined && !isDeepStrictEqual(before.runningDigests, workload.runningDigests)) {
    await table.put({
      ...keys.workloadHistory(workload.id, workload.readAt),
      from: before.runningDigests,
      to: workload.runningDigests,
      definition: workload.definition,
    });
    for (const digest of stopped) await takeAway(table, keys.imageWorkload(digest, workload.id), readAt);
  }
  if (gone) await takeAway(table, keys.fleetWorkload(workload.id), readAt);
  return { workload, ...(before === undefined ? {} : { before }), changed };
}

/** Keeps many readings of one full read. What they find unchanged is known by reads in batches; each of the others is kept as `keepWorkload` does. */
export async function keepWorkloads(table: Table, workloads: readonly Workload[]): Promise<WorkloadChangeSeen[]> {
  const items = await table.batchGet(
    workloads.map(({ id }) => keys.workload(id)),
    { consistent: true },
  );
  const known = new Map(items.map((item) => [item.pk, item]));
  const seen: WorkloadChangeSeen[] = [];
  for (const workload of workloads)
    seen.push(unchanged(known.get(keys.workload(workload.id).pk), workload) ?? (await keepWorkload(table, workload)));
  return seen;
}

/** What is seen when the kept row says all that the reading does, and was told; undefined otherwise. */
function unchanged(item: Item | undefined, workload: Workload): WorkloadChangeSeen | undefined {
  const before = item?.workload as Workload | undefined;
  if (before === undefined || item?.untold === true || !saysTheSame(before, workload)) return undefined;
  return { workload, before, changed: false };
}

/** An edge that this reading no longer has: one that a newer reading has written meanwhile stays. */
const takeAway = (table: Table, edge: Key, readAt: string): Promise<unknown> =>
  table.delete(edge, { olderThan: { attribute: 'readAt', than: readAt } });

/** Says that a change that `keepWorkload` reported was told: later readings that say the same are no news. */
export async function workloadTold(table: Table, workload: Workload): Promise<void> {
  await table.put(
    { ...keys.workload(workload.id), workload, readAt: workload.readAt },
    { equals: { attribute: 'readAt', value: workload.readAt } },
  );
}

const goneText = 'it is gone';

/** Since when the workload of a row is gone, ISO; undefined while it is there. */
export function workloadGone({ workload }: Item): string | undefined {
  const { notChangeable, readAt } = workload as Workload;
  return notChangeable === goneText ? readAt : undefined;
}

/** A row says at least so often when it was read last. */
const restateMs = 6 * 60 * 60 * 1000;

const saysTheSame = (before: Workload, now: Workload): boolean =>
  Date.parse(now.readAt) - Date.parse(before.readAt) < restateMs &&
  isDeepStrictEqual({ ...before, readAt: '' }, { ...now, readAt: '' });

/** A workload that the fleet no longer has: it runs nothing from `readAt` on. */
export async function forgetWorkload(table: Table, workload: Workload, readAt: string): Promise<WorkloadChangeSeen> {
  return keepWorkload(table, {
    ...workload,
    runningDigests: [],
    containers: [],
    running: 0,
    desired: 0,
    readAt,
    notChangeable: goneText,
  });
}

/** The repositories that a workload's definition names; a reference that is none names nothing. */
function repositoriesOf(workload: Workload): { readonly registry: string; readonly repository: string }[] {
  const found = new Map<string, { registry: string; repository: string }>();
  for (const { image } of workload.containers) {
    const named = referenceIn(image);
    if (named === undefined) continue;
    const { registry, repository } = named;
    found.set(`${registry}/${repository}`, { registry, repository });
  }
  return [...found.values()];
}

/** Workloads whose definition names, or once named, a repository. */
export async function workloadsOfRepository(table: Table, registry: string, repository: string): Promise<WorkloadId[]> {
  const ids: WorkloadId[] = [];
  for await (const item of table.query({
    pk: keys.repositoryWorkload(registry, repository, '').pk,
    prefix: 'W#',
    consistent: true,
  }))
    ids.push(String(item.workload));
  return ids;
}

const face = (workload: Workload) => ({
  runningDigests: [...workload.runningDigests].sort(),
  definition: workload.definition,
  deployment: workload.deployment,
  desired: workload.desired,
  running: workload.running,
  tags: workload.tags,
  images: workload.containers.map((container) => container.image),
  notChangeable: workload.notChangeable ?? null,
});

const atATime = 100;

/**
 * All workloads that are there, by id, or those behind the id `after`: what was read last of each. Read from the table itself, not from the index, because
 * full reads lean on it.
 */
export async function* listWorkloads(
  table: Table,
  { after }: { readonly after?: WorkloadId } = {},
): AsyncIterable<Workload> {
  let ids: string[] = [];
  const range = { pk: keys.fleetWorkload('').pk, prefix: 'W#', consistent: true };
  for await (const item of table.query({
    ...range,
    ...(after === undefined ? {} : { after: keys.fleetWorkload(after).sk }),
  })) {
    ids.push(String(item.workload));
    if (ids.length < atATime) continue;
    yield* await readWorkloads(table, ids);
    ids = [];
  }
  yield* await readWorkloads(table, ids);
}

/** Workloads as they were last read, by id; those that are not known are left out. */
export async function readWorkloads(table: Table, ids: readonly WorkloadId[]): Promise<Workload[]> {
  const items = await table.batchGet(
    ids.map((id) => keys.workload(id)),
    { consistent: true },
  );
  return items.map((item) => item.workload as Workload).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Workloads that run a digest now, or an index that it is a platform image of. */
export async function workloadsRunning(table: Table, digest: Digest): Promise<WorkloadId[]> {
  const ids = new Set<WorkloadId>();
  const digests = [digest];
  for await (const item of table.query({ pk: keys.image(digest).pk, prefix: 'X#', consistent: true }))
    digests.push(item.index as Digest);
  for (const each of digests)
    for await (const item of table.query({ pk: keys.image(each).pk, prefix: 'W#', consistent: true }))
      ids.add(String(item.workload));
  return [...ids].sort();
}
