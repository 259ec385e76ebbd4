import type { Rollout, RolloutRow } from '#shared/remedy';

/** A row of a rollout in the words of the page and the command line. */
export const rowView = (row: RolloutRow) => ({
  workload: row.workload,
  wave: row.wave,
  state: row.state,
  reason: row.exposedAgain?.text ?? row.reason,
  ...(row.exposedAgain === undefined ? {} : { exposedAgain: row.exposedAgain }),
  history: row.history,
  ...(row.proof === undefined ? {} : { proof: { digests: row.proof.digests, text: row.proof.how, record: row.proof } }),
});
export type RowView = ReturnType<typeof rowView>;

/** A rollout in the same words, with some of its rows and how many there are in all. */
export const rolloutView = (head: Rollout, rows: readonly RowView[]) => ({
  id: head.rollout,
  plan: head.plan,
  title: `${head.problem.vulnerability} in ${head.problem.package}`,
  state: head.state,
  ended: head.state !== 'running',
  startedBy: head.startedBy,
  startedAt: head.startedAt,
  ...(head.endedAt === undefined ? {} : { endedAt: head.endedAt }),
  rows,
  total: { rows: head.workloads },
});
export type RolloutView = ReturnType<typeof rolloutView>;
