import type { RepairMode, WorkloadId } from '#shared/fleet';
import { meantTag, pinnedName, splitImageName } from './image-name.ts';
import { approvalFor, withdrawalFor } from './plan-approval.ts';
import type { AffectedContainer, ContainerChange, PlanInput, PlannedChange } from './plan-types.ts';
import { digestsOf, imageName } from './scanned-image.ts';
import type { Weighed } from './weigh-candidate.ts';

/** A candidate that fits, with what it closes, leaves and asks for. */
export type Fit = Extract<Weighed, { ok: true }>;

/** How each workload gets to the images that were taken for its containers. */
export function planChanges(
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
          `${affected.container}: ${imageName(fit.candidate)} is without ${input.problem.vulnerability} by its own scan; ${fit.why}`,
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
