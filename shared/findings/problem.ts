import { isDeepStrictEqual } from 'node:util';
import type { KevEntry } from '#shared/advisories';
import type { SeverityLevel } from '#shared/judging';
import {
  compareSeverity,
  type Exposure,
  type Problem,
  type ProblemChange,
  type ProblemKey,
  type Transition,
} from './types.ts';
import { mostInUse } from './use-of-packages.ts';
import { widestReach } from './widest-reach.ts';

/** What `evaluateProblem` looks at: the whole truth of one problem at one moment. */
export interface ProblemFacts {
  readonly key: ProblemKey;
  /** every workload that runs it now, accepted or not */
  readonly exposures: readonly Exposure[];
  readonly kev: KevEntry | undefined;
  /** how likely an exploit is, where policy says from when on that is told */
  readonly likelihood?: { readonly score: number; readonly from: number };
  /** true while the first, silent baseline is taken */
  readonly baseline: boolean;
  /** true when nothing runs it because its advisory no longer says so, not because the workloads changed */
  readonly withdrawn: boolean;
  readonly now: string;
}

const historyLimit = 50;

const more: ReadonlySet<Transition> = new Set(['SPREAD', 'REOPENED', 'ACCEPTANCE_ENDED']);

/**
 * The next state of a problem from all of its exposures, and what of it is told. Pure; the same facts twice give no
 * transition the second time, so a repeated or shuffled event tells nothing twice. Source: people.md section 1.
 *
 * @param untold what became of it and was not told yet: it is told now, before what is new. A problem of which nobody has heard is told as new, with all
 *   that it has come to since.
 */
export function evaluateProblem(
  before: Problem | undefined,
  facts: ProblemFacts,
  untold: ProblemChange['transitions'] = [],
): ProblemChange | undefined {
  const open = facts.exposures.filter((exposure) => exposure.accepted === undefined);
  const accepted = facts.exposures.filter((exposure) => exposure.accepted !== undefined);
  const worst = [...facts.exposures].sort(worstFirst)[0];
  if (worst === undefined)
    return before === undefined || before.state === 'resolved' ? undefined : resolve(before, facts, untold);

  const state = open.length > 0 ? 'open' : 'accepted';
  const counted = open.length > 0 ? open : accepted;
  const fixedIn = fixOf(counted);
  const exposed = widestReach(counted.map((exposure) => exposure.exposed));
  const inUse = mostInUse(counted.map((exposure) => exposure.inUse));
  const found: Problem = {
    key: facts.key,
    state,
    vulnerability: worst.vulnerability,
    aliases: worst.aliases,
    records: worst.records,
    package: facts.key.name,
    packages: unique(facts.exposures.flatMap((exposure) => exposure.packages)),
    severity: worst.severity,
    ...(facts.kev === undefined ? {} : { kev: { dateAdded: facts.kev.dateAdded, ransomware: facts.kev.ransomware } }),
    ...likelyOf(before, facts.likelihood),
    malicious: worst.malicious,
    ...(worst.disputed === true ? { disputed: true } : {}),
    ...(fixedIn === undefined ? {} : { fixedIn }),
    ...(worst.summary === undefined ? {} : { summary: worst.summary }),
    why: worst.why,
    workloads: unique(open.map((exposure) => exposure.workload)),
    acceptedBy: unique(accepted.map((exposure) => exposure.workload)),
    ...(exposed === undefined ? {} : { exposed }),
    ...(inUse === undefined ? {} : { inUse }),
    firstSeen: before?.firstSeen ?? facts.now,
    ...(before?.was === undefined ? {} : { was: before.was }),
    history: before?.history ?? [],
    baseline: before === undefined ? facts.baseline : before.baseline,
    rev: (before?.rev ?? 0) + 1,
  };
  const fresh = transitionsBetween(before, found, facts.exposures);
  // once it comes to more than what the first look found, it is no longer a part of the baseline
  const grew = fresh.some(({ transition }) => more.has(transition));
  const problem: Problem = { ...found, baseline: found.baseline && (facts.baseline || !grew) };
  if (before !== undefined && fresh.length === 0 && sameFace(before, problem)) return undefined;
  if (before !== undefined && untold.some(isNew)) return asNew(before, problem, facts, untold);
  return { problem: withHistory(problem, fresh, facts.now), transitions: [...untold, ...fresh] };
}

const isNew = ({ transition }: ProblemChange['transitions'][number]): boolean => transition === 'NEW';

/** One story instead of its beginnings: it is new since it was first seen, as it is now. */
function asNew(
  before: Problem,
  problem: Problem,
  facts: ProblemFacts,
  untold: ProblemChange['transitions'],
): ProblemChange {
  const transitions = transitionsBetween(undefined, problem, facts.exposures);
  const at = before.history.findLast(isNew)?.at ?? facts.now;
  const heard = before.history.slice(0, Math.max(0, before.history.length - untold.length));
  return { problem: withHistory({ ...problem, history: heard }, transitions, at), transitions };
}

function resolve(before: Problem, facts: ProblemFacts, untold: ProblemChange['transitions']): ProblemChange {
  const transition: Transition = facts.withdrawn ? 'WITHDRAWN' : 'RESOLVED';
  const text = facts.withdrawn
    ? 'neither the advisories nor VEX say any more that what runs is affected'
    : `no workload runs it any more (last: ${some(before.workloads.concat(before.acceptedBy))})`;
  const problem: Problem = {
    ...before,
    state: 'resolved',
    workloads: [],
    acceptedBy: [],
    resolvedAt: facts.now,
    rev: before.rev + 1,
  };
  const fresh = [{ transition, text }];
  return { problem: withHistory(problem, fresh, facts.now), transitions: [...untold, ...fresh] };
}

function transitionsBetween(
  before: Problem | undefined,
  after: Problem,
  exposures: readonly Exposure[],
): ProblemChange['transitions'] {
  const told: { transition: Transition; text: string }[] = [];
  const where = some(after.workloads);
  if (after.state === 'accepted') {
    if (before?.state !== 'accepted') {
      const accepted = exposures.map((exposure) => exposure.accepted).find((each) => each !== undefined);
      const by = accepted?.owner === undefined ? '' : ` (${accepted.owner})`;
      told.push({
        transition: 'ACCEPTED',
        text: `accepted until ${accepted?.until ?? '?'}: ${accepted?.reason ?? ''}${by}`,
      });
    }
    return told;
  }
  if (before === undefined) told.push({ transition: 'NEW', text: `runs in ${where}` });
  else if (before.state === 'resolved') told.push({ transition: 'REOPENED', text: `runs again in ${where}` });
  else if (before.state === 'accepted')
    told.push({ transition: 'ACCEPTANCE_ENDED', text: `${endText(exposures)}; runs in ${where}` });
  else {
    const known = new Set(before.workloads);
    const added = after.workloads.filter((workload) => !known.has(workload));
    const wasAccepted = new Set(before.acceptedBy);
    const ended = added.filter((workload) => wasAccepted.has(workload));
    const spread = added.filter((workload) => !wasAccepted.has(workload));
    if (spread.length > 0) told.push({ transition: 'SPREAD', text: `now also in ${some(spread)}` });
    if (ended.length > 0) {
      const why = endText(exposures.filter(({ workload }) => ended.includes(workload)));
      told.push({ transition: 'ACCEPTANCE_ENDED', text: `${why}; counts in ${some(ended)} again` });
    }
  }
  if (before !== undefined && before.state !== 'resolved') {
    if (compareSeverity(after.severity.level, knownLevel(before)) < 0)
      told.push({
        transition: 'ESCALATED',
        text: `severity ${before.severity.level} -> ${after.severity.level} (${after.severity.source})`,
      });
    if (before.kev === undefined && after.kev !== undefined)
      told.push({ transition: 'ESCALATED', text: `known to be exploited since ${after.kev.dateAdded} (CISA KEV)` });
    if (before.likely === undefined && after.likely !== undefined)
      told.push({
        transition: 'ESCALATED',
        text: `an exploit has become likely: EPSS ${after.likely.score}, told from ${after.likely.from} on`,
      });
    if (before.fixedIn === undefined && after.fixedIn !== undefined)
      told.push({ transition: 'FIX_AVAILABLE', text: `fixed in ${after.fixedIn}` });
  }
  return told;
}

/** What nobody had rated was taken for medium, as risk takes it: that it is worse is news, that it is not is none. */
const knownLevel = ({ severity: { level } }: Problem): SeverityLevel => (level === 'unknown' ? 'medium' : level);

/** Why what was accepted is not any more: what its exception says, or that there is none. */
function endText(exposures: readonly Exposure[]): string {
  const [why, ...others] = unique(exposures.flatMap(({ acceptanceEnded }) => acceptanceEnded ?? []));
  if (why === undefined) return 'no exception accepts it any more';
  return `the exception has ended: ${why}${others.length === 0 ? '' : `, and ${others.length} more`}`;
}

/** Only the crossing is kept: the score of every day would rewrite every problem every day (design decision 6). */
function likelyOf(before: Problem | undefined, now: ProblemFacts['likelihood']): Pick<Problem, 'likely'> {
  if (now === undefined || now.score < now.from) return {};
  return { likely: before?.likely?.from === now.from ? before.likely : now };
}

/** The part of a workload's id that people know it by. */
export const shortName = (workload: string): string => workload.split('/').slice(3).join('/') || workload;

const shownNames = 8;

/** The first names and how many more: a sentence of thousands helps nobody and outgrows the row. */
const some = (workloads: readonly string[]): string =>
  `${workloads.slice(0, shownNames).map(shortName).join(', ')}${workloads.length > shownNames ? ` and ${workloads.length - shownNames} more` : ''}`;

const unique = (values: readonly string[]): string[] => [...new Set(values)].sort();

const worstFirst = (a: Exposure, b: Exposure): number =>
  Number(a.accepted !== undefined) - Number(b.accepted !== undefined) ||
  compareSeverity(a.severity.level, b.severity.level) ||
  (b.severity.score ?? 0) - (a.severity.score ?? 0) ||
  (a.workload < b.workload ? -1 : a.workload > b.workload ? 1 : 0);

/** A fix counts as available when every exposed workload has one; the first in name order is shown if they differ. */
function fixOf(exposures: readonly Exposure[]): string | undefined {
  const fixes = exposures.map((exposure) => exposure.fixedIn);
  if (fixes.some((fix) => fix === undefined)) return undefined;
  return unique(fixes as string[]).join(' | ') || undefined;
}

function withHistory(problem: Problem, transitions: ProblemChange['transitions'], at: string): Problem {
  const history = [...problem.history, ...transitions.map((entry) => ({ at, ...entry }))];
  return { ...problem, history: history.slice(-historyLimit) };
}

/** Whether a rewrite would change anything that a reader can see. */
function sameFace(a: Problem, b: Problem): boolean {
  const face = ({ rev: _rev, history: _history, ...rest }: Problem) => rest;
  return isDeepStrictEqual(face(a), face(b));
}
