import type { WorkloadId } from '#shared/fleet';
import type { WavePolicy } from './plan-types.ts';

/** A workload to put into a wave; the lighter, the earlier. */
export interface WaveMember {
  readonly workload: WorkloadId;
  readonly weight: number;
}

/** What a plan uses when policy says nothing: one workload first, then a quarter at a time, never more than fifty. */
export const defaultWaves: WavePolicy = { canary: 1, percent: 25, max: 50 };

const atLeast = (least: number, value: number): number =>
  Number.isFinite(value) ? Math.max(least, Math.floor(value)) : least;

/** The most workloads that waves after the canary have. */
export const waveSize = (total: number, policy: WavePolicy): number =>
  Math.min(atLeast(1, policy.max), atLeast(1, Math.ceil((total * policy.percent) / 100)));

/**
 * Cuts workloads into waves: the lightest ones as canary, then waves of policy's share, lightest first (ties by id). Every workload is in exactly one
 * wave and no wave is empty.
 */
export function cutWaves(members: readonly WaveMember[], policy: WavePolicy): readonly (readonly WorkloadId[])[] {
  const order = [...members].sort(
    (a, b) => a.weight - b.weight || (a.workload < b.workload ? -1 : a.workload > b.workload ? 1 : 0),
  );
  const ids = [...new Set(order.map((member) => member.workload))];
  const canary = Math.min(atLeast(0, policy.canary), atLeast(1, policy.max));
  const size = waveSize(ids.length, policy);
  const waves: WorkloadId[][] = [];
  for (let from = 0; from < ids.length; ) {
    const take = from === 0 && canary > 0 ? canary : size;
    waves.push(ids.slice(from, from + take));
    from += take;
  }
  return waves;
}
