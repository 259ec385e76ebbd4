import type { Workload } from '#shared/fleet';
import type { Hold, Observation, RolloutLimits, RolloutRow, RolloutState, Step } from './rollout-types.ts';

/** What `next` decides by, gathered once. */
export interface Situation {
  readonly row: RolloutRow;
  readonly workload: Workload;
  readonly observation: Observation;
  readonly now: Date;
  readonly limits: RolloutLimits;
}

const later = (now: Date, ms: number): string => new Date(now.getTime() + ms).toISOString();
/** Milliseconds that the row has been in its state. */
export const age = ({ row, now }: Pick<Situation, 'row' | 'now'>): number => now.getTime() - Date.parse(row.since);

export const wait = ({ now, limits }: Pick<Situation, 'now' | 'limits'>, why: string): Step => ({
  kind: 'wait',
  until: later(now, limits.pollMs),
  why,
});
export const mark = (state: RolloutState, reason: string, holds: readonly Hold[] = []): Step => ({
  kind: 'mark',
  state,
  reason,
  holds,
});

/** The planned digests, held down because a person took them back or because they failed there. */
export function holds({ row, now, limits, observation }: Situation, kind: Hold['kind'], reason: string): Hold[] {
  const until = later(now, kind === 'person' ? limits.holdPersonMs : limits.holdFailedMs);
  const by = kind === 'person' ? observation.actor : undefined;
  return row.containers.map(({ to }) => ({ digest: to, kind, reason, until, ...(by === undefined ? {} : { by }) }));
}

export const rollback = (situation: Situation, why: string): Step => ({
  kind: 'rollback',
  why,
  holds: holds(situation, 'failed', why),
});
