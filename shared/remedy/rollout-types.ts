import type { Workload, WorkloadId } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import type { ContainerChange, HoldDown, PlanProblem } from './plan-types.ts';

/**
 * Where a workload stands in a rollout. planned: nothing done; registered: the copy of its definition is there; updating: told to go to it (the
 * intent is written before the call); reverting: told to go back; then one of the ends.
 */
export type RolloutState =
  | 'planned'
  | 'registered'
  | 'updating'
  | 'reverting'
  /** the planned digests run and the vulnerability is absent from their inventory */
  | 'verified'
  /** it did not work; `reason` says what stands now */
  | 'failed'
  /** it did not work and the old definition runs again by our doing */
  | 'reverted'
  /** a person acted, or the rollout was stopped before its turn: not touched any more */
  | 'stopped'
  /** there was nothing to do: gone, changed since the plan, not ours to change */
  | 'skipped';

/** States from which nothing follows. */
export const endStates: readonly RolloutState[] = ['verified', 'failed', 'reverted', 'stopped', 'skipped'];
export const isEnd = (state: RolloutState): boolean => endStates.includes(state);

/** What the inventory of a digest says of a vulnerability, by which generation of advisories. */
export interface InventoryAnswer {
  readonly answer: 'absent' | 'present' | 'unknown';
  readonly generation?: number;
  readonly why: string;
}

/** The record that says what was proven and how (design decision 17); exported as it is. */
export interface Proof {
  readonly schemaVersion: 1;
  readonly rollout: string;
  readonly plan: string;
  readonly workload: WorkloadId;
  readonly vulnerability: string;
  readonly package: string;
  readonly definition: string;
  readonly deployment: string;
  /** digests observed to run; empty when nothing was to run */
  readonly digests: readonly Digest[];
  readonly desired: number;
  readonly running: number;
  /** what each planned digest that runs was found to hold */
  readonly inventories: readonly (InventoryAnswer & { readonly digest: Digest })[];
  readonly how: string;
  /** when the reading of the workload began, ISO */
  readonly observedAt: string;
  readonly provedAt: string;
}

/** One row of a rollout: the truth about one workload. Every change is a conditional write on `rev`. */
export interface RolloutRow {
  readonly rollout: string;
  readonly plan: string;
  readonly workload: WorkloadId;
  readonly wave: number;
  readonly rev: number;
  readonly state: RolloutState;
  readonly reason?: string;
  /** when it came into its state, ISO */
  readonly since: string;
  readonly how: 'force' | 'register';
  readonly containers: readonly ContainerChange[];
  readonly problem: PlanProblem;
  /** what the workload stood on before we touched it */
  readonly previous?: { readonly definition: string; readonly deployment: string };
  /** the definition it is brought to */
  readonly definition?: string;
  /** the deployment that we started */
  readonly deployment?: string;
  /** the way back: why, and once known the definition and the deployment */
  readonly revert?: {
    readonly why: string;
    readonly before: string;
    readonly definition?: string;
    readonly deployment?: string;
  };
  /** who is making a call for this row right now; nobody else does before `until` */
  readonly claim?: { readonly driver: string; readonly until: string };
  readonly proof?: Proof;
  /** a person took it back after it was verified */
  readonly exposedAgain?: {
    readonly since: string;
    readonly deployment: string;
    readonly text: string;
    /** it is not on the bus yet; whoever reads the workload next says it */
    readonly untold?: true;
  };
  readonly history: readonly {
    readonly at: string;
    readonly from: RolloutState;
    readonly to: RolloutState;
    readonly why: string;
  }[];
}

/** The rollout as a whole; written after its rows, so a rollout that can be found is complete. */
export interface Rollout {
  readonly rollout: string;
  readonly plan: string;
  readonly problem: PlanProblem;
  readonly state: 'running' | 'verified' | 'failed' | 'stopped';
  readonly reason?: string;
  readonly workloads: number;
  readonly waves: number;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** somebody wants it stopped: nothing new begins, what is under way is watched to its end */
  readonly stop?: { readonly by: string; readonly at: string };
  readonly counts?: Readonly<Partial<Record<RolloutState, number>>>;
  readonly rev: number;
}

/** Times of a rollout in milliseconds. */
export interface RolloutLimits {
  /** between two looks at a deployment */
  readonly pollMs: number;
  /** how long a deployment may take before it is taken back */
  readonly deploymentMs: number;
  /** how long after that old tasks and missing inventories are waited for */
  readonly proofMs: number;
  /** how long a way back may take */
  readonly revertMs: number;
  /** how long somebody else's deployment is waited for */
  readonly busyMs: number;
  /** how long the orchestrator may still answer with the old deployment after a new one was started */
  readonly settleMs: number;
  /** how long one call may take: as long nobody else calls for the row */
  readonly claimMs: number;
  /** between the end of a wave and the start of the next */
  readonly bakeMs: number;
  /** how long a digest that a person took back is not brought there again */
  readonly holdPersonMs: number;
  /** the same for one that failed there */
  readonly holdFailedMs: number;
}

const minute = 60_000;
/** Twice ECS's usual times, so that its own circuit breaker speaks first. */
export const defaultLimits: RolloutLimits = {
  pollMs: 15_000,
  deploymentMs: 60 * minute,
  proofMs: 30 * minute,
  revertMs: 60 * minute,
  busyMs: 60 * minute,
  settleMs: minute,
  claimMs: 2 * minute,
  bakeMs: 0,
  holdPersonMs: 14 * 24 * 60 * minute,
  holdFailedMs: 3 * 24 * 60 * minute,
};

/** What is seen when a row is looked at. */
export interface Observation {
  readonly workload: Workload | 'gone';
  /** of every running digest that matters; what is missing is unknown */
  readonly inventory: Readonly<Record<string, InventoryAnswer>>;
  /** who changed the workload last, if something other than the orchestrator could say */
  readonly actor?: string;
}

/** A digest to hold down; `next` decides it, the driver writes it. */
export type Hold = Pick<HoldDown, 'digest' | 'kind' | 'reason' | 'by' | 'until'>;

/** What to do next for a row. Every step but 'wait' ends in one conditional write. */
export type Step =
  | { readonly kind: 'wait'; readonly until: string; readonly why: string }
  /** make the copy of `from`; `purpose` 'revert': the one that names the old digests */
  | {
      readonly kind: 'register';
      readonly purpose: 'change' | 'revert';
      readonly changeId: string;
      readonly from: string;
      readonly before: string;
      readonly images: Readonly<Record<string, string>>;
      readonly why: string;
    }
  | {
      readonly kind: 'update';
      readonly purpose: 'change' | 'revert';
      readonly changeId: string;
      readonly definition: string;
      readonly force: boolean;
      /** the deployment that was there before the first try */
      readonly before: string;
      /** what the workload stands on when nothing of ours was done yet */
      readonly standsOn: string;
      readonly why: string;
    }
  | { readonly kind: 'verify'; readonly proof: Proof }
  | { readonly kind: 'rollback'; readonly why: string; readonly holds: readonly Hold[] }
  | { readonly kind: 'mark'; readonly state: RolloutState; readonly reason: string; readonly holds: readonly Hold[] };
