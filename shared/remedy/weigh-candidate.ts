import { compareSeverity, severityOrder } from '#shared/findings';
import type { SeverityLevel } from '#shared/judging';
import type { PlanFinding, PlanProblem, RejectionCode, ScannedImage } from './plan-types.ts';
import { sameApplication } from './same-application.ts';

/** What a candidate is worth to containers that run `current`: refused, or what must be asked first and what it leaves. */
export type Weighed =
  | { readonly ok: false; readonly code: RejectionCode; readonly text: string }
  | {
      readonly ok: true;
      readonly candidate: ScannedImage;
      /** the application is the one that runs, or policy names the tag: nobody's unreleased work */
      readonly released: boolean;
      readonly why: string;
      /** what an approval must know; empty when `released` and nothing is in doubt */
      readonly asks: readonly string[];
      readonly remaining: readonly PlanFinding[];
      readonly closes: readonly PlanFinding[];
    };

/** A finding that stands: the judge does not say that it is fixed or not affected. */
export const stands = (finding: PlanFinding): boolean =>
  finding.status !== 'fixed' && finding.status !== 'not_affected';

/** Whether a finding is the problem's vulnerability, in whatever package: the same flaw under another package's name is no repair. */
export function isOfProblem(finding: PlanFinding, problem: PlanProblem): boolean {
  const names = new Set([problem.vulnerability, ...problem.aliases]);
  return (
    finding.id === problem.key.finding ||
    names.has(finding.vulnerability) ||
    finding.aliases.some((alias) => names.has(alias))
  );
}

// 'unknown' is not 'none': it is weighed as medium, so that an unrated newcomer is not waved through for a small gain
const rank = (level: SeverityLevel): SeverityLevel => (level === 'unknown' ? 'medium' : level);
const level = (finding: PlanFinding): SeverityLevel =>
  finding.malicious === true ? 'critical' : rank(finding.severity);

const identity = (finding: PlanFinding): string => `${finding.vulnerability} ${finding.package}`;
const label = (finding: PlanFinding): string =>
  `${finding.vulnerability} in ${finding.package} ${finding.version} (${finding.severity})`;
const some = (findings: readonly PlanFinding[]): string =>
  `${findings.slice(0, 3).map(label).join(', ')}${findings.length > 3 ? ` and ${findings.length - 3} more` : ''}`;

/**
 * Weighs one candidate against the image that runs (reference remediation.md section 1): proven by its own scan, without the vulnerability, not older,
 * not worse in coverage or by new findings as bad as the problem, for the same platform. A candidate with another application is not refused but asks.
 */
export function weighCandidate(
  problem: PlanProblem,
  current: ScannedImage,
  candidate: ScannedImage,
  named: string | undefined,
): Weighed {
  const no = (code: RejectionCode, text: string): Weighed => ({ ok: false, code, text });
  const { coverage } = candidate;
  if (coverage === undefined) return no('not-scanned', 'it was not scanned yet: whether it is clean is not known');
  if (coverage.state === 'unsupported')
    return no('unsupported', `it cannot be judged: ${coverage.reasons[0]?.text ?? 'unsupported'}`);
  const missing = current.platforms.filter((platform) => !candidate.platforms.includes(platform));
  if (candidate.platforms.length > 0 && current.platforms.length > 0 && missing.length === current.platforms.length)
    return no('platform-missing', `it is not there for ${missing.join(', ')}`);
  if (candidate.pushedAt !== undefined && current.pushedAt !== undefined && candidate.pushedAt < current.pushedAt)
    return no('older', `it was pushed on ${candidate.pushedAt}, before the image that runs (${current.pushedAt})`);
  const left = candidate.findings.filter(stands);
  const still = left.filter((finding) => isOfProblem(finding, problem));
  if (still.length > 0) return no('still-vulnerable', `it still has ${some(still)}`);
  if (current.coverage?.state === 'scanned' && coverage.state === 'partial')
    return no('coverage-worse', `less of it could be judged: ${coverage.reasons[0]?.text ?? 'partial'}`);
  const before = new Set(current.findings.filter(stands).map(identity));
  const bar = problem.malicious === true ? 'critical' : rank(problem.severity);
  const worse = left.filter((finding) => !before.has(identity(finding)) && compareSeverity(level(finding), bar) <= 0);
  if (worse.length > 0) return no('new-findings', `it would bring ${some(worse)}`);

  const application = sameApplication(current, candidate);
  const released = application.same || named !== undefined;
  const ages = candidate.pushedAt !== undefined && current.pushedAt !== undefined;
  const asks = [
    ...(released
      ? []
      : [
          `a newer tag is somebody's unreleased work: ${application.why}, and policy names no range that holds it; ask the owner`,
        ]),
    ...(ages || released ? [] : ['when it was pushed is not known, so it may be older']),
  ];
  const after = new Set(left.map(identity));
  return {
    ok: true,
    candidate,
    released,
    why: application.same ? application.why : named === undefined ? application.why : `policy names it (${named})`,
    asks,
    remaining: left,
    closes: current.findings.filter((finding) => stands(finding) && !after.has(identity(finding))),
  };
}

/** Orders candidates, best first: released ones, then the fewest findings left (worst severities first), then the newest. */
export function compareWeighed(a: Extract<Weighed, { ok: true }>, b: Extract<Weighed, { ok: true }>): number {
  if ((a.asks.length === 0) !== (b.asks.length === 0)) return a.asks.length === 0 ? -1 : 1;
  for (const severity of severityOrder) {
    const count = (weighed: typeof a) => weighed.remaining.filter((finding) => level(finding) === severity).length;
    const difference = count(a) - count(b);
    if (difference !== 0) return difference;
  }
  const [newer, older] = [a.candidate.pushedAt ?? '', b.candidate.pushedAt ?? ''];
  if (newer !== older) return newer > older ? -1 : 1;
  return a.candidate.digest < b.candidate.digest ? -1 : a.candidate.digest > b.candidate.digest ? 1 : 0;
}
