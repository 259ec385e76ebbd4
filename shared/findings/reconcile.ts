import { isDeepStrictEqual } from 'node:util';
import type { Workload, WorkloadId } from '#shared/fleet';
import { type Blobs, keys, StoreError } from '#shared/store';
import { type Acceptance, cataloguesOf } from './acceptance.ts';
import { exposuresOfWorkload, headsOf, problemId, type WorkloadExposure } from './exposures.ts';
import { judgedFindings } from './image-findings.ts';
import { judgedReader } from './judged-reader.ts';
import {
  type Membership,
  type ReadMembership,
  readMembership,
  setsOf,
  settledMembership,
  writeMembership,
} from './membership.ts';
import { type ProblemPorts, reconcileProblem } from './problem-store.ts';
import { sideBySide } from './side-by-side.ts';
import type { Exposure, ImageFinding, ImageHead, ProblemKey } from './types.ts';
import { readWorkload } from './workloads.ts';

/** What keeping problems true needs. */
export interface ReconcilePorts extends ProblemPorts {
  readonly blobs: Blobs;
  readonly accept: Acceptance;
}

/**
 * How many workloads are made true together: fewer at first, so that what touches thousands is told soon; then enough that an image, a judgement and a
 * problem of many are looked at rarely, and few enough to hold in memory.
 */
const firstTogether = 50;
const together = 100;
const atOnce = 16;
const rounds = 8;

/** Makes the problems of one workload true; see reconcileWorkloads. */
export const reconcileWorkload = (ports: ReconcilePorts, id: WorkloadId): Promise<void> =>
  reconcileWorkloads(ports, [id]);

/**
 * Makes the problems of workloads true: computes what each is exposed to from what it runs now, moves its membership in problems, and
 * evaluates each touched problem whole, once for all of them. Idempotent, safe to run twice at once and to be cut anywhere: a workload's own
 * list says that a change is under way, and names every row that may come of it, before the first of these rows is written; what an
 * interrupted run left half-done is gone through again. Changes are told through `ports.tell`. A workload that fails keeps none of the
 * others; the first error is thrown at the end.
 */
export async function reconcileWorkloads(ports: ReconcilePorts, ids: readonly WorkloadId[]): Promise<void> {
  const errors: unknown[] = [];
  const all = [...new Set(ids)];
  for (let from = 0, size = firstTogether; from < all.length; from += size, size = together) {
    let group = all.slice(from, from + size);
    for (let round = 0; group.length > 0; round += 1) {
      if (round === rounds) {
        errors.push(
          new StoreError(
            'unavailable',
            `the problems of ${group.join(', ').slice(0, 500)}`,
            'what runs changes faster than it can be judged; this will be tried again',
          ),
        );
        break;
      }
      group = await reconcileGroup(ports, group, errors);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** One workload on its way through a round. */
interface Turn {
  readonly id: WorkloadId;
  readonly workload: Workload | undefined;
  readonly heads: readonly ImageHead[];
  /** as it was before this round */
  readonly before: Membership;
  /** as it stands in the table now */
  mark: ReadMembership;
  exposures: readonly WorkloadExposure[];
  /** by which its exceptions were asked about */
  catalogues: string;
  touched: readonly { readonly key: ProblemKey; readonly withdrawn: boolean | undefined }[];
}

/** Returns the workloads that have to be looked at again: somebody else was at them meanwhile. */
async function reconcileGroup(
  ports: ReconcilePorts,
  ids: readonly WorkloadId[],
  errors: unknown[],
): Promise<WorkloadId[]> {
  const again: WorkloadId[] = [];
  const step = async <T>(of: readonly T[], id: (one: T) => WorkloadId, work: (one: T) => Promise<Turn | undefined>) => {
    const done: Turn[] = [];
    await sideBySide(of, atOnce, async (one) => {
      try {
        const turn = await work(one);
        if (turn === undefined) again.push(id(one));
        else done.push(turn);
      } catch (error) {
        errors.push(error);
      }
    });
    return done;
  };
  const begun = await step(
    ids,
    (id) => id,
    (id) => begin(ports, id),
  );
  // only now: what it reads is remembered, and must be no older than the edges
  const reader = judgedReader(ports);
  const findings = remembered((head) => judgedFindings(reader, ports, head));
  const moved = await step(
    begun,
    (turn) => turn.id,
    (turn) => moveMembers(ports, turn, findings),
  );
  const failed = await evaluateTouched(ports, moved, errors);
  await step(
    moved.filter((turn) => !turn.touched.some(({ key }) => failed.has(problemId(key)))),
    (turn) => turn.id,
    (turn) => settle(ports, turn),
  );
  return again;
}

/** Reads what runs, and writes the edges from its sets before any judgement is read, so that a re-match finds this workload. */
async function begin(ports: ReconcilePorts, id: WorkloadId): Promise<Turn | undefined> {
  const { table } = ports;
  const workload = await readWorkload(table, id, { consistent: true });
  const heads = workload === undefined ? [] : await headsOf(table, workload.runningDigests);
  const read = await readMembership(table, id);
  const sets = setsOf(heads);
  const added = sets.filter((set) => !read.membership.sets.includes(set));
  const mark =
    added.length === 0
      ? read
      : await writeMembership(table, id, underWay(read.membership, read.membership.members, added), read);
  if (mark === undefined) return undefined;
  await table.batchWrite(added.map((set) => ({ ...keys.setWorkload(set, id), workload: id })));
  return { id, workload, heads, before: read.membership, mark, exposures: [], catalogues: '', touched: [] };
}

const underWay = ({ sets }: Membership, members: Membership['members'], added: readonly string[]): Membership => ({
  members,
  sets: [...sets, ...added].sort(),
});

async function moveMembers(
  ports: ReconcilePorts,
  turn: Turn,
  findings: (head: ImageHead) => Promise<readonly ImageFinding[]>,
): Promise<Turn | undefined> {
  const { id, workload, heads, before } = turn;
  turn.catalogues = cataloguesOf(await ports.book.manifest());
  const exposures = workload === undefined ? [] : await exposuresOfWorkload(ports, workload, heads, findings);
  const cut = before.digests === undefined;
  const known = new Set(before.members.map((member) => problemId(member.key)));
  const after = new Set(exposures.map(({ key }) => problemId(key)));
  const runs = new Set(heads.map((head) => head.digest));
  const rows = await memberRows(ports, id, exposures);
  const changed = exposures.flatMap(({ key, exposure }) => {
    const row = rows.get(problemId(key));
    const next: Exposure = { ...exposure, since: row?.since ?? exposure.since };
    return isDeepStrictEqual(row, next) ? [] : [{ key, exposure: next }];
  });
  const differ = new Set(changed.map(({ key }) => problemId(key)));
  const gone = before.members.filter(({ key }) => !after.has(problemId(key)));
  const touched = [
    ...exposures
      .filter(({ key }) => cut || differ.has(problemId(key)) || !known.has(problemId(key)))
      .map(({ key }) => ({ key, withdrawn: undefined })),
    ...gone.map(({ key, digests }) => ({
      key,
      withdrawn: workload !== undefined && digests.some((digest) => runs.has(digest)),
    })),
  ];
  if (touched.length > 0) {
    const mayStand = [...before.members, ...exposures.map(({ key, exposure }) => ({ key, digests: exposure.digests }))];
    const members = [...new Map(mayStand.map((member) => [problemId(member.key), member])).values()];
    const mark = await writeMembership(ports.table, id, underWay(turn.mark.membership, members, []), turn.mark);
    if (mark === undefined) return undefined;
    turn.mark = mark;
  }
  await ports.table.batchWrite(
    changed.map(({ key, exposure }) => ({ ...keys.problemWorkload(key.finding, key.shard, key.name, id), exposure })),
    gone.map(({ key }) => keys.problemWorkload(key.finding, key.shard, key.name, id)),
  );
  return Object.assign(turn, { exposures, touched });
}

async function memberRows(
  ports: ReconcilePorts,
  id: WorkloadId,
  exposures: readonly WorkloadExposure[],
): Promise<ReadonlyMap<string, Exposure>> {
  const at = exposures.map(({ key }) => ({
    id: problemId(key),
    ...keys.problemWorkload(key.finding, key.shard, key.name, id),
  }));
  const idOf = new Map(at.map(({ id: problem, pk, sk }) => [`${pk}\n${sk}`, problem]));
  const items = await ports.table.batchGet(at, { consistent: true });
  return new Map(items.map((item) => [idOf.get(`${item.pk}\n${item.sk}`) ?? '', item.exposure as Exposure]));
}

/** Each touched problem once, however many workloads touched it. Withdrawn: of all that left it, none left by running something else. */
async function evaluateTouched(
  ports: ReconcilePorts,
  turns: readonly Turn[],
  errors: unknown[],
): Promise<ReadonlySet<string>> {
  const problems = new Map<string, { key: ProblemKey; withdrawn: boolean | undefined }>();
  for (const { key, withdrawn } of turns.flatMap((turn) => turn.touched)) {
    const known = problems.get(problemId(key))?.withdrawn;
    const both = known === undefined ? withdrawn : withdrawn === undefined ? known : known && withdrawn;
    problems.set(problemId(key), { key, withdrawn: both });
  }
  const failed = new Set<string>();
  for (const [id, { key, withdrawn }] of problems) {
    try {
      await reconcileProblem(ports, key, withdrawn ?? false);
    } catch (error) {
      failed.add(id);
      errors.push(error);
    }
  }
  return failed;
}

/** Says that the workload's problems are true, unless what it runs, or another run's list of it, has changed since this round began. */
async function settle(ports: ReconcilePorts, turn: Turn): Promise<Turn | undefined> {
  const { id, workload, heads, exposures } = turn;
  const sets = setsOf(heads);
  const old = turn.mark.membership.sets.filter((set) => !sets.includes(set));
  await ports.table.batchWrite(
    [],
    old.map((set) => keys.setWorkload(set, id)),
  );
  const settled = settledMembership(workload?.runningDigests ?? [], exposures, heads, turn.catalogues);
  if ((await writeMembership(ports.table, id, settled, turn.mark)) === undefined) return undefined;
  const after = await readWorkload(ports.table, id, { consistent: true });
  const headsAfter = after === undefined ? [] : await headsOf(ports.table, after.runningDigests);
  return isDeepStrictEqual(fingerprint(workload, heads), fingerprint(after, headsAfter)) ? turn : undefined;
}

const fingerprint = (workload: Workload | undefined, heads: readonly ImageHead[]): readonly unknown[] => [
  workload?.runningDigests ?? null,
  heads.map((head) => `${head.digest}@${head.rev}`).sort(),
];

/** Findings of each image once per round: they are asked for after the edges of all workloads of the round are written. */
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
