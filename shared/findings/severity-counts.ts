import type { SeverityLevel } from '#shared/judging';
import { type ImageFinding, severityOrder } from './types.ts';

/** How many findings of each severity, all levels present, and how many of them have a fix. What is accepted or hidden is not taken out here. */
export function severityCounts(findings: readonly ImageFinding[]): Readonly<Record<SeverityLevel | 'fixable', number>> {
  const counts = Object.fromEntries([...severityOrder, 'fixable'].map((level) => [level, 0])) as Record<
    SeverityLevel | 'fixable',
    number
  >;
  for (const finding of findings) {
    counts[finding.severity.level] += 1;
    if (finding.fixedIn !== undefined) counts.fixable += 1;
  }
  return counts;
}
