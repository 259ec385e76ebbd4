import type { WorkloadId } from '#shared/fleet';
import { referenceIn } from '#shared/oci';
import { contentId } from './content-id.ts';
import { type Fit, planChanges } from './plan-change.ts';
import { outcomes, summaryOf, verdictOf } from './plan-summary.ts';
import type { AffectedContainer, HoldDown, Plan, PlanInput, ScannedImage, Unhelped } from './plan-types.ts';
import { Rejections } from './rejections.ts';
import { digestsOf, imageName, isSame } from './scanned-image.ts';
import { vulnerabilitySet } from './vulnerability-set.ts';
import { cutWaves } from './waves.ts';
import { compareWeighed, type Weighed, weighCandidate } from './weigh-candidate.ts';

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
    const why = workload.notChangeable ?? missingContainer(affected) ?? namelessRepository(current);
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
        other.asks[0] ?? `${imageName(best?.candidate ?? other.candidate)} leaves less or is newer`,
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

const missingContainer = ({ workload, container }: AffectedContainer): string | undefined =>
  workload.containers.some((one) => one.name === container) ? undefined : `it has no container ${container} any more`;

const namelessRepository = ({ repository }: ScannedImage): string | undefined =>
  referenceIn(repository) === undefined
    ? `${JSON.stringify(repository)} is no name of a repository, so no other image of it can be looked for`
    : undefined;

function heldDown(input: PlanInput, workload: WorkloadId, candidate: ScannedImage): string | undefined {
  const digests = digestsOf(candidate);
  const hold: HoldDown | undefined = input.holdDowns.find(
    (one) => one.workload === workload && digests.includes(one.digest) && one.until > input.now,
  );
  return hold === undefined ? undefined : `${hold.reason}; held down until ${hold.until}`;
}
