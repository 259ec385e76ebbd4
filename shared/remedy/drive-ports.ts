import type { Orchestrator } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import type { Table } from '#shared/store';
import type { PlanProblem } from './plan-types.ts';
import type { InventoryAnswer, Rollout, RolloutLimits, RolloutState } from './rollout-types.ts';

/** Says what the inventory of an image holds; answered from what was read of the image's own layers, never from the rollout's own records. */
export interface ProofPort {
  /** `digest` is as the orchestrator reported it: an index or a platform image */
  inventoryHas(digest: Digest, problem: PlanProblem): Promise<InventoryAnswer>;
}

/** A row's way from one state to another, as it goes to the bus. */
export interface RolloutMoved {
  readonly rollout: string;
  readonly plan: string;
  readonly workload: string;
  readonly from: RolloutState;
  readonly to: RolloutState;
  readonly reason: string;
}

/** What driving a rollout needs. */
export interface DrivePorts {
  readonly table: Table;
  readonly orchestrator: Orchestrator;
  readonly proof: ProofPort;
  readonly now: () => Date;
  /** a name that no other living driver has; a driver that died may come back under its own and goes on at once */
  readonly driver: string;
  readonly limits?: RolloutLimits;
  /** rows looked at at once */
  readonly concurrency?: number;
  /** told after the write, so a crash may lose it: the rows are the truth */
  readonly moved?: (move: RolloutMoved) => Promise<void>;
  readonly ended?: (rollout: Rollout) => Promise<void>;
  /** who changed a workload last, where something knows (CloudTrail) */
  readonly actor?: (workload: string) => Promise<string | undefined>;
}
