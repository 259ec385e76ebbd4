import { type FindingsPorts, findingsOfImage, headsOf, type ImageHead, listWorkloads } from '#shared/findings';
import type { Coverage } from '#shared/inventory';
import type { Digest } from '#shared/oci';
import { inTurns } from './in-turns.ts';

/** How much of what runs is known: the sentence "137 of 212 running images read" as numbers. */
export interface FleetCoverage {
  readonly workloads: number;
  readonly runningImages: number;
  readonly read: number;
  readonly partial: number;
  readonly unsupported: number;
  readonly unread: readonly string[];
}

type State = Coverage['state'] | 'unread';

const mostUnread = 100;

/**
 * Counts running digests by what is known of them: what could be read and, as the images' own lines say, what advisories could judge.
 * Unknown is its own number, never part of the clean. What was worked out is remembered until the image or the advisories change.
 */
export function fleetCoverage(ports: FindingsPorts): () => Promise<FleetCoverage> {
  let remembered = new Map<string, State>();

  return async () => {
    const { generation, shards } = await ports.book.manifest({ fresh: true });
    const judgedBy = `${generation} ${Object.keys(shards).length}`;
    const kept = new Map<string, State>();
    const stateOf = async (head: ImageHead): Promise<State> => {
      if (head.coverage.state !== 'scanned') return head.coverage.state;
      const key = `${head.digest} ${head.rev} ${judgedBy}`;
      const state = remembered.get(key) ?? (await findingsOfImage(ports, head)).coverage.state;
      kept.set(key, state);
      return state;
    };
    let workloads = 0;
    const running = new Set<Digest>();
    for await (const workload of listWorkloads(ports.table)) {
      workloads += 1;
      for (const digest of workload.runningDigests) running.add(digest);
    }
    const states = await inTurns([...running], async (digest): Promise<readonly [Digest, State]> => {
      const heads = await headsOf(ports.table, [digest]);
      return [digest, worstOf(await Promise.all(heads.map(stateOf)))];
    });
    remembered = kept;
    const count = (state: State) => states.filter(([, each]) => each === state).length;
    return {
      workloads,
      runningImages: running.size,
      read: running.size - count('unread'),
      partial: count('partial'),
      unsupported: count('unsupported'),
      unread: states
        .filter(([, state]) => state === 'unread')
        .map(([digest]) => digest)
        .slice(0, mostUnread),
    };
  };
}

/** What an index is worth is what the least known of its images is; nothing read is unread. */
function worstOf(states: readonly State[]): State {
  if (states.length === 0) return 'unread';
  return (['unsupported', 'partial'] as const).find((state) => states.includes(state)) ?? 'scanned';
}
