import type { WorkloadId } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import type { Approval, PlanInput, ScannedImage, Withdrawal } from './plan-types.ts';
import { digestsOf } from './scanned-image.ts';
import { vulnerabilitySet } from './vulnerability-set.ts';

/**
 * The last time that a person stopped this repair or took it back: of this problem, or of another that the same image ends. A later yes that named the
 * image ends it, whichever of the plan's problems it was kept under.
 */
export function withdrawalFor(
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

/** A yes to this repair that holds now, was given after it was last withdrawn, and names every image that it must name. */
export function approvalFor(
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
