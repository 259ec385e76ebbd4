import { type FindingsPorts, headsOf, listWorkloads } from '#shared/findings';

/** How much of what runs is known: the sentence "137 of 212 running images read" as numbers. */
export interface FleetCoverage {
  readonly workloads: number;
  readonly runningImages: number;
  readonly read: number;
  readonly partial: number;
  readonly unsupported: number;
  readonly unread: readonly string[];
}

/** Counts running digests by what is known of them. Unknown is its own number, never part of the clean. */
export async function coverageOfFleet(ports: FindingsPorts): Promise<FleetCoverage> {
  const digests = new Map<string, 'scanned' | 'partial' | 'unsupported' | 'unread'>();
  let workloads = 0;
  for await (const workload of listWorkloads(ports.table)) {
    workloads += 1;
    for (const digest of workload.runningDigests) {
      if (digests.has(digest)) continue;
      const states = (await headsOf(ports.table, [digest])).map((head) => head.coverage.state);
      digests.set(
        digest,
        states.length === 0
          ? 'unread'
          : states.includes('unsupported')
            ? 'unsupported'
            : states.includes('partial')
              ? 'partial'
              : 'scanned',
      );
    }
  }
  const count = (state: string) => [...digests.values()].filter((each) => each === state).length;
  return {
    workloads,
    runningImages: digests.size,
    read: digests.size - count('unread'),
    partial: count('partial'),
    unsupported: count('unsupported'),
    unread: [...digests]
      .filter(([, state]) => state === 'unread')
      .map(([digest]) => digest)
      .slice(0, 100),
  };
}
