import type { EpssScore } from '#shared/advisories';
import type { Severity, SeverityLevel } from '#shared/judging';
import type { Problem } from './types.ts';

/** What a risk is computed from. What is not known is left out, and adds nothing. */
export interface RiskFacts {
  readonly severity: Severity;
  readonly malicious: boolean;
  /** CISA KEV */
  readonly kev?: { readonly dateAdded: string; readonly ransomware: boolean };
  readonly epss?: EpssScore;
  /** how many workloads run it and have not accepted it */
  readonly running: number;
  readonly fixedIn?: string;
  /** since when there is a fix, ISO, as far as it was seen */
  readonly fixableSince?: string;
  /** whether something outside can reach it; absent: not known */
  readonly exposed?: boolean;
  /** whether what is vulnerable was seen in use; absent: not known */
  readonly inUse?: boolean;
}

/** One part of a risk. */
export interface RiskFactor {
  readonly name: 'malware' | 'severity' | 'exploit' | 'running' | 'fix' | 'exposed' | 'in use';
  readonly points: number;
  /** `CVSS 9.8`, `known to be exploited since 2022-05-04 (CISA KEV)` */
  readonly text: string;
}

/** 0 to 100, and what it is made of: the points of all factors add up to it. */
export interface Risk {
  readonly score: number;
  readonly factors: readonly RiskFactor[];
}

/** For a word without a score: the middle of the band that CVSS gives it; unknown is taken for medium, which is not "none". */
const scoreOfWord: Readonly<Record<SeverityLevel, number>> = {
  critical: 9.5,
  high: 8,
  medium: 5.5,
  low: 2,
  negligible: 0.5,
  unknown: 5.5,
};

const day = 86_400_000;
/** A fix that is older makes nothing worse. */
const oldestFix = 90;

/**
 * How urgent it is, from 0 to 100: severity up to 40, how likely an exploit is up to 35 (known ones before EPSS), running up to 10, a fix and how long it waits up to 5,
 * reachable 5, in use 5. Malware is 100. Pure; more of anything never lowers it.
 */
export function riskOf(facts: RiskFacts, now: Date): Risk {
  if (facts.malicious)
    return { score: 100, factors: [{ name: 'malware', points: 100, text: 'the package itself is malware' }] };
  const factors = [
    severityFactor(facts),
    exploitFactor(facts),
    runningFactor(facts),
    fixFactor(facts, now),
    ...(facts.exposed === true ? [{ name: 'exposed' as const, points: 5, text: 'can be reached from outside' }] : []),
    ...(facts.inUse === true ? [{ name: 'in use' as const, points: 5, text: 'was seen in use' }] : []),
  ].filter(({ points }) => points > 0);
  return { score: factors.reduce((sum, { points }) => sum + points, 0), factors };
}

/** The risk of a problem, with what the catalogues say of it now. */
export function riskOfProblem(problem: Problem, epss: EpssScore | undefined, now: Date): Risk {
  const { severity, malicious, kev, fixedIn, workloads, acceptedBy } = problem;
  const fixableSince = fixedIn === undefined ? undefined : fixSince(problem);
  return riskOf(
    {
      severity,
      malicious,
      running: workloads.length > 0 ? workloads.length : acceptedBy.length,
      ...(kev === undefined ? {} : { kev }),
      ...(epss === undefined ? {} : { epss }),
      ...(fixedIn === undefined ? {} : { fixedIn }),
      ...(fixableSince === undefined ? {} : { fixableSince }),
    },
    now,
  );
}

/** When its fix was seen: told later, or there from the first. */
const fixSince = ({ history, firstSeen }: Problem): string =>
  history.findLast(({ transition }) => transition === 'FIX_AVAILABLE')?.at ?? firstSeen;

function severityFactor({ severity: { score, level } }: RiskFacts): RiskFactor {
  const points = Math.round((score ?? scoreOfWord[level]) * 4);
  return { name: 'severity', points, text: score === undefined ? level : `${level}, CVSS ${score.toFixed(1)}` };
}

function exploitFactor({ kev, epss }: RiskFacts): RiskFactor {
  if (kev !== undefined)
    return {
      name: 'exploit',
      points: kev.ransomware ? 35 : 32,
      text: `known to be exploited since ${kev.dateAdded} (CISA KEV)${kev.ransomware ? ', by ransomware too' : ''}`,
    };
  // scores crowd near zero: the root tells 0.01 from 0.1
  const points = epss === undefined ? 0 : Math.round(30 * Math.sqrt(epss.score));
  return { name: 'exploit', points, text: `EPSS ${epss?.score ?? 0}` };
}

function runningFactor({ running }: RiskFacts): RiskFactor {
  const points = running === 0 ? 0 : Math.min(10, 6 + Math.floor(2 * Math.log10(running)));
  return { name: 'running', points, text: `runs in ${running} ${running === 1 ? 'service' : 'services'}` };
}

function fixFactor({ fixedIn, fixableSince }: RiskFacts, now: Date): RiskFactor {
  if (fixedIn === undefined) return { name: 'fix', points: 0, text: 'no fix is known' };
  const waited = fixableSince === undefined ? 0 : Math.floor((now.getTime() - Date.parse(fixableSince)) / day);
  const days = Number.isNaN(waited) ? 0 : Math.min(oldestFix, Math.max(0, waited));
  return {
    name: 'fix',
    points: 2 + Math.floor((3 * days) / oldestFix),
    text: days === 0 ? `fixed in ${fixedIn}` : `fixed in ${fixedIn}, for ${waited} ${waited === 1 ? 'day' : 'days'}`,
  };
}
