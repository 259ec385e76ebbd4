import { type ExceptionSubject, endsText, exceptionFor } from './exceptions.ts';
import type { Level, Policy } from './types.ts';

/** One finding as a verdict looks at it. */
export interface JudgedFinding {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly package: string;
  readonly severity: Level;
  readonly fixedIn?: string;
  readonly kev?: boolean;
  /** since when it is known to be exploited */
  readonly exploitedSince?: string;
  /** how likely an exploit is, 0 to 1 */
  readonly epss?: number;
  readonly malicious?: boolean;
  readonly paths?: readonly string[];
}

/** An image under judgement: what could be known of it and what was found. */
export interface VerdictView {
  readonly repository?: string;
  readonly service?: string;
  readonly digests?: readonly string[];
  readonly coverage: {
    readonly state: 'scanned' | 'partial' | 'unsupported';
    readonly reasons: readonly { readonly text: string }[];
  };
  readonly findings: readonly JudgedFinding[];
}

/** pass, warn or block, with every reason, worst first; nothing is dropped without being counted. */
export interface Verdict {
  readonly verdict: 'pass' | 'warn' | 'block';
  readonly reasons: readonly { readonly verdict: 'warn' | 'block'; readonly text: string }[];
  /** findings that exceptions accept, with their reasons */
  readonly accepted: readonly {
    readonly vulnerability: string;
    readonly package: string;
    readonly reason: string;
    /** what ends it, in words */
    readonly until: string;
  }[];
  /** findings below every threshold */
  readonly below: number;
}

const order: readonly Level[] = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'];
const atLeast = (level: Level, bound: Level | 'never'): boolean =>
  bound !== 'never' && order.indexOf(level) <= order.indexOf(bound);

/** Judges an image by the policy. An image that could not be judged wholly is never a pass (design decision 11). */
export function evaluate(policy: Pick<Policy, 'alert' | 'block' | 'ignore'>, view: VerdictView, now: Date): Verdict {
  const reasons: { verdict: 'warn' | 'block'; text: string; rank: number }[] = [];
  const accepted: Verdict['accepted'][number][] = [];
  let below = 0;
  const { state } = view.coverage;
  if (state !== 'scanned') {
    const why = view.coverage.reasons
      .map((reason) => reason.text)
      .slice(0, 3)
      .join('; ');
    reasons.push({
      verdict: state === 'unsupported' && policy.block.unsupported ? 'block' : 'warn',
      text: `it could be judged ${state === 'partial' ? 'in part only' : 'not at all'}${why === '' ? '' : `: ${why}`}`,
      rank: -1,
    });
  }
  for (const finding of view.findings) {
    const { exception, ended } = exceptionFor(policy.ignore, subjectOf(finding, view), now);
    if (exception !== undefined) {
      accepted.push({
        vulnerability: finding.vulnerability,
        package: finding.package,
        reason: exception.reason,
        until: endsText(exception),
      });
      continue;
    }
    const verdict = verdictOf(policy, finding);
    if (verdict === undefined) {
      below += 1;
      continue;
    }
    const past = ended[0] === undefined ? '' : `; its exception has ended: ${ended[0].why}`;
    reasons.push({
      verdict: verdict[0],
      text: `${finding.vulnerability} in ${finding.package}: ${verdict[1]}${past}`,
      rank: order.indexOf(finding.severity),
    });
  }
  reasons.sort(
    (a, b) =>
      Number(b.verdict === 'block') - Number(a.verdict === 'block') ||
      a.rank - b.rank ||
      (a.text < b.text ? -1 : a.text > b.text ? 1 : 0),
  );
  return {
    verdict: reasons[0]?.verdict ?? 'pass',
    reasons: reasons.map(({ verdict, text }) => ({ verdict, text })),
    accepted,
    below,
  };
}

const subjectOf = (finding: JudgedFinding, view: VerdictView): ExceptionSubject => ({
  aliases: [finding.vulnerability, ...finding.aliases],
  package: finding.package,
  ...(view.repository === undefined ? {} : { repository: view.repository }),
  ...(view.service === undefined ? {} : { service: view.service }),
  ...(view.digests === undefined ? {} : { digests: view.digests }),
  ...(finding.paths === undefined ? {} : { paths: finding.paths }),
  ...(finding.fixedIn === undefined ? {} : { fixedIn: finding.fixedIn }),
  ...(finding.kev === true ? { exploitedSince: finding.exploitedSince ?? 'an unknown day' } : {}),
  ...(finding.epss === undefined ? {} : { epss: finding.epss }),
  malicious: finding.malicious === true,
});

function verdictOf(
  { block, alert }: Pick<Policy, 'alert' | 'block'>,
  finding: JudgedFinding,
): readonly ['warn' | 'block', string] | undefined {
  const fix = finding.fixedIn === undefined ? 'no fix is known' : `fixed in ${finding.fixedIn}`;
  if (finding.malicious === true) return ['block', 'the package itself is malicious'];
  if (block.kev && finding.kev === true) return ['block', `known to be exploited, ${fix}`];
  if (atLeast(finding.severity, block.severity) && (!block.fixable || finding.fixedIn !== undefined))
    return [
      'block',
      `${finding.severity}, ${fix} (policy blocks ${block.severity} and worse${block.fixable ? ' that have a fix' : ''})`,
    ];
  if (alert.kev && finding.kev === true) return ['warn', `known to be exploited, ${fix}`];
  if (atLeast(finding.severity, alert.severity)) return ['warn', `${finding.severity}, ${fix}`];
  return undefined;
}
