import type { Digest } from '#shared/oci';
import type { DeploymentObservation, Exposed, Orchestrator, WorkloadId } from '../types.ts';

/** A service to begin with. Images are references as a task definition holds them; what a tag means is said by `pushTag`. */
export interface MemoryService {
  readonly cluster?: string;
  readonly name: string;
  readonly family?: string;
  readonly containers: Readonly<Record<string, string>>;
  readonly desired?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly notChangeable?: string;
  readonly exposed?: Exposed;
}

/** A deployment as it was asked for; `by` says by whom. */
export interface MemoryDeployment {
  readonly id: string;
  readonly definition: string;
  readonly by: 'start' | 'port' | 'person' | 'breaker';
}

/** A deployment as it stands. */
export interface Deployment extends MemoryDeployment {
  readonly digests: Readonly<Record<string, Digest>>;
  readonly startedAt: number;
  state: DeploymentObservation['state'];
  reason?: string;
  interrupted?: DeploymentObservation['interrupted'];
}

/** A service with all that was ever deployed. */
export interface Service {
  readonly input: MemoryService;
  readonly id: WorkloadId;
  desired: number;
  tags: Readonly<Record<string, string>>;
  /** oldest first; the last one is what the service goes to */
  readonly history: Deployment[];
  /** what runs, deployment by deployment */
  running: Deployment[];
  primary: Deployment;
}

/** A revision of a task definition. */
export interface Definition {
  readonly arn: string;
  readonly family: string;
  readonly containers: Readonly<Record<string, string>>;
  readonly changeId?: string;
}

/** The orchestrator in memory, with the strings by which tests pull it. */
export interface MemoryOrchestrator extends Orchestrator {
  addService(service: MemoryService): WorkloadId;
  removeService(id: WorkloadId): void;
  /** What a tag means from now on; changes nothing that runs. */
  pushTag(reference: string, digest: Digest): void;
  /** The running deployment ends well; nothing happens when none is under way. `keepOld` leaves protected tasks of the old one running. */
  complete(id: WorkloadId, options?: { readonly keepOld?: boolean }): void;
  /** It ends badly and stays where it is: no circuit breaker. */
  fail(id: WorkloadId, reason?: string): void;
  /** The circuit breaker takes it back: the service stands COMPLETED on its old definition again. With `record` false only the reason tells. */
  breakerRollsBack(id: WorkloadId, options?: { readonly record?: boolean }): void;
  /** Somebody else deploys a definition, or the same again. */
  personDeploys(id: WorkloadId, definition: string): string;
  /** Somebody stops the deployment where it is, or has it taken back. */
  personStops(id: WorkloadId, how: 'stop' | 'rollback'): void;
  setDesired(id: WorkloadId, desired: number): void;
  setTags(id: WorkloadId, tags: Readonly<Record<string, string>>): void;
  /** Every deployment that was ever started for the service, oldest first. */
  deploymentsOf(id: WorkloadId): readonly MemoryDeployment[];
  registered(): readonly {
    readonly arn: string;
    readonly changeId?: string;
    readonly containers: Readonly<Record<string, string>>;
  }[];
}
