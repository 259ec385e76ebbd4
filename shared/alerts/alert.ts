import { compareSeverity, type Problem, type ProblemChange, problemId, shortName } from '#shared/findings';
import type { SeverityLevel } from '#shared/judging';
import type { Alert, AlertLabels, AlertState, RepairNews } from './types.ts';

/** From which severity on people are told at once; the policy's `alert:` section. */
export interface AlertThreshold {
  readonly severity: SeverityLevel;
  readonly kev: boolean;
  /** from which likelihood of an exploit on (EPSS, 0 to 1); absent: never by that */
  readonly epss?: number | undefined;
}

const maxHeader = 150;

/** What an alert is made with, besides the problem. */
export interface AlertContext {
  readonly threshold: AlertThreshold;
  /** the newest news of its repair; what is no longer so is left out here, see currentRepair */
  readonly repair?: RepairNews;
  /** what Drydock may do to each workload */
  readonly modes: Readonly<Record<string, 'observe' | 'ask' | 'auto'>>;
  readonly labels?: AlertLabels;
  /** how many services it is open in, where the problem at hand names only the first of them */
  readonly running?: number;
  readonly now: string;
}

/**
 * The alert of a problem as it stands: what, why you, where, which fix, what happens next. Pure. Its state is the problem's own or its
 * repair's, whichever is newer; `transitions` are those of the event, and say whether it is more than the baseline. Source: people.md section 1.
 */
export function alertOf(problem: Problem, transitions: ProblemChange['transitions'], context: AlertContext): Alert {
  const repair = currentRepair(problem, context.repair);
  const { state, at } = stateOf(problem, repair);
  const count = context.running ?? problem.workloads.length;
  const running = problem.state === 'open' ? `${count} ${count === 1 ? 'service' : 'services'} running` : problem.state;
  const kev = problem.kev === undefined ? '' : ', KEV';
  return {
    key: problem.key,
    id: problemId(problem.key),
    state,
    stateAt: at,
    severity: problem.severity,
    kev: problem.kev !== undefined,
    labels: context.labels ?? { env: 'unknown', team: 'unknown' },
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

/**
 * The news of a repair, if they are still true of the problem: nothing that was before it came back; no plan or rollout of one that is
 * accepted or gone, except that the rollout verified it away.
 */
export function currentRepair(problem: Problem, repair: RepairNews | undefined): RepairNews | undefined {
  if (repair === undefined) return undefined;
  const back = problem.history.findLast((entry) => entry.transition === 'REOPENED')?.at;
  if (back !== undefined && repair.at < back) return undefined;
  if (problem.state === 'resolved') return repair.state === 'VERIFIED' ? repair : undefined;
  if (problem.state === 'accepted') return repair.state === 'ROLLING' ? repair : undefined;
  return repair;
}

/** That a problem spreads changes its lines, not its state: thousands of services would be thousands of states. */
function stateOf(
  problem: Problem,
  repair: RepairNews | undefined,
): { readonly state: AlertState; readonly at: string } {
  const own = problem.history.findLast((entry) => entry.transition !== 'SPREAD') ?? problem.history.at(-1);
  if (repair !== undefined && (own === undefined || problem.state === 'resolved' || repair.at >= own.at))
    return { state: repair.state, at: `${repair.at} ${repair.id}` };
  return { state: own?.transition ?? 'NEW', at: own?.at ?? problem.firstSeen };
}

function whyOf(problem: Problem): string {
  const reasons = [`severity ${problem.severity.level} (${problem.severity.source})`];
  if (problem.kev !== undefined)
    reasons.push(
      `known to be exploited since ${problem.kev.dateAdded}${problem.kev.ransomware ? ', used by ransomware' : ''}`,
    );
  if (problem.malicious) reasons.push('the package itself is malicious');
  if (problem.exposed?.reach === 'internet') reasons.push(`the internet reaches it (${problem.exposed.why})`);
  if (problem.inUse?.state === 'yes') reasons.push('in use by what the image starts');
  reasons.push(`you run ${problem.packages.slice(0, 3).join(', ')}${problem.packages.length > 3 ? ' …' : ''}`);
  return reasons.join('; ');
}

function whereOf(problem: Problem): string {
  if (problem.state === 'resolved') return 'nothing runs it any more';
  if (problem.state === 'accepted') {
    const services = problem.acceptedBy.slice(0, 8).map(shortName).join(', ');
    const rest = problem.acceptedBy.length > 8 ? ` and ${problem.acceptedBy.length - 8} more` : '';
    return `accepted in ${services}${rest}; first seen ${problem.firstSeen}`;
  }
  const names = problem.workloads.map(shortName);
  const shown = names.slice(0, 8).join(', ');
  const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
  const accepted = problem.acceptedBy.length > 0 ? ` (accepted in ${problem.acceptedBy.length} more)` : '';
  return `${shown}${more}${accepted}; first seen ${problem.firstSeen}`;
}

function nextOf(problem: Problem, repair: RepairNews | undefined, modes: Readonly<Record<string, string>>): string {
  if (problem.state === 'accepted') return 'nothing until the exception ends; then it is told again';
  if (problem.state === 'resolved' && repair?.state !== 'VERIFIED') return 'nothing to do';
  if (repair?.state === 'VERIFIED' && problem.workloads.length > 0)
    return `${repair.text}; it still runs in the services above`;
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

/** What the first look at a fleet finds, service by service. */
const quietly = new Set<string>(['NEW', 'SPREAD']);

function urgencyOf(
  problem: Problem,
  transitions: ProblemChange['transitions'],
  repair: RepairNews | undefined,
  threshold: AlertThreshold,
): Alert['urgency'] {
  if (problem.state !== 'open') return { now: false, reason: `${problem.state}: told only where it was told before` };
  const onlyOffered = repair === undefined || (repair.state === 'PLANNED' && !repair.approvable);
  if (problem.baseline && transitions.every(({ transition }) => quietly.has(transition)) && onlyOffered)
    return { now: false, reason: 'part of the silent baseline' };
  if (threshold.kev && problem.kev !== undefined) return { now: true, reason: 'known to be exploited' };
  if (threshold.epss !== undefined && problem.likely !== undefined)
    return { now: true, reason: `an exploit is likely: EPSS ${problem.likely.score}` };
  if (problem.malicious) return { now: true, reason: 'malicious package' };
  if (compareSeverity(problem.severity.level, threshold.severity) <= 0)
    return { now: true, reason: `severity ${problem.severity.level}, told from ${threshold.severity} on` };
  return {
    now: false,
    reason: `severity ${problem.severity.level} waits for the digest (told at once from ${threshold.severity} on)`,
  };
}

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
