import { compareSeverity } from '#shared/findings';
import type { RepairMode, WorkloadId } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import { contentId } from './content-id.ts';
import { meantTag, pinnedName, splitImageName } from './image-name.ts';
import type {
  AffectedContainer,
  Approval,
  ContainerChange,
  HoldDown,
  Plan,
  PlanFinding,
  PlanInput,
  PlannedChange,
  PlanOutcome,
  PlanProblem,
  Rejection,
  RejectionCode,
  ScannedImage,
  Unhelped,
  Withdrawal,
} from './plan-types.ts';
import { vulnerabilitySet } from './vulnerability-set.ts';
import { cutWaves } from './waves.ts';
import { compareWeighed, stands, type Weighed, weighCandidate } from './weigh-candidate.ts';

type Fit = Extract<Weighed, { ok: true }>;

/**
 * Plans the remedy *newer*: for every container that has the problem the best image of the same repository that its own scan proves clean, and how to
 * bring it there. Pure; the plan explains itself and its id is the hash of its content. Modes decide who may act: nothing is 'ready' unless the
 * workload is in mode auto, or a person approved it, and nobody stopped it or took it back since. What cannot be helped and what was rejected is listed with the reason.
 */
export function planNewer(input: PlanInput): Plan {
  const weigh = weigher(input);
  const rejections = new Rejections();
  const unhelped: Unhelped[] = [];
  const taken: { readonly affected: AffectedContainer; readonly fit: Fit }[] = [];
  for (const affected of [...input.affected].sort(byWorkload)) {
    const { workload, container, current } = affected;
    const why = workload.notChangeable ?? missingContainer(affected);
    if (why !== undefined) {
      unhelped.push({ workload: workload.id, container, why });
      continue;
    }
    const fits: Fit[] = [];
    for (const candidate of input.candidates) {
      if (candidate.repository !== current.repository || isSame(candidate, current)) continue;
      const held = heldDown(input, workload.id, candidate);
      const weighed = weigh(current, candidate);
      if (held !== undefined) rejections.add(candidate, 'held-down', held, workload.id);
      else if (weighed.ok) fits.push(weighed);
      else rejections.add(candidate, weighed.code, weighed.text, workload.id);
    }
    const [best, ...others] = fits.sort(compareWeighed);
    for (const other of others)
      rejections.add(
        other.candidate,
        'another-is-better',
        other.asks[0] ?? `${name(best?.candidate ?? other.candidate)} leaves less or is newer`,
        workload.id,
      );
    if (best === undefined)
      unhelped.push({ workload: workload.id, container, why: 'no image of its repository is known to be clean' });
    else taken.push({ affected, fit: best });
  }

  const changes = planChanges(input, taken);
  const waves = cutWaves(changes, input.policy.waves);
  const waveOf = new Map(waves.flatMap((wave, index) => wave.map((id) => [id, index + 1] as const)));
  const placed = changes.map((change) => ({ ...change, wave: waveOf.get(change.workload) ?? 1 }));
  const verdict = verdictOf(placed);
  const content = {
    remedy: 'newer' as const,
    problem: input.problem,
    verdict,
    summary: summaryOf(input.problem, verdict, placed, waves.length, unhelped.length),
    changes: placed,
    waves: waves.length,
    wavePolicy: input.policy.waves,
    rejected: rejections.list(),
    unhelped,
    closes: outcomes(taken.map(({ affected, fit }) => [affected.workload.id, fit.closes])),
    remaining: outcomes(taken.map(({ affected, fit }) => [affected.workload.id, fit.remaining])),
    vulnerabilities: vulnerabilitySet(input.problem),
  };
  return { id: contentId('plan', content), ...content, madeAt: input.now };
}

// 5,000 workloads often run a handful of images: each pair is weighed once
function weigher(input: PlanInput): (current: ScannedImage, candidate: ScannedImage) => Weighed {
  const known = new Map<ScannedImage, Map<ScannedImage, Weighed>>();
  return (current, candidate) => {
    const row = known.get(current) ?? new Map<ScannedImage, Weighed>();
    known.set(current, row);
    const named = Object.hasOwn(input.policy.named, candidate.digest)
      ? input.policy.named[candidate.digest]
      : undefined;
    const weighed = row.get(candidate) ?? weighCandidate(input.problem, current, candidate, named);
    row.set(candidate, weighed);
    return weighed;
  };
}

const byWorkload = (a: AffectedContainer, b: AffectedContainer): number =>
  a.workload.id < b.workload.id ? -1 : a.workload.id > b.workload.id ? 1 : a.container < b.container ? -1 : 1;

const name = (image: ScannedImage): string =>
  image.tags[0] === undefined ? image.digest.slice(0, 19) : `${image.repository}:${image.tags[0]}`;

const digestsOf = (image: ScannedImage): ScannedImage['digest'][] => [
  ...new Set([image.digest, ...(image.aliases ?? [])]),
];

const isSame = (a: ScannedImage, b: ScannedImage): boolean =>
  digestsOf(a).some((digest) => digestsOf(b).includes(digest));

const missingContainer = ({ workload, container }: AffectedContainer): string | undefined =>
  workload.containers.some((one) => one.name === container) ? undefined : `it has no container ${container} any more`;

function heldDown(input: PlanInput, workload: WorkloadId, candidate: ScannedImage): string | undefined {
  const digests = digestsOf(candidate);
  const hold: HoldDown | undefined = input.holdDowns.find(
    (one) => one.workload === workload && digests.includes(one.digest) && one.until > input.now,
  );
  return hold === undefined ? undefined : `${hold.reason}; held down until ${hold.until}`;
}

function planChanges(
  input: PlanInput,
  taken: readonly { readonly affected: AffectedContainer; readonly fit: Fit }[],
): Omit<PlannedChange, 'wave'>[] {
  const groups = new Map<WorkloadId, (typeof taken)[number][]>();
  for (const one of taken) groups.set(one.affected.workload.id, [...(groups.get(one.affected.workload.id) ?? []), one]);
  return [...groups.values()].map((group) => planChange(input, group)).filter((change) => change !== undefined);
}

function planChange(
  input: PlanInput,
  group: readonly { readonly affected: AffectedContainer; readonly fit: Fit }[],
): Omit<PlannedChange, 'wave'> | undefined {
  const workload = group[0]?.affected.workload;
  if (workload === undefined) return undefined;
  const containers = group.map(({ affected, fit }) => containerChange(affected, fit));
  const how = containers.every((one) => one.sameTag) ? ('force' as const) : ('register' as const);
  const pinned =
    how === 'force'
      ? containers
      : containers.map((one) =>
          one.sameTag ? { ...one, reference: pinnedName(splitImageName(one.image).name, one.tag, one.to) } : one,
        );
  const mode: RepairMode =
    (Object.hasOwn(input.policy.modes, workload.id) ? input.policy.modes[workload.id] : undefined) ?? 'observe';
  const doubts = [...new Set(group.flatMap(({ fit }) => fit.asks))];
  const asksForDigest = doubts.length > 0;
  const candidates = group.map(({ fit }) => fit.candidate);
  const withdrawn = withdrawalFor(input, workload.id, candidates);
  const asks = [
    ...doubts,
    ...(withdrawn === undefined
      ? []
      : [`it was stopped or taken back on ${withdrawn.at} and needs a new yes: ${withdrawn.reason}`]),
    ...(mode === 'ask' ? ['its mode is ask'] : []),
  ];
  const approval = approvalFor(input, workload.id, asksForDigest ? candidates : [], withdrawn);
  const verdict =
    mode === 'observe' ? 'observe-only' : asks.length === 0 || approval !== undefined ? 'ready' : 'needs-approval';
  const weight =
    (input.policy.weights !== undefined && Object.hasOwn(input.policy.weights, workload.id)
      ? input.policy.weights[workload.id]
      : undefined) ?? workload.desired;
  return {
    workload: workload.id,
    containers: pinned,
    how,
    mode,
    verdict,
    asks,
    asksForDigest,
    ...(asks.length > 0 && approval !== undefined ? { approvedBy: approval.by } : {}),
    weight,
    why: group
      .map(
        ({ affected, fit }) =>
          `${affected.container}: ${name(fit.candidate)} is without ${input.problem.vulnerability} by its own scan; ${fit.why}`,
      )
      .join('. '),
    rollback:
      how === 'force'
        ? 'a copy of its definition that names the old digest, because the tag means the new one by now'
        : `its definition ${workload.definition}`,
    notes: notesOf(group, how),
  };
}

function containerChange({ workload, container, current }: AffectedContainer, { candidate }: Fit): ContainerChange {
  const image = workload.containers.find((one) => one.name === container)?.image ?? '';
  const split = splitImageName(image);
  const wanted = meantTag(split);
  // a reference with a digest stays with it, whatever its tag means by now
  const sameTag = split.digest === undefined && wanted !== undefined && candidate.tags.includes(wanted);
  const tag = sameTag ? wanted : (candidate.tags.find((one) => one === wanted) ?? candidate.tags[0]);
  return {
    container,
    repository: candidate.repository,
    image,
    reference: sameTag ? image : pinnedName(split.name, tag, candidate.digest),
    from: current.digest,
    to: candidate.digest,
    accepted: digestsOf(candidate),
    leaving: digestsOf(current),
    ...(tag === undefined ? {} : { tag }),
    sameTag,
  };
}

/**
 * The last time that a person stopped this repair or took it back: of this problem, or of another that the same image ends. A later yes that named the
 * image ends it, whichever of the plan's problems it was kept under.
 */
function withdrawalFor(
  input: PlanInput,
  workload: WorkloadId,
  candidates: readonly ScannedImage[],
): Withdrawal | undefined {
  const set = vulnerabilitySet(input.problem);
  const brings = (digests: readonly Digest[], candidate: ScannedImage) =>
    digestsOf(candidate).some((digest) => digests.includes(digest));
  const endedBy = ({ at }: Withdrawal) =>
    input.approvals.some(
      (yes) =>
        yes.workload === workload &&
        yes.at > at &&
        (yes.until === undefined || yes.until > input.now) &&
        candidates.every((candidate) => brings(yes.digests, candidate)),
    );
  return input.withdrawals
    .filter((one) => one.workload === workload && one.remedy === 'newer')
    .filter((one) => one.vulnerabilities === set || candidates.some((candidate) => brings(one.digests, candidate)))
    .filter((one) => !endedBy(one))
    .reduce<Withdrawal | undefined>((last, one) => (last === undefined || one.at > last.at ? one : last), undefined);
}

function approvalFor(
  input: PlanInput,
  workload: WorkloadId,
  mustName: readonly ScannedImage[],
  withdrawn: Withdrawal | undefined,
): Approval | undefined {
  const set = vulnerabilitySet(input.problem);
  return input.approvals.find(
    (one) =>
      one.workload === workload &&
      one.vulnerabilities === set &&
      one.remedy === 'newer' &&
      (one.until === undefined || one.until > input.now) &&
      (withdrawn === undefined || one.at > withdrawn.at) &&
      mustName.every((candidate) => one.digests.includes(candidate.digest)),
  );
}

function notesOf(
  group: readonly { readonly affected: AffectedContainer; readonly fit: Fit }[],
  how: 'force' | 'register',
): string[] {
  const workload = group[0]?.affected.workload;
  if (workload === undefined) return [];
  const changing = new Set(group.map(({ affected }) => affected.container));
  const moving = workload.containers.filter(
    (one) => !changing.has(one.name) && splitImageName(one.image).digest === undefined,
  );
  const stack = workload.tags['aws:cloudformation:stack-name'];
  const owner = stack === undefined ? 'whoever owns the definition' : `CloudFormation stack ${stack}`;
  return [
    how === 'force'
      ? `the definition stays as it is: the next deployment by ${owner} keeps the repair`
      : `a new revision: the next deployment by ${owner} brings back what its source says, so change it there too`,
    ...(moving.length === 0
      ? []
      : [`the deployment resolves the tags of ${moving.map((one) => one.name).join(', ')} again too`]),
    ...(workload.desired === 0 ? ['nothing of it runs now: it will start clean'] : []),
  ];
}

class Rejections {
  readonly #byReason = new Map<string, Rejection & { readonly workloads: WorkloadId[] }>();

  add(candidate: ScannedImage, code: RejectionCode, text: string, workload: WorkloadId): void {
    const key = JSON.stringify([candidate.repository, candidate.digest, code, text]);
    const known = this.#byReason.get(key);
    if (known === undefined)
      this.#byReason.set(key, {
        digest: candidate.digest,
        repository: candidate.repository,
        tags: candidate.tags,
        code,
        text,
        workloads: [workload],
      });
    else if (known.workloads.at(-1) !== workload) known.workloads.push(workload);
  }

  list(): Rejection[] {
    return [...this.#byReason.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rejection]) => rejection);
  }
}

function outcomes(parts: readonly (readonly [WorkloadId, readonly PlanFinding[]])[]): PlanOutcome[] {
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

function verdictOf(changes: readonly PlannedChange[]): Plan['verdict'] {
  for (const verdict of ['ready', 'needs-approval', 'observe-only'] as const)
    if (changes.some((change) => change.verdict === verdict)) return verdict;
  return 'nothing-clean';
}

const services = (count: number): string => `${count} workload${count === 1 ? '' : 's'}`;

function summaryOf(
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
