import type { Digest } from '#shared/oci';

/** Whether Drydock may change a workload: the tag `drydock:repair`, else the policy's default, else observe. */
export type RepairMode = 'observe' | 'ask' | 'auto';

/** `account/region/cluster/name`; the natural key of a workload. */
export type WorkloadId = string;

/** From where what a workload runs can be reached, as far as its orchestrator tells; firewalls (security groups, network policies) are not looked at. */
export interface Exposed {
  readonly reach: 'internet' | 'internal' | 'none' | 'unknown';
  /** what leads to it, or why that is not known; may hold outside text */
  readonly why: string;
}

/** A container of a workload as its orchestrator describes it. */
export interface WorkloadContainer {
  readonly name: string;
  /** the reference in its definition: `host/repo:tag` or with @digest; hostile text */
  readonly image: string;
  /** the digest that runs, as the orchestrator observed it; absent before the first task ran. Never inferred from a tag. */
  readonly digest?: Digest;
}

/** One reading of a workload. `readAt` is when the read began (design decision 4). */
export interface Workload {
  readonly id: WorkloadId;
  readonly kind: 'ecs-service' | 'ecs-task';
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly name: string;
  /** what it is defined by: the task definition ARN */
  readonly definition: string;
  readonly containers: readonly WorkloadContainer[];
  /** the digests that really run now, all deployments and revisions included */
  readonly runningDigests: readonly Digest[];
  readonly desired: number;
  readonly running: number;
  readonly deployment: DeploymentObservation;
  readonly mode?: RepairMode;
  readonly tags: Readonly<Record<string, string>>;
  readonly readAt: string;
  /** from where it can be reached; absent in rows of older versions */
  readonly exposed?: Exposed;
  /** undefined when it can be changed by us; else why not: 'deployment controller CODE_DEPLOY' */
  readonly notChangeable?: string;
}

/** How a workload's current deployment stands, by ServiceDeployment first (aws.md 3.4). */
export interface DeploymentObservation {
  /** id of the newest deployment; a change that is not ours shows as another id */
  readonly id: string;
  readonly state: 'in-progress' | 'completed' | 'failed' | 'rolled-back' | 'unknown';
  /** the definition that the orchestrator is going to or stands on */
  readonly definition: string;
  readonly reason?: string;
  /** number of deployments that are there at once; more than one: do not stack */
  readonly count: number;
  readonly startedAt?: string;
  /** something cut the newest deployment short: it is being or was taken back, or was stopped where it stood; and by whom, as far as the orchestrator says */
  readonly interrupted?: { readonly how: 'rollback' | 'stop'; readonly by: 'orchestrator' | 'person' | 'unknown' };
}

/** How a workload is changed. `changeId` makes each call repeatable: the adapter must find its own earlier effect. */
export interface WorkloadChange {
  readonly workload: WorkloadId;
  readonly changeId: string;
  /** containers to change and the image reference each shall get; empty: same definition, force a new deployment */
  readonly images: Readonly<Record<string, string>>;
}

/** How a workload is pointed to a definition. */
export interface UpdateOptions {
  readonly force: boolean;
  readonly knownDeploymentBefore?: string;
}

/**
 * The port to what keeps workloads running. Adapters: ECS (through its API), and the in-memory one for tests; both pass
 * test/contract/orchestrator. Throttles and 5xx throw Retryable; a missing service throws WorkloadGone.
 */
export interface Orchestrator {
  /** Every workload of the account and region; one full read, paged inside. */
  list(signal?: AbortSignal): AsyncIterable<Workload>;
  /** One fresh reading; undefined when it is gone. */
  describe(id: WorkloadId): Promise<Workload | undefined>;
  /**
   * Makes a definition like the workload's current one (`from`, its ARN) with the images replaced; returns its ARN. Repeating with the
   * same change id returns the same ARN.
   */
  register(change: WorkloadChange, from: string): Promise<string>;
  /**
   * Points the workload to `definition`; `force` starts a new deployment though the definition is the same. A workload that already goes to or
   * stands on `definition` gets no second deployment; a forced one gets none if its newest deployment is no longer `knownDeploymentBefore`, the id
   * that the caller wrote down before its first try. Returns the id of the newest deployment.
   */
  update(
    change: WorkloadChange,
    definition: string,
    options: UpdateOptions,
  ): Promise<{ readonly deploymentId: string }>;
}
