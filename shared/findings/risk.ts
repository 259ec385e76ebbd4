import type { EpssScore } from '#shared/advisories';
import type { Exposed } from '#shared/fleet';
import type { InUse } from '#shared/inventory';
import type { Severity, SeverityLevel } from '#shared/judging';
import type { Likelihood } from './acceptance.ts';
import type { ImageFinding, Problem } from './types.ts';

/** What a risk is computed from. */
export interface RiskFacts {
  readonly severity: Severity;
  readonly malicious: boolean;
  /** CISA KEV */
  readonly kev?: { readonly dateAdded: string; readonly ransomware: boolean };
  readonly epss?: EpssScore;
  /** how many workloads run it and have not accepted it; absent: nothing is known of what runs */
  readonly running?: number;
  readonly fixedIn?: string;
  /** since when there is a fix, ISO, as far as it was seen */
  readonly fixableSince?: string;
  /** from where what runs it can be reached; absent: not known */
  readonly exposed?: Exposed;
  /** whether what is vulnerable is used by what the image starts; absent: not known */
  readonly inUse?: InUse;
}

/** One part of a risk; one that adds nothing says why. */
export interface RiskFactor {
  readonly name: 'malware' | 'severity' | 'kev' | 'epss' | 'running' | 'exposed' | 'in use' | 'fix';
  readonly points: number;
  /** `CVSS 9.8`, `known to be exploited since 2022-05-04 (CISA KEV)`; may hold outside text */
  readonly text: string;
}

/** 0 to 100, and everything that it is made of: the points of the factors add up to it. */
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

/** What is not known stands in the middle: it is neither safe nor proven. */
const pointsOfReach: Readonly<Record<Exposed['reach'], number>> = { internet: 12, internal: 5, unknown: 5, none: 0 };
const pointsOfUse: Readonly<Record<InUse['state'], number>> = { yes: 8, unknown: 4, 'not seen': 0 };

const day = 86_400_000;
/** A fix that is older makes nothing worse. */
const oldestFix = 90;

/**
 * How urgent it is, from 0 to 100: severity (CVSS) up to 35, how likely an exploit is up to 30 (known ones before EPSS), from where it can be reached up to 12, running up to
 * 10, in use up to 8, a fix and how long it waits up to 5. Malware is 100. Every factor is in the result, those that add nothing too. Pure; more of anything never lowers it.
 */
export function riskOf(facts: RiskFacts, now: Date): Risk {
  if (facts.malicious)
    return { score: 100, factors: [{ name: 'malware', points: 100, text: 'the package itself is malware' }] };
  const factors = [
    severityFactor(facts),
    kevFactor(facts),
    epssFactor(facts),
    exposedFactor(facts),
    runningFactor(facts),
    inUseFactor(facts),
    fixFactor(facts, now),
  ];
  return { score: factors.reduce((sum, { points }) => sum + points, 0), factors };
}

/** The risk of a problem, with what the catalogues say of it now. */
export function riskOfProblem(problem: Problem, epss: EpssScore | undefined, now: Date): Risk {
  const { severity, malicious, kev, fixedIn, workloads, acceptedBy, exposed, inUse } = problem;
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
      ...(exposed === undefined ? {} : { exposed }),
      ...(inUse === undefined ? {} : { inUse }),
    },
    now,
  );
}

/** The risk of a finding in an image, by what runs the image. */
export const riskOfFinding = (
  { severity, malicious, fixedIn, inUse }: Pick<ImageFinding, 'severity' | 'malicious' | 'fixedIn' | 'inUse'>,
  { kev, epss }: Likelihood,
  here: { readonly running: number; readonly exposed?: Exposed | undefined },
  now: Date,
): Risk =>
  riskOf(
    {
      severity,
      malicious,
      running: here.running,
      ...(kev === undefined ? {} : { kev }),
      ...(epss === undefined ? {} : { epss }),
      ...(fixedIn === undefined ? {} : { fixedIn }),
      ...(here.exposed === undefined ? {} : { exposed: here.exposed }),
      ...(inUse === undefined ? {} : { inUse }),
    },
    now,
  );

/** When its fix was seen: told later, or there from the first. */
const fixSince = ({ history, firstSeen }: Problem): string =>
  history.findLast(({ transition }) => transition === 'FIX_AVAILABLE')?.at ?? firstSeen;

function severityFactor({ severity: { score, level } }: RiskFacts): RiskFactor {
  const points = Math.round((score ?? scoreOfWord[level]) * 3.5);
  return { name: 'severity', points, text: score === undefined ? level : `${level}, CVSS ${score.toFixed(1)}` };
}

function kevFactor({ kev }: RiskFacts): RiskFactor {
  if (kev === undefined) return { name: 'kev', points: 0, text: 'not known to be exploited (CISA KEV)' };
  return {
    name: 'kev',
    points: kev.ransomware ? 30 : 28,
    text: `known to be exploited since ${kev.dateAdded} (CISA KEV)${kev.ransomware ? ', by ransomware too' : ''}`,
  };
}

function epssFactor({ kev, epss }: RiskFacts): RiskFactor {
  if (epss === undefined) return { name: 'epss', points: 0, text: 'no EPSS score' };
  if (kev !== undefined) return { name: 'epss', points: 0, text: `EPSS ${epss.score}; KEV says more` };
  // scores crowd near zero: the root tells 0.01 from 0.1
  return { name: 'epss', points: Math.round(26 * Math.sqrt(epss.score)), text: `EPSS ${epss.score}` };
}

function exposedFactor({ exposed }: RiskFacts): RiskFactor {
  const { reach, why } = exposed ?? { reach: 'unknown', why: 'nothing that runs it is known' };
  const said = {
    internet: 'from the internet',
    internal: 'from inside',
    unknown: 'not known',
    none: 'nothing leads to it',
  };
  return { name: 'exposed', points: pointsOfReach[reach], text: `${said[reach]}: ${why}` };
}

function runningFactor({ running }: RiskFacts): RiskFactor {
  if (running === undefined) return { name: 'running', points: 0, text: 'not known to run' };
  const points = running === 0 ? 0 : Math.min(10, 6 + Math.floor(2 * Math.log10(running)));
  return { name: 'running', points, text: `runs in ${running} ${running === 1 ? 'service' : 'services'}` };
}

function inUseFactor({ inUse }: RiskFacts): RiskFactor {
  const { state, why } = inUse ?? { state: 'unknown', why: 'what its image starts was not looked at' };
  return {
    name: 'in use',
    points: pointsOfUse[state],
    text: state === 'unknown' ? `not known: ${why}` : `${state}: ${why}`,
  };
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
