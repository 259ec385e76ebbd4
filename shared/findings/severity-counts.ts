import type { SeverityLevel } from '#shared/judging';
import { type ImageFinding, severityOrder } from './types.ts';

/** Whether a finding is shown and told: not the noise of its image. */
export const isShown = (finding: ImageFinding): boolean => finding.hidden === undefined;

/** Numbers of findings: by severity and with a fix, of those that are shown; and how many are hidden. */
export type SeverityCounts = Readonly<Record<SeverityLevel | 'fixable' | 'hidden', number>>;

/** How many findings of each severity, all levels present, how many of them have a fix, and how many are hidden beside them. What is accepted is not taken out here. */
export function severityCounts(findings: readonly ImageFinding[]): SeverityCounts {
  const counts = Object.fromEntries([...severityOrder, 'fixable', 'hidden'].map((name) => [name, 0])) as Record<
    keyof SeverityCounts,
    number
  >;
  for (const finding of findings) {
    if (!isShown(finding)) {
      counts.hidden += 1;
      continue;
    }
    counts[finding.severity.level] += 1;
    if (finding.fixedIn !== undefined) counts.fixable += 1;
  }
  return counts;
}
