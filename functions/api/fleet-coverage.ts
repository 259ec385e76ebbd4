import {
  type FindingsPorts,
  findingsOfImage,
  headsOf,
  headsOfAll,
  type ImageHead,
  listUnreadable,
  listWorkloads,
  readUnreadRunning,
  timeLeft,
} from '#shared/findings';
import type { Coverage, CoverageReason } from '#shared/inventory';
import type { Digest } from '#shared/oci';
import { inTurns } from './in-turns.ts';

/** How much of what runs is known: the sentence "137 of 212 running images read, 4 unsupported (rpm), 6 min left" as numbers. */
export interface FleetCoverage {
  readonly workloads: number;
  readonly runningImages: number;
  readonly read: number;
  readonly partial: number;
  readonly unsupported: number;
  /** what they are unsupported for, most frequent first: `rpm`, `damaged` */
  readonly unsupportedFor: readonly string[];
  /** running, and can never be read as they are */
  readonly unreadable: number;
  readonly unread: readonly string[];
  /** how long reading the rest takes at the measured pace */
  readonly secondsLeft?: number;
  /** or why nobody can say */
  readonly leftUnknown?: string;
}

/** An image that runs: what it is worth, and the images that it stands for if it is an index. No state: it was not read. */
export interface Runs {
  readonly digest: Digest;
  readonly images: readonly Digest[];
  readonly state?: Coverage['state'];
}

/** What is known of what runs; what was worked out is remembered until the image or the advisories change. */
export interface Fleet {
  /** counted over the whole fleet */
  coverage(): Promise<FleetCoverage>;
  /** of each of these digests */
  known(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, Runs>>;
}

interface Seen {
  readonly state: Coverage['state'] | 'unread' | 'unreadable';
  readonly heads: readonly ImageHead[];
}

const mostUnread = 100;
const mostRemembered = 100_000;

/**
 * Counts running digests by what is known of them: what could be read and, as the images' own lines say, what advisories could judge.
 * Unknown is its own number, never part of the clean.
 */
export function fleetCoverage(ports: FindingsPorts & { readonly now: () => Date }): Fleet {
  let remembered = new Map<string, Coverage['state']>();

  /** How states are worked out by the advisories of now; they are kept in `kept`. */
  async function judging(
    kept: Map<string, Coverage['state']>,
  ): Promise<(head: ImageHead) => Promise<Coverage['state']>> {
    const { generation, shards } = await ports.book.manifest({ fresh: true });
    const judgedBy = `${generation} ${Object.keys(shards).length}`;
    return async (head) => {
      if (head.coverage.state !== 'scanned') return head.coverage.state;
      const key = `${head.digest} ${head.rev} ${judgedBy}`;
      const state = remembered.get(key) ?? (await findingsOfImage(ports, head)).coverage.state;
      kept.set(key, state);
      return state;
    };
  }

  async function known(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, Runs>> {
    if (remembered.size > mostRemembered) remembered = new Map();
    const stateOf = await judging(remembered);
    const headsOfSome = await headsOfAll(ports.table, digests);
    const runs = await inTurns([...new Set(digests)], async (digest): Promise<readonly [Digest, Runs]> => {
      const heads = headsOfSome([digest]);
      const state = worstOf(await Promise.all(heads.map(stateOf)));
      return [digest, { digest, images: heads.map((head) => head.digest), ...(state === undefined ? {} : { state }) }];
    });
    return new Map(runs);
  }

  async function coverage(): Promise<FleetCoverage> {
    const kept = new Map<string, Coverage['state']>();
    const stateOf = await judging(kept);
    let workloads = 0;
    const running = new Set<Digest>();
    for await (const workload of listWorkloads(ports.table)) {
      workloads += 1;
      for (const digest of workload.runningDigests) running.add(digest);
    }
    const refused = new Set<string>();
    for await (const { digest } of listUnreadable(ports.table)) if (digest !== undefined) refused.add(digest);
    const seen = new Map(
      await inTurns([...running], async (digest): Promise<readonly [Digest, Seen]> => {
        const heads = await headsOf(ports.table, [digest]);
        const none = refused.has(digest) ? 'unreadable' : 'unread';
        return [digest, { state: worstOf(await Promise.all(heads.map(stateOf))) ?? none, heads }];
      }),
    );
    remembered = kept;
    const of = (state: Seen['state']) => [...seen].filter(([, each]) => each.state === state);
    const unread = of('unread').map(([digest]) => digest);
    const unreadable = of('unreadable').length;
    return {
      workloads,
      runningImages: running.size,
      read: running.size - unread.length - unreadable,
      partial: of('partial').length,
      unsupported: of('unsupported').length,
      unsupportedFor: kindsOf(of('unsupported').map(([, { heads }]) => heads)),
      unreadable,
      unread: unread.slice(0, mostUnread),
      ...(await leftOf(ports, [...seen.values()], unread)),
    };
  }

  return { coverage, known };
}

/** What an index is worth is what the least known of its images is; undefined: nothing was read. */
function worstOf(states: readonly Coverage['state'][]): Coverage['state'] | undefined {
  return (['unsupported', 'partial', 'scanned'] as const).find((state) => states.includes(state));
}

async function leftOf(
  ports: FindingsPorts & { readonly now: () => Date },
  seen: readonly Seen[],
  unread: readonly Digest[],
): Promise<Pick<FleetCoverage, 'secondsLeft' | 'leftUnknown'>> {
  if (unread.length === 0) return {};
  const sizes = await readUnreadRunning(ports.table);
  // a registry lists an index with the size of its largest image
  const read = seen.flatMap(({ heads }) => {
    const readAt = heads
      .map((head) => head.readAt)
      .sort()
      .at(-1);
    return readAt === undefined ? [] : [{ readAt, bytes: Math.max(...heads.map((head) => head.bytes)) }];
  });
  const left = timeLeft(
    read,
    unread.map((digest) => sizes.get(digest)),
    ports.now(),
  );
  return 'seconds' in left ? { secondsLeft: left.seconds } : { leftUnknown: left.unknown };
}

/** The kinds of what is unsupported, by how many running images have each. */
function kindsOf(images: readonly (readonly ImageHead[])[]): string[] {
  const counts = new Map<string, number>();
  for (const heads of images) {
    const unsupported = heads.filter(({ coverage }) => coverage.state === 'unsupported');
    for (const kind of new Set(unsupported.flatMap(({ coverage }) => coverage.reasons.flatMap(kindOf))))
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([kind]) => kind);
}

/** A reason that makes a whole image unsupported, in a word; other reasons stand beside it. */
function kindOf({ code, what }: CoverageReason): string[] {
  if (what !== undefined) return [what.replace(/^an? /, '').replace(/ database$/, '')];
  if (code === 'unreadable-image') return ['damaged'];
  return code === 'unsupported-image' ? ['Windows'] : [];
}
