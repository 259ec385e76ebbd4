import { isDeepStrictEqual } from 'node:util';
import type { AdvisoryBook, KevEntry } from '#shared/advisories';
import type { Workload, WorkloadId } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import { type Blobs, type Item, indexes, keys, packJson, StoreError, type Table, unpackJson } from '#shared/store';
import { type Acceptance, exposuresOfWorkload, headsOf, problemId, type WorkloadExposure } from './exposures.ts';
import { evaluateProblem } from './problem.ts';
import {
  type Exposure,
  type ImageHead,
  type Problem,
  type ProblemChange,
  type ProblemKey,
  severityOrder,
} from './types.ts';
import { readWorkload } from './workloads.ts';

/** What keeping problems true needs. */
export interface ReconcilePorts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly book: AdvisoryBook;
  readonly accept: Acceptance;
  readonly now: () => Date;
  /** true while the silent baseline is taken */
  readonly baseline: () => Promise<boolean>;
  /** puts a change on the bus; may be called again for the same change */
  readonly tell: (change: ProblemChange) => Promise<void>;
}

/**
 * Makes the problems of one workload true: computes what it is exposed to from what it runs now, moves its membership in
 * problems, and evaluates each touched problem whole. Idempotent: the workload's own list is written last, so that what an
 * interrupted run left half-done is a difference that the next run sees. Changes are told through `ports.tell`.
 */
export async function reconcileWorkload(ports: ReconcilePorts, id: WorkloadId): Promise<void> {
  for (let round = 0; round < 8; round += 1) {
    const workload = await readWorkload(ports.table, id, { consistent: true });
    const heads = workload === undefined ? [] : await headsOf(ports.table, workload.runningDigests);
    const membership = await readMembership(ports.table, id);
    await writeRunningEdges(ports.table, id, heads, membership.sets);
    const exposures = workload === undefined ? [] : await exposuresOfWorkload(ports, workload, heads);
    await moveMembers(ports, id, exposures, membership, workload !== undefined);
    await writeMembership(ports.table, id, workload?.runningDigests ?? [], exposures, heads, membership);
    const after = await readWorkload(ports.table, id, { consistent: true });
    const headsAfter = after === undefined ? [] : await headsOf(ports.table, after.runningDigests);
    if (isDeepStrictEqual(fingerprint(workload, heads), fingerprint(after, headsAfter))) return;
  }
  throw new StoreError(
    'unavailable',
    `the problems of ${id}`,
    'what it runs changes faster than it can be judged; this will be tried again',
  );
}

const fingerprint = (workload: Workload | undefined, heads: readonly ImageHead[]): readonly unknown[] => [
  workload?.runningDigests ?? null,
  heads.map((head) => `${head.digest}@${head.rev}`).sort(),
];

/** Edges from sets to running workloads, written before judgements are read, so that a re-match finds this workload. */
async function writeRunningEdges(
  table: Table,
  id: WorkloadId,
  heads: readonly ImageHead[],
  before: readonly string[],
): Promise<void> {
  const sets = new Set(heads.flatMap((head) => head.sets));
  await table.batchWrite(
    [...sets].filter((set) => !before.includes(set)).map((set) => ({ ...keys.setWorkload(set, id), workload: id })),
    before.filter((set) => !sets.has(set)).map((set) => keys.setWorkload(set, id)),
  );
}

async function moveMembers(
  ports: ReconcilePorts,
  id: WorkloadId,
  exposures: readonly WorkloadExposure[],
  before: Membership,
  there: boolean,
): Promise<void> {
  const after = new Set(exposures.map((entry) => problemId(entry.key)));
  const known = new Set(before.members.map((member) => problemId(member.key)));
  const touched = new Map<string, { key: ProblemKey; withdrawn: boolean }>();
  for (const { key, exposure } of exposures) {
    const changed = await putMember(ports.table, key, exposure);
    if (changed || !known.has(problemId(key))) touched.set(problemId(key), { key, withdrawn: false });
  }
  const runs = new Set(exposures.flatMap((entry) => entry.exposure.digests));
  for (const { key, digests } of before.members) {
    if (after.has(problemId(key))) continue;
    await ports.table.delete(keys.problemWorkload(key.finding, key.shard, key.name, id));
    touched.set(problemId(key), { key, withdrawn: there && digests.some((digest) => runs.has(digest)) });
  }
  for (const { key, withdrawn } of touched.values()) await reconcileProblem(ports, key, withdrawn);
}

/**
 * Evaluates one problem from all of its member rows, keeps it and tells what changed. What is to be told stays in the row
 * until `tell` has returned: a crash in between tells it again, never not at all.
 */
export async function reconcileProblem(ports: ReconcilePorts, key: ProblemKey, withdrawn = false): Promise<void> {
  const at = keys.problem(key.finding, key.shard, key.name);
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const item = await ports.table.get(at, { consistent: true });
    const before = item?.problem as Problem | undefined;
    const pending = (item?.pending ?? []) as ProblemChange['transitions'];
    const exposures: Exposure[] = [];
    for await (const member of ports.table.query({ pk: at.pk, prefix: 'W#', consistent: true }))
      exposures.push(member.exposure as Exposure);
    const kev = await kevOf(ports, exposures);
    const change = evaluateProblem(before, {
      key,
      exposures,
      kev,
      baseline: await ports.baseline(),
      withdrawn,
      now: ports.now().toISOString(),
    });
    const problem = change?.problem ?? before;
    if (problem === undefined) return;
    const untold = [...pending, ...(change?.transitions ?? [])];
    if (change !== undefined) {
      const result = await ports.table.put(
        problemItem(problem, untold),
        before === undefined ? { absent: true } : { equals: { attribute: 'rev', value: before.rev } },
      );
      if (result === 'refused') continue;
    }
    if (untold.length === 0) return;
    await ports.tell({ problem, transitions: untold });
    await ports.table.put(problemItem(problem, []), { equals: { attribute: 'rev', value: problem.rev } });
    return;
  }
  throw new StoreError(
    'unavailable',
    `the problem ${problemId(key)}`,
    'it is being rewritten all the time; this will be tried again',
  );
}

async function kevOf(ports: ReconcilePorts, exposures: readonly Exposure[]): Promise<KevEntry | undefined> {
  const ids = [...new Set(exposures.flatMap((exposure) => [exposure.vulnerability, ...exposure.aliases]))].filter(
    (id) => id.startsWith('CVE-'),
  );
  for (const id of ids.sort()) {
    const entry = await ports.book.kev(id);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function problemItem(problem: Problem, pending: ProblemChange['transitions']): Item {
  const at = keys.problem(problem.key.finding, problem.key.shard, problem.key.name);
  const rank = String(severityOrder.indexOf(problem.severity.level));
  const open = problem.state === 'resolved' ? '2' : problem.state === 'accepted' ? '1' : '0';
  return {
    ...at,
    problem,
    pending,
    rev: problem.rev,
    ix: indexes.problems,
    ixs: `${open}#${problem.kev === undefined ? 1 : 0}#${rank}#${problemId(problem.key)}`,
  };
}

/** A problem by its key. */
export async function readProblem(
  table: Table,
  key: ProblemKey,
  options: { readonly consistent?: boolean } = {},
): Promise<Problem | undefined> {
  const item = await table.get(keys.problem(key.finding, key.shard, key.name), options);
  return item?.problem as Problem | undefined;
}

/** The exposures of a problem, one per workload. */
export async function readExposures(table: Table, key: ProblemKey): Promise<Exposure[]> {
  const exposures: Exposure[] = [];
  for await (const item of table.query({ pk: keys.problem(key.finding, key.shard, key.name).pk, prefix: 'W#' }))
    exposures.push(item.exposure as Exposure);
  return exposures;
}

/** The problems that a workload is a member of now, open or accepted. */
export const problemsOfWorkload = async (table: Table, id: WorkloadId): Promise<ProblemKey[]> =>
  (await readMembership(table, id)).members.map((member) => member.key);

/** Open problems first, the exploited and worst first, for screens. */
export async function* listProblems(table: Table): AsyncIterable<Problem> {
  for await (const item of table.list(indexes.problems)) yield item.problem as Problem;
}

/** Writes the member row unless it says the same already; `since` stays what it was. */
async function putMember(table: Table, key: ProblemKey, exposure: Exposure): Promise<boolean> {
  const at = keys.problemWorkload(key.finding, key.shard, key.name, exposure.workload);
  const before = (await table.get(at, { consistent: true }))?.exposure as Exposure | undefined;
  const next: Exposure = { ...exposure, since: before?.since ?? exposure.since };
  if (before !== undefined && isDeepStrictEqual(before, next)) return false;
  await table.put({ ...at, exposure: next });
  return true;
}

/** Whether the problems of a workload were made true for what it runs now; false also after a crash in the middle. */
export async function isReconciled(table: Table, workload: Workload): Promise<boolean> {
  const { digests } = await readMembership(table, workload.id);
  return digests !== undefined && isDeepStrictEqual([...digests].sort(), [...workload.runningDigests].sort());
}

interface Membership {
  /** what ran when it was made; undefined: never */
  readonly digests?: readonly Digest[];
  readonly members: readonly { readonly key: ProblemKey; readonly digests: readonly Digest[] }[];
  readonly sets: readonly string[];
}

async function readMembership(table: Table, id: WorkloadId): Promise<Membership> {
  const item = await table.get(keys.workloadProblems(id), { consistent: true });
  return item?.membership instanceof Uint8Array
    ? (unpackJson(Buffer.from(item.membership)) as Membership)
    : { members: [], sets: [] };
}

async function writeMembership(
  table: Table,
  id: WorkloadId,
  digests: readonly Digest[],
  exposures: readonly WorkloadExposure[],
  heads: readonly ImageHead[],
  before: Membership,
): Promise<void> {
  const membership: Membership = {
    digests,
    members: exposures.map(({ key, exposure }) => ({ key, digests: exposure.digests })),
    sets: [...new Set(heads.flatMap((head) => head.sets))],
  };
  if (!isDeepStrictEqual(membership, before))
    await table.put({ ...keys.workloadProblems(id), membership: packJson(membership) });
}
