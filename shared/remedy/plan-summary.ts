import { compareSeverity } from '#shared/findings';
import type { WorkloadId } from '#shared/fleet';
import type { Plan, PlanFinding, PlannedChange, PlanOutcome, PlanProblem } from './plan-types.ts';
import { stands } from './weigh-candidate.ts';

/** Findings over all workloads that they touch, the most severe first. */
export function outcomes(parts: readonly (readonly [WorkloadId, readonly PlanFinding[]])[]): PlanOutcome[] {
  const found = new Map<string, { finding: PlanFinding; workloads: Set<WorkloadId> }>();
  for (const [workload, findings] of parts)
    for (const finding of findings.filter(stands)) {
      const key = `${finding.vulnerability} ${finding.package}`;
      const entry = found.get(key) ?? { finding, workloads: new Set() };
      entry.workloads.add(workload);
      found.set(key, entry);
    }
  return [...found.entries()]
    .sort(([a, x], [b, y]) => compareSeverity(x.finding.severity, y.finding.severity) || (a < b ? -1 : 1))
    .map(([, { finding, workloads }]) => ({
      vulnerability: finding.vulnerability,
      package: finding.package,
      severity: finding.severity,
      ...(finding.fixedIn === undefined ? {} : { fixedIn: finding.fixedIn }),
      workloads: workloads.size,
    }));
}

/** What the most ready of a plan's changes is. */
export function verdictOf(changes: readonly PlannedChange[]): Plan['verdict'] {
  for (const verdict of ['ready', 'needs-approval', 'observe-only'] as const)
    if (changes.some((change) => change.verdict === verdict)) return verdict;
  return 'nothing-clean';
}

const services = (count: number): string => `${count} workload${count === 1 ? '' : 's'}`;

/** The plan in one or two sentences. */
export function summaryOf(
  problem: PlanProblem,
  verdict: Plan['verdict'],
  changes: readonly PlannedChange[],
  waves: number,
  unhelped: number,
): string {
  const what = `${problem.vulnerability} in ${problem.package}`;
  const left = unhelped === 0 ? '' : ` ${services(unhelped)} cannot be helped this way.`;
  if (verdict === 'nothing-clean') return `${what}: no newer image is known to be clean.${left}`;
  const inWaves = `${services(changes.length)} in ${waves} wave${waves === 1 ? '' : 's'}`;
  const waiting = changes.filter((change) => change.verdict === 'needs-approval').length;
  if (verdict === 'observe-only')
    return `${what}: a clean image is there for ${services(changes.length)}; their mode is observe, so nothing is done.${left}`;
  if (verdict === 'needs-approval') return `${what}: ${inWaves}, waiting for an approval.${left}`;
  return `${what}: ${inWaves}${waiting > 0 ? `, ${waiting} of them waiting for an approval` : ''}.${left}`;
}
