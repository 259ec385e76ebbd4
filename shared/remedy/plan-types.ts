import type { ProblemKey } from '#shared/findings';
import type { RepairMode, Workload, WorkloadId } from '#shared/fleet';
import type { Coverage } from '#shared/inventory';
import type { FindingStatus, SeverityLevel } from '#shared/judging';
import type { Digest } from '#shared/oci';

/** A finding as plans compare it: what a judgement says, without where it lies. */
export interface PlanFinding {
  readonly id: string;
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly package: string;
  readonly version: string;
  readonly severity: SeverityLevel;
  readonly status: FindingStatus;
  readonly fixedIn?: string;
  readonly malicious?: boolean;
}

/** The problem that a plan is to end. */
export interface PlanProblem {
  readonly key: ProblemKey;
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly package: string;
  readonly severity: SeverityLevel;
  readonly malicious?: boolean;
}

/** What the image's config makes of its layers; the application's part of a config. */
export interface StartConfig {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
}

/** An image as a plan sees it: where it lies, what it is made of, and what its own scan found. */
export interface ScannedImage {
  /** `registry/repository`; of what runs under no such name, the name that its definition gives */
  readonly repository: string;
  /** what a deployment would name: the digest that the tag resolves to, often an index */
  readonly digest: Digest;
  /** other digests under which a runtime reports the same image: the index, its platform images */
  readonly aliases?: readonly Digest[];
  readonly tags: readonly string[];
  /** when the registry got it, ISO */
  readonly pushedAt?: string;
  /** `linux/amd64`, `linux/arm64/v8`; empty: not known */
  readonly platforms: readonly string[];
  /** blob digests of the layers, base first */
  readonly layers: readonly Digest[];
  /** how many of the layers are the base's, where that is proven (a scanned base is a prefix); never what the image claims of itself */
  readonly baseLayers?: number;
  readonly start?: StartConfig;
  /** absent: not scanned yet, so nothing is known of it */
  readonly coverage?: Coverage;
  readonly findings: readonly PlanFinding[];
}

/** A person's or policy's word that a change may be made; keyed by (workload, vulnerability set, remedy), so that a new digest asks nobody again. */
export interface Approval {
  readonly workload: WorkloadId;
  /** as `vulnerabilitySet` gives it */
  readonly vulnerabilities: string;
  readonly remedy: 'newer';
  readonly by: string;
  /** ISO */
  readonly at: string;
  readonly until?: string;
  /** digests that were named when it was given: only these are approved in spite of another application */
  readonly digests: readonly Digest[];
}

/** A person's no to a repair that was approved, or that mode auto had begun: it was stopped, or taken back. Ends with a later approval. */
export interface Withdrawal {
  readonly workload: WorkloadId;
  /** as `vulnerabilitySet` gives it */
  readonly vulnerabilities: string;
  readonly remedy: 'newer';
  /** who, where known */
  readonly by: string;
  /** ISO */
  readonly at: string;
  readonly reason: string;
  readonly rollout: string;
  /** what the repair would have brought: under the name of another problem it is the same repair */
  readonly digests: readonly Digest[];
}

/** A digest that must not be brought to a workload again before its end: a person took it back, or it failed there. */
export interface HoldDown {
  readonly workload: WorkloadId;
  readonly digest: Digest;
  readonly kind: 'person' | 'failed';
  readonly reason: string;
  /** who took it back, where known */
  readonly by?: string;
  readonly rollout: string;
  /** ISO */
  readonly since: string;
  readonly until: string;
}

/** How waves are cut: a canary, then waves of a share of all, never more than so many. */
export interface WavePolicy {
  /** workloads of the first wave; 0 for none */
  readonly canary: number;
  /** share of all workloads that each later wave has at most, percent */
  readonly percent: number;
  /** workloads that any wave has at most */
  readonly max: number;
}

/** What the user's policy says about this plan, already evaluated. */
export interface PlanPolicy {
  /** the mode of each workload: its tag, else policy's default; absent means observe */
  readonly modes: Readonly<Record<WorkloadId, RepairMode>>;
  /** candidate digests whose repository and tag policy names for *newer*, and the rule that does */
  readonly named: Readonly<Record<string, string>>;
  readonly waves: WavePolicy;
  /** how much a workload matters, more is later; its desired count when absent */
  readonly weights?: Readonly<Record<WorkloadId, number>>;
}

/** A container of a workload that has the problem, and the scan of what it runs. */
export interface AffectedContainer {
  readonly workload: Workload;
  readonly container: string;
  readonly current: ScannedImage;
}

/** Everything that `planNewer` decides by. */
export interface PlanInput {
  readonly problem: PlanProblem;
  readonly affected: readonly AffectedContainer[];
  readonly candidates: readonly ScannedImage[];
  readonly policy: PlanPolicy;
  readonly holdDowns: readonly HoldDown[];
  readonly approvals: readonly Approval[];
  readonly withdrawals: readonly Withdrawal[];
  /** ISO */
  readonly now: string;
}

/** Why a candidate was not taken. */
export type RejectionCode =
  | 'not-scanned'
  | 'unsupported'
  | 'coverage-worse'
  | 'still-vulnerable'
  | 'new-findings'
  | 'older'
  | 'platform-missing'
  | 'held-down'
  | 'another-is-better';

/** A candidate that was not taken for some workloads, and why, in words. */
export interface Rejection {
  readonly digest: Digest;
  readonly repository: string;
  readonly tags: readonly string[];
  readonly code: RejectionCode;
  readonly text: string;
  readonly workloads: readonly WorkloadId[];
}

/** One container's step from one image to another. */
export interface ContainerChange {
  readonly container: string;
  readonly repository: string;
  /** what the definition says now */
  readonly image: string;
  /** what it will say; the same as `image` when only a new deployment is needed */
  readonly reference: string;
  readonly from: Digest;
  readonly to: Digest;
  /** digests under which the new image may be reported */
  readonly accepted: readonly Digest[];
  /** digests under which the old one is reported */
  readonly leaving: readonly Digest[];
  readonly tag?: string;
  /** the tag that the definition names means the new digest by now */
  readonly sameTag: boolean;
}

/** What happens to one workload. */
export interface PlannedChange {
  readonly workload: WorkloadId;
  readonly containers: readonly ContainerChange[];
  /** 'force': same definition, new deployment; 'register': a copy of the definition with the new references */
  readonly how: 'force' | 'register';
  readonly mode: RepairMode;
  readonly verdict: 'ready' | 'needs-approval' | 'observe-only';
  /** what an approval must cover; empty when none is needed */
  readonly asks: readonly string[];
  /** an approval must name the digest: another application would be brought along */
  readonly asksForDigest: boolean;
  readonly approvedBy?: string;
  readonly wave: number;
  readonly weight: number;
  readonly why: string;
  readonly rollback: string;
  readonly notes: readonly string[];
}

/** A finding that a plan ends or leaves, over all its workloads. */
export interface PlanOutcome {
  readonly vulnerability: string;
  readonly package: string;
  readonly severity: SeverityLevel;
  readonly fixedIn?: string;
  readonly workloads: number;
}

/** A workload that the plan cannot help, and why. */
export interface Unhelped {
  readonly workload: WorkloadId;
  readonly container: string;
  readonly why: string;
}

/** Which workloads change, to which digest, by which remedy, in which waves, why, what was rejected and why, what will be left (glossary). */
export interface Plan {
  /** hash of everything but itself and `madeAt`: an approval is for what was seen */
  readonly id: string;
  readonly remedy: 'newer';
  readonly problem: PlanProblem;
  readonly verdict: 'ready' | 'needs-approval' | 'nothing-clean' | 'observe-only';
  readonly summary: string;
  readonly changes: readonly PlannedChange[];
  /** number of waves */
  readonly waves: number;
  readonly wavePolicy: WavePolicy;
  readonly rejected: readonly Rejection[];
  readonly unhelped: readonly Unhelped[];
  readonly closes: readonly PlanOutcome[];
  readonly remaining: readonly PlanOutcome[];
  /** what approvals of this plan are keyed by, besides workload and remedy */
  readonly vulnerabilities: string;
  readonly madeAt: string;
}
