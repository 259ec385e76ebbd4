import { compareSeverity, type Problem, type ProblemChange, problemId, shortName } from '#shared/findings';
import type { SeverityLevel } from '#shared/judging';
import type { Alert, AlertState, RepairNews } from './types.ts';

/** From which severity on people are told at once; the policy's `alert:` section. */
export interface AlertThreshold {
  readonly severity: SeverityLevel;
  readonly kev: boolean;
}

const maxHeader = 150;

/**
 * The alert of a problem as it stands: what, why you, where, which fix, what happens next. Pure. `repair` is the newest news of
 * its repair; `modes` says what Drydock may do to each workload. Source: people.md section 1.
 */
export function alertOf(
  problem: Problem,
  transitions: ProblemChange['transitions'],
  context: {
    readonly threshold: AlertThreshold;
    readonly repair?: RepairNews;
    readonly modes: Readonly<Record<string, 'observe' | 'ask' | 'auto'>>;
    readonly now: string;
  },
): Alert {
  const { repair } = context;
  const state: AlertState =
    repair?.state ?? transitions.at(-1)?.transition ?? problem.history.at(-1)?.transition ?? 'NEW';
  const count = problem.workloads.length;
  const running = problem.state === 'open' ? `${count} ${count === 1 ? 'service' : 'services'} running` : problem.state;
  const kev = problem.kev === undefined ? '' : ', KEV';
  return {
    key: problem.key,
    id: problemId(problem.key),
    state,
    severity: problem.severity,
    header: cut(
      `${problem.severity.level.toUpperCase()}${kev} - ${problem.vulnerability} ${problem.package} - ${running}`,
      maxHeader,
    ),
    why: whyOf(problem),
    where: whereOf(problem),
    fix:
      problem.fixedIn === undefined
        ? 'no fixed version is known yet'
        : `fixed in ${problem.package} ${problem.fixedIn}${repair === undefined ? '' : `; ${repair.text}`}`,
    next: nextOf(problem, repair, context.modes),
    history: problem.history.map((entry) => ({ at: entry.at, text: `${entry.transition}: ${entry.text}` })),
    buttons: buttonsOf(problem, repair),
    urgency: urgencyOf(problem, transitions, repair, context.threshold),
    at: context.now,
  };
}

function whyOf(problem: Problem): string {
  const reasons = [`severity ${problem.severity.level} (${problem.severity.source})`];
  if (problem.kev !== undefined)
    reasons.push(
      `known to be exploited since ${problem.kev.dateAdded}${problem.kev.ransomware ? ', used by ransomware' : ''}`,
    );
  if (problem.malicious) reasons.push('the package itself is malicious');
  reasons.push(`you run ${problem.packages.slice(0, 3).join(', ')}${problem.packages.length > 3 ? ' …' : ''}`);
  return reasons.join('; ');
}

function whereOf(problem: Problem): string {
  if (problem.state === 'resolved') return 'nothing runs it any more';
  const names = problem.workloads.map(shortName);
  const shown = names.slice(0, 8).join(', ');
  const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
  const accepted = problem.acceptedBy.length > 0 ? ` (accepted in ${problem.acceptedBy.length} more)` : '';
  return `${shown}${more}${accepted}; first seen ${problem.firstSeen}`;
}

function nextOf(problem: Problem, repair: RepairNews | undefined, modes: Readonly<Record<string, string>>): string {
  if (problem.state === 'resolved') return 'nothing to do';
  if (repair?.state === 'VERIFIED')
    return 'verified: the planned digests run and the vulnerability is absent from them';
  if (repair?.state === 'ROLLING') return `${repair.text}; follow or stop it on the page`;
  if (repair?.state === 'ROLLED_BACK') return `${repair.text}; nothing more happens until someone decides`;
  const mode = new Set(problem.workloads.map((workload) => modes[workload] ?? 'observe'));
  if (repair?.approvable === true) return `nothing happens until someone approves: drydock approve ${repair.id}`;
  if (mode.has('auto') && repair !== undefined)
    return `the rollout starts by itself; stop it with: drydock rollout stop ${repair.id}`;
  if (mode.size === 1 && mode.has('observe'))
    return 'nothing: these services are observed only (tag drydock:repair=ask to be offered repairs)';
  return problem.fixedIn === undefined
    ? 'nothing until a fix is published; you will be told'
    : 'push a fixed image: as soon as it is read and clean, a plan is offered';
}

function buttonsOf(problem: Problem, repair: RepairNews | undefined): Alert['buttons'] {
  const open = { action: 'open', label: 'Open', value: problemId(problem.key) } as const;
  const explain = { action: 'explain', label: 'Explain', value: problem.vulnerability } as const;
  return repair?.approvable === true
    ? [{ action: 'approve', label: 'Approve', value: repair.id }, explain, open]
    : [explain, open];
}

function urgencyOf(
  problem: Problem,
  transitions: ProblemChange['transitions'],
  repair: RepairNews | undefined,
  threshold: AlertThreshold,
): Alert['urgency'] {
  const onlyOffered = repair === undefined || (repair.state === 'PLANNED' && !repair.approvable);
  if (problem.baseline && transitions.every((entry) => entry.transition === 'NEW') && onlyOffered)
    return { now: false, reason: 'part of the silent baseline' };
  if (threshold.kev && problem.kev !== undefined) return { now: true, reason: 'known to be exploited' };
  if (problem.malicious) return { now: true, reason: 'malicious package' };
  if (compareSeverity(problem.severity.level, threshold.severity) <= 0)
    return { now: true, reason: `severity ${problem.severity.level}, told from ${threshold.severity} on` };
  return {
    now: false,
    reason: `severity ${problem.severity.level} waits for the digest (told at once from ${threshold.severity} on)`,
  };
}

const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);
