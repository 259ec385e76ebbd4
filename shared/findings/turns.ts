import { isDeepStrictEqual } from 'node:util';
import type { Workload, WorkloadId } from '#shared/fleet';
import { type Blobs, keys } from '#shared/store';
import { type Acceptance, cataloguesOf } from './acceptance.ts';
import { exposuresOfWorkload, headsOfAll, problemId, type WorkloadExposure } from './exposures.ts';
import { judgedFindings } from './image-findings.ts';
import { judgedReader } from './judged-reader.ts';
import {
  type Membership,
  type ReadMembership,
  readMemberships,
  setsOf,
  settledMembership,
  writeMembership,
} from './membership.ts';
import type { ProblemPorts } from './problem-store.ts';
import { sideBySide } from './side-by-side.ts';
import type { TouchedProblem } from './touch.ts';
import type { Exposure, ImageFinding, ImageHead } from './types.ts';
import { readWorkloads } from './workloads.ts';

/** What keeping problems true needs. */
export interface ReconcilePorts extends ProblemPorts {
  readonly blobs: Blobs;
  readonly accept: Acceptance;
}

/** One workload on its way through a round. */
export interface Turn {
  readonly id: WorkloadId;
  readonly workload: Workload | undefined;
  readonly heads: readonly ImageHead[];
  /** as it was before this round */
  readonly before: Membership;
  /** as it stands in the table now */
  readonly mark: ReadMembership;
}

/** The same with its rows in the problems that it has now. */
export interface MovedTurn extends Turn {
  /** what its list is to say when its problems are true */
  readonly settled: Membership;
  readonly touched: readonly TouchedProblem[];
}

/** What became of some turns: those that go on, and the workloads that have to be looked at again because somebody else was at them meanwhile. */
export interface Step<T> {
  readonly on: readonly T[];
  readonly again: readonly WorkloadId[];
}

const atOnce = 32;

/** Does a step for each; what fails is put to the errors and keeps none of the others. */
async function stepFor<From extends { readonly id: WorkloadId }, T>(
  of: readonly From[],
  errors: unknown[],
  work: (one: From) => Promise<T | undefined>,
): Promise<Step<T>> {
  const on: T[] = [];
  const again: WorkloadId[] = [];
  await sideBySide(of, atOnce, async (one) => {
    try {
      const done = await work(one);
      if (done === undefined) again.push(one.id);
      else on.push(done);
    } catch (error) {
      errors.push(error);
    }
  });
  return { on, again };
}

/** Reads what runs, and writes the edges from its sets before any judgement is read, so that a re-match finds these workloads. */
export async function beginTurns(
  { table }: ReconcilePorts,
  ids: readonly WorkloadId[],
  errors: unknown[],
): Promise<Step<Turn>> {
  const [known, membershipOf] = await Promise.all([readWorkloads(table, ids), readMemberships(table, ids)]);
  const workloads = new Map(known.map((workload) => [workload.id, workload]));
  const headsOf = await headsOfAll(
    table,
    known.flatMap(({ runningDigests }) => runningDigests),
  );
  const all = ids.map((id) => ({ id }));
  const step = await stepFor(all, errors, async ({ id }): Promise<(Turn & { added: string[] }) | undefined> => {
    const workload = workloads.get(id);
    const heads = headsOf(workload?.runningDigests ?? []);
    const read = membershipOf(id);
    const added = setsOf(heads).filter((set) => !read.membership.sets.includes(set));
    const mark =
      added.length === 0
        ? read
        : await writeMembership(table, id, underWay(read.membership, read.membership.members, added), read);
    return mark === undefined ? undefined : { id, workload, heads, before: read.membership, mark, added };
  });
  await table.batchWrite(
    step.on.flatMap(({ id, added }) => added.map((set) => ({ ...keys.setWorkload(set, id), workload: id }))),
  );
  return step;
}

const underWay = ({ sets }: Membership, members: Membership['members'], added: readonly string[]): Membership => ({
  members,
  sets: [...sets, ...added].sort(),
});

/** Computes what each workload is exposed to, says on its list where rows of it may stand, and then writes and takes away these rows. */
export async function moveMembers(
  ports: ReconcilePorts,
  turns: readonly Turn[],
  errors: unknown[],
): Promise<Step<MovedTurn>> {
  // only now: what it reads is remembered, and must be no older than the edges
  const reader = judgedReader(ports);
  await reader.prepare(turns.flatMap(({ heads }) => setsOf(heads)));
  const findings = remembered((head) => judgedFindings(reader, ports, head));
  const catalogues = cataloguesOf(await ports.book.manifest());
  const exposed = await stepFor(turns, errors, async (turn) => ({
    ...turn,
    exposures: turn.workload === undefined ? [] : await exposuresOfWorkload(ports, turn.workload, turn.heads, findings),
  }));
  const rowOf = await memberRows(ports, exposed.on);
  const step = await stepFor(exposed.on, errors, async ({ exposures, ...turn }) => {
    const { changed, gone, touched } = movesOf(turn, exposures, (key) => rowOf(turn.id, key));
    const mark = touched.length === 0 ? turn.mark : await markMoves(ports, turn, exposures);
    if (mark === undefined) return undefined;
    const settled = settledMembership(turn.workload?.runningDigests ?? [], exposures, turn.heads, catalogues);
    return { ...turn, mark, settled, touched, changed, gone };
  });
  await ports.table.batchWrite(
    step.on.flatMap(({ id, changed }) =>
      changed.map(({ key, exposure }) => ({ ...keys.problemWorkload(key.finding, key.shard, key.name, id), exposure })),
    ),
    step.on.flatMap(({ id, gone }) =>
      gone.map(({ key }) => keys.problemWorkload(key.finding, key.shard, key.name, id)),
    ),
  );
  return {
    on: step.on.map(({ changed: _changed, gone: _gone, ...turn }) => turn),
    again: [...exposed.again, ...step.again],
  };
}

/** Which rows differ from what stands, which have to go, and which problems are therefore to be evaluated. */
function movesOf(
  { before, heads, workload }: Turn,
  exposures: readonly WorkloadExposure[],
  rowOf: (key: WorkloadExposure['key']) => Exposure | undefined,
) {
  const cut = before.digests === undefined;
  const known = new Set(before.members.map((member) => problemId(member.key)));
  const after = new Set(exposures.map(({ key }) => problemId(key)));
  const runs = new Set(heads.map((head) => head.digest));
  const changed = exposures.flatMap(({ key, exposure }) => {
    const row = rowOf(key);
    const next: Exposure = { ...exposure, since: row?.since ?? exposure.since };
    return isDeepStrictEqual(row, next) ? [] : [{ key, exposure: next }];
  });
  const differ = new Set(changed.map(({ key }) => problemId(key)));
  const gone = before.members.filter(({ key }) => !after.has(problemId(key)));
  const touched: TouchedProblem[] = [
    ...exposures
      .filter(({ key }) => cut || differ.has(problemId(key)) || !known.has(problemId(key)))
      .map(({ key }) => ({ key, withdrawn: undefined })),
    ...gone.map(({ key, digests }) => ({
      key,
      withdrawn: workload !== undefined && digests.some((digest) => runs.has(digest)),
    })),
  ];
  return { changed, gone, touched };
}

function markMoves(
  { table }: ReconcilePorts,
  { id, before, mark }: Turn,
  exposures: readonly WorkloadExposure[],
): Promise<ReadMembership | undefined> {
  const mayStand = [...before.members, ...exposures.map(({ key, exposure }) => ({ key, digests: exposure.digests }))];
  const members = [...new Map(mayStand.map((member) => [problemId(member.key), member])).values()];
  return writeMembership(table, id, underWay(mark.membership, members, []), mark);
}

/** The rows that stand of all these workloads, in few large requests. */
async function memberRows(
  { table }: ReconcilePorts,
  turns: readonly { readonly id: WorkloadId; readonly exposures: readonly WorkloadExposure[] }[],
): Promise<(id: WorkloadId, key: WorkloadExposure['key']) => Exposure | undefined> {
  const at = (id: WorkloadId, { finding, shard, name }: WorkloadExposure['key']) =>
    keys.problemWorkload(finding, shard, name, id);
  const items = await table.batchGet(
    turns.flatMap(({ id, exposures }) => exposures.map(({ key }) => at(id, key))),
    { consistent: true },
  );
  const rows = new Map(items.map((item) => [`${item.pk}\n${item.sk}`, item.exposure as Exposure]));
  return (id, key) => {
    const { pk, sk } = at(id, key);
    return rows.get(`${pk}\n${sk}`);
  };
}

/** Says that the workloads' problems are true, unless what one runs, or another run's list of it, has changed since this round began. */
export async function settleTurns(
  { table }: ReconcilePorts,
  turns: readonly MovedTurn[],
  errors: unknown[],
): Promise<Step<MovedTurn>> {
  await table.batchWrite(
    [],
    turns.flatMap(({ id, mark, settled }) =>
      mark.membership.sets.filter((set) => !settled.sets.includes(set)).map((set) => keys.setWorkload(set, id)),
    ),
  );
  const written = await stepFor(turns, errors, async (turn) =>
    (await writeMembership(table, turn.id, turn.settled, turn.mark)) === undefined ? undefined : turn,
  );
  const known = await readWorkloads(
    table,
    written.on.map(({ id }) => id),
  );
  const after = new Map(known.map((workload) => [workload.id, workload]));
  const headsOf = await headsOfAll(
    table,
    known.flatMap(({ runningDigests }) => runningDigests),
  );
  const on: MovedTurn[] = [];
  const again = [...written.again];
  for (const turn of written.on) {
    const now = after.get(turn.id);
    const same = isDeepStrictEqual(
      fingerprint(turn.workload, turn.heads),
      fingerprint(now, headsOf(now?.runningDigests ?? [])),
    );
    if (same) on.push(turn);
    else again.push(turn.id);
  }
  return { on, again };
}

const fingerprint = (workload: Workload | undefined, heads: readonly ImageHead[]): readonly unknown[] => [
  workload?.runningDigests ?? null,
  heads.map((head) => `${head.digest}@${head.rev}`).sort(),
];

/** Findings of each image once: they are asked for after the edges of all workloads of the step are written. */
function remembered(
  read: (head: ImageHead) => Promise<{ readonly findings: readonly ImageFinding[] }>,
): (head: ImageHead) => Promise<readonly ImageFinding[]> {
  const known = new Map<string, Promise<readonly ImageFinding[]>>();
  return (head) => {
    const id = `${head.digest}@${head.rev}`;
    const found = known.get(id) ?? read(head).then(({ findings }) => findings);
    known.set(id, found);
    return found;
  };
}
