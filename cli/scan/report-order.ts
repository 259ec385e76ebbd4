import { compareSeverity } from '#shared/findings';
import type { ReportFinding } from './report.ts';

/** What findings can be sorted by. */
export const reportOrders = ['risk', 'severity'] as const;
export type ReportOrder = (typeof reportOrders)[number];

/** Findings worst first: malware, then by risk or by severity; what is alike in that stands in an order that does not change. */
export const sortFindings = (findings: readonly ReportFinding[], by: ReportOrder): ReportFinding[] =>
  findings.toSorted(
    (a, b) =>
      Number(b.malicious) - Number(a.malicious) ||
      (by === 'risk' ? b.risk.score - a.risk.score : 0) ||
      compareSeverity(a.severity.level, b.severity.level) ||
      Number(b.kev !== null) - Number(a.kev !== null) ||
      (b.severity.score ?? 0) - (a.severity.score ?? 0) ||
      compare(a.package.name, b.package.name) ||
      compare(a.package.version, b.package.version) ||
      compare(a.vulnerability, b.vulnerability),
  );

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
