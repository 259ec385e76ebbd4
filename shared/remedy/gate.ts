import { isEnd, type Rollout, type RolloutLimits, type RolloutRow, type RolloutState } from './rollout-types.ts';

/** What the rollout as a whole allows its rows. */
export interface Gate {
  /** rows of this wave may begin; undefined: none may, yet or ever */
  readonly open?: number;
  /** when to look again though nothing else is due, ISO */
  readonly until?: string;
  /** rows that have not begun are to be stopped, because of this */
  readonly stop?: string;
  /** all rows have ended; the state of the whole */
  readonly ended?: { readonly state: Rollout['state']; readonly reason: string };
}

const passes = (state: RolloutState): boolean => state === 'verified' || state === 'skipped';

/**
 * The gate between waves: a wave begins when every row before it is verified (or had nothing to do) and the bake time is over; one row that failed, was
 * taken back or was stopped by a person stops all that have not begun. What is under way is followed to its end.
 */
export function gate(
  rollout: Pick<Rollout, 'stop'>,
  rows: readonly RolloutRow[],
  now: Date,
  limits: RolloutLimits,
): Gate {
  const broken = rows.find((row) => isEnd(row.state) && !passes(row.state));
  const stop =
    rollout.stop !== undefined
      ? `stopped by ${rollout.stop.by}`
      : broken === undefined
        ? undefined
        : `${broken.workload} is ${broken.state}: ${broken.reason ?? 'no reason given'}`;
  if (rows.every((row) => isEnd(row.state))) {
    if (stop === undefined)
      return { ended: { state: 'verified', reason: 'every workload is verified or had nothing to do' } };
    const failed = rows.some((row) => row.state === 'failed' || row.state === 'reverted');
    return { ended: { state: failed ? 'failed' : 'stopped', reason: stop } };
  }
  if (stop !== undefined) return { stop };
  const open = Math.min(...rows.filter((row) => !isEnd(row.state)).map((row) => row.wave));
  const before = rows.filter((row) => row.wave < open && row.state === 'verified').map((row) => Date.parse(row.since));
  const baked = before.length === 0 ? 0 : Math.max(...before) + limits.bakeMs;
  const begun = rows.some((row) => row.wave === open && row.state !== 'planned' && row.state !== 'skipped');
  return begun || baked <= now.getTime() ? { open } : { until: new Date(baked).toISOString() };
}
