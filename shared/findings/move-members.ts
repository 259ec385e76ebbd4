import { isDeepStrictEqual } from 'node:util';
import type { WorkloadId } from '#shared/fleet';
import { keyId, keys } from '#shared/store';
import { cataloguesOf } from './acceptance.ts';
import { exposuresOfWorkload, problemId, type WorkloadExposure } from './exposures.ts';
import { judgedFindings } from './image-findings.ts';
import { judgedReader } from './judged-reader.ts';
import { memberOf, type ReadMembership, setsOf, settledMembership, writeMembership } from './membership.ts';
import { successionsOf } from './succession.ts';
import type { TouchedProblem } from './touch.ts';
import { type MovedTurn, type ReconcilePorts, type Step, stepFor, type Turn, underWay } from './turns.ts';
import type { Exposure, ImageFinding, ImageHead } from './types.ts';

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
    const settled = settledMembership(turn.workload, exposures, turn.heads, catalogues);
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
  const { heirs, from } = successionsOf(gone, exposures);
  const touched: TouchedProblem[] = [
    ...exposures
      .filter(({ key }) => cut || differ.has(problemId(key)) || !known.has(problemId(key)))
      .map(({ key }) => ({ key, withdrawn: undefined, from: from.get(problemId(key)) })),
    ...gone.map(({ key, digests }) => ({
      key,
      withdrawn: workload !== undefined && digests.some((digest) => runs.has(digest)),
      heir: heirs.get(problemId(key)),
    })),
  ];
  return { changed, gone, touched };
}

function markMoves(
  { table }: ReconcilePorts,
  { id, before, mark }: Turn,
  exposures: readonly WorkloadExposure[],
): Promise<ReadMembership | undefined> {
  const mayStand = [...before.members, ...exposures.map(memberOf)];
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
  const rows = new Map(items.map((item) => [keyId(item), item.exposure as Exposure]));
  return (id, key) => rows.get(keyId(at(id, key)));
}

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
