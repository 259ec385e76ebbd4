import { problemId, type WorkloadExposure } from './exposures.ts';
import type { Membership } from './membership.ts';
import type { Problem, ProblemKey } from './types.ts';

/** What becomes of the problems that a workload left, where they go on under another key: by problemId. */
export interface Successions {
  /** of a problem that was left: the one that it goes on in */
  readonly heirs: ReadonlyMap<string, ProblemKey>;
  /** of a problem that there is now: those that go on in it */
  readonly from: ReadonlyMap<string, readonly ProblemKey[]>;
}

/**
 * Which of the problems that a workload left it still has under another record's name: a judge of record spoke later than others (PYSEC-…, then GHSA-…) or was
 * withdrawn, or a record names another CVE besides. It is the same flaw of the same package: the same CVE, or what its record is called where it had none. Of two
 * CVEs that such a record is given at once, one goes on.
 */
export function successionsOf(left: Membership['members'], now: readonly WorkloadExposure[]): Successions {
  const heirs = new Map<string, ProblemKey>();
  const from = new Map<string, ProblemKey[]>();
  if (left.length === 0) return { heirs, from };
  const sorted = [...now].sort((a, b) => (problemId(a.key) < problemId(b.key) ? 1 : -1));
  const byFlaw = new Map(sorted.map(({ key, exposure }) => [flawOf(key, exposure.vulnerability), key]));
  const byPackage = Map.groupBy(sorted.reverse(), ({ key }) => flawOf(key, ''));
  for (const { key, vulnerability } of left) {
    const heir =
      byFlaw.get(flawOf(key, vulnerability)) ??
      (key.finding === vulnerability ? named(key.finding, byPackage.get(flawOf(key, ''))) : undefined);
    if (heir === undefined) continue;
    heirs.set(problemId(key), heir);
    from.set(problemId(heir), [...(from.get(problemId(heir)) ?? []), key]);
  }
  return { heirs, from };
}

const flawOf = ({ shard, name }: ProblemKey, vulnerability: string): string => `${shard} ${name} ${vulnerability}`;

const named = (record: string, some: readonly WorkloadExposure[] = []): ProblemKey | undefined =>
  some.find(({ exposure: { records, aliases } }) => records.includes(record) || aliases.includes(record))?.key;

/**
 * A problem as it goes on under another key: with its story and whoever has heard of it, so that only what is different is told. Where one stands there
 * already, its own story stays, and those who had the other are none that it spread to. Its revision is that of the row that stands.
 *
 * @param own what stands under the key
 */
export function continued(own: Problem | undefined, old: Problem, key: ProblemKey): Problem {
  if (own === undefined || own.state === 'resolved') return { ...old, key, was: old.key, rev: own?.rev ?? 0 };
  return {
    ...own,
    firstSeen: own.firstSeen < old.firstSeen ? own.firstSeen : old.firstSeen,
    workloads: both(own.workloads, old.workloads),
    acceptedBy: both(own.acceptedBy, old.acceptedBy),
  };
}

/** The end of a problem that goes on under another key. Nobody is told: nothing is better or worse. */
export const endedAs = (old: Problem, key: ProblemKey, now: string): Problem => ({
  ...old,
  state: 'resolved',
  workloads: [],
  acceptedBy: [],
  resolvedAt: now,
  goesOnAs: key,
  rev: old.rev + 1,
});

const both = (some: readonly string[], others: readonly string[]): string[] =>
  [...new Set([...some, ...others])].sort();
