import type { Digest } from '#shared/oci';
import type { RepairMode, Workload, WorkloadId } from './types.ts';

/** The workloads that run each digest, ids sorted. A digest is as observed: an index or one of its images. */
export function whoRuns(workloads: Iterable<Workload>): ReadonlyMap<Digest, readonly WorkloadId[]> {
  const byDigest = new Map<Digest, Set<WorkloadId>>();
  for (const workload of workloads)
    for (const digest of workload.runningDigests) {
      const ids = byDigest.get(digest) ?? new Set();
      ids.add(workload.id);
      byDigest.set(digest, ids);
    }
  return new Map([...byDigest].map(([digest, ids]) => [digest, [...ids].sort()]));
}

/** What differs between two readings of one workload. */
export interface WorkloadDifference {
  readonly started: readonly Digest[];
  readonly stopped: readonly Digest[];
  readonly definition: boolean;
  readonly deployment: boolean;
  readonly counts: boolean;
  readonly mode: boolean;
  readonly changeable: boolean;
}

/**
 * What changed from one reading to the next; undefined when nothing that anybody acts on did, or when `after` began earlier than `before`
 * (a reading is ordered by when it began).
 */
export function changed(before: Workload | undefined, after: Workload): WorkloadDifference | undefined {
  if (before !== undefined && after.readAt < before.readAt) return undefined;
  const difference: WorkloadDifference = {
    started: after.runningDigests.filter((digest) => !before?.runningDigests.includes(digest)),
    stopped: (before?.runningDigests ?? []).filter((digest) => !after.runningDigests.includes(digest)),
    definition: before?.definition !== after.definition,
    deployment: before?.deployment.id !== after.deployment.id || before.deployment.state !== after.deployment.state,
    counts: before?.desired !== after.desired || before.running !== after.running,
    mode: before?.mode !== after.mode,
    changeable: before?.notChangeable !== after.notChangeable,
  };
  const any = Object.values(difference).some((value) => (Array.isArray(value) ? value.length > 0 : value === true));
  return before === undefined || any ? difference : undefined;
}

/** The tag by which the owner of a workload says what Drydock may do with it. */
export const repairTag = 'drydock:repair';

/** The mode that a workload's tags give; undefined when they say nothing or nothing that we know: silence never acts. */
export function repairMode(tags: Readonly<Record<string, string>>): RepairMode | undefined {
  const value = tags[repairTag]?.trim().toLowerCase();
  return value === 'observe' || value === 'ask' || value === 'auto' ? value : undefined;
}
