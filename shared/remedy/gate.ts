import { isEnd, type Rollout, type RolloutLimits, type RolloutRow } from './rollout-types.ts';

/** Why a rollout goes no further. */
export interface Stop {
  readonly why: string;
  /** a person wants it so, or took part of it back; else something failed */
  readonly person?: { readonly by: string; readonly at?: string };
  /** the planned images were brought somewhere and did not work there */
  readonly failedThere: boolean;
}

/** What the rollout as a whole allows its rows. */
export interface Gate {
  /** rows of this wave may begin; undefined: none may, yet or ever */
  readonly open?: number;
  /** when to look again though nothing else is due, ISO */
  readonly until?: string;
  /** rows that have not begun are to be stopped, because of this */
  readonly stop?: Stop;
  /** all rows have ended; the state of the whole */
  readonly ended?: { readonly state: Rollout['state']; readonly reason: string };
}

const passes = (row: RolloutRow): boolean =>
  (row.state === 'verified' && row.exposedAgain === undefined) || row.state === 'skipped';

/**
 * The gate between waves: a wave begins when every row before it is verified (or had nothing to do) and the bake time is over; one row that failed, was
 * taken back (even after it was verified) or was stopped by a person stops all that have not begun. What is under way is followed to its end.
 */
export function gate(
  rollout: Pick<Rollout, 'stop'>,
  rows: readonly RolloutRow[],
  now: Date,
  limits: RolloutLimits,
): Gate {
  const stop = stopOf(rollout, rows);
  if (rows.every((row) => isEnd(row.state))) {
    if (stop === undefined)
      return { ended: { state: 'verified', reason: 'every workload is verified or had nothing to do' } };
    const failed = rows.some((row) => row.state === 'failed' || row.state === 'reverted');
    return { ended: { state: failed ? 'failed' : 'stopped', reason: stop.why } };
  }
  if (stop !== undefined) return { stop };
  const open = Math.min(...rows.filter((row) => !isEnd(row.state)).map((row) => row.wave));
  const before = rows.filter((row) => row.wave < open && row.state === 'verified').map((row) => Date.parse(row.since));
  const baked = before.length === 0 ? 0 : Math.max(...before) + limits.bakeMs;
  const begun = rows.some((row) => row.wave === open && row.state !== 'planned' && row.state !== 'skipped');
  return begun || baked <= now.getTime() ? { open } : { until: new Date(baked).toISOString() };
}

function stopOf(rollout: Pick<Rollout, 'stop'>, rows: readonly RolloutRow[]): Stop | undefined {
  if (rollout.stop !== undefined)
    return { why: `stopped by ${rollout.stop.by}`, person: rollout.stop, failedThere: false };
  const broken = rows.filter((row) => isEnd(row.state) && !passes(row));
  // what a person did weighs more than what failed beside it, and both more than what was stopped because of them
  const first = broken.find(byPerson) ?? broken.find((row) => row.state !== 'stopped') ?? broken[0];
  if (first === undefined) return undefined;
  const reason = first.exposedAgain?.text ?? first.reason ?? 'no reason given';
  return {
    why: `${first.workload} is ${first.exposedAgain === undefined ? first.state : 'taken back'}: ${reason}`,
    ...(byPerson(first) ? { person: { by: 'somebody' } } : {}),
    failedThere: broken.some((row) => row.state !== 'stopped' && row.deployment !== undefined),
  };
}

/** A row that was stopped before its turn is nobody's doing: its cause is another row, or the whole was stopped. */
function byPerson(row: RolloutRow): boolean {
  const from = row.history.at(-1)?.from;
  return row.exposedAgain !== undefined || (row.state === 'stopped' && (from === 'updating' || from === 'reverting'));
}
