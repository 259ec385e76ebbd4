import type { SeverityLevel } from '#shared/judging';
import type { ReportFinding } from './report.ts';

/** What `--fail-on` takes: a severity means that one and all above it. */
export const thresholds = ['critical', 'high', 'medium', 'low', 'kev', 'fixable', 'any'] as const;
export type Threshold = (typeof thresholds)[number];

const levels: readonly SeverityLevel[] = ['critical', 'high', 'medium', 'low'];

/** The thresholds that findings reach, with how many of them do. Malware reaches every one. */
export function reached(
  findings: readonly ReportFinding[],
  wanted: readonly Threshold[],
): readonly { readonly threshold: Threshold; readonly count: number }[] {
  const counted = findings.filter(({ status }) => status !== 'fixed' && status !== 'not_affected');
  return wanted
    .map((threshold) => ({ threshold, count: counted.filter((finding) => reaches(finding, threshold)).length }))
    .filter(({ count }) => count > 0);
}

function reaches(finding: ReportFinding, threshold: Threshold): boolean {
  if (threshold === 'any' || finding.malicious) return true;
  if (threshold === 'kev') return finding.kev !== null;
  if (threshold === 'fixable') return finding.fixedIn !== null;
  const place = levels.indexOf(finding.severity.level);
  return place >= 0 && place <= levels.indexOf(threshold);
}
