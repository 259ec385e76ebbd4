import { isDeepStrictEqual } from 'node:util';
import type { Workload } from '#shared/fleet';
import { keys } from '#shared/store';
import { headsOfAll } from './exposures.ts';
import { writeMembership } from './membership.ts';
import { type MovedTurn, type ReconcilePorts, type Step, stepFor } from './turns.ts';
import type { ImageHead } from './types.ts';
import { readWorkloads } from './workloads.ts';

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
  workload?.exposed ?? null,
  heads.map((head) => `${head.digest}@${head.rev}`).sort(),
];
