/** A tag as the ECS API writes it. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** JSON that came in through the API and goes out again as it is. */
export type Json = Readonly<Record<string, unknown>>;

export interface ClusterRow {
  readonly arn: string;
  readonly name: string;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly tags: readonly Tag[];
  readonly settings: readonly unknown[];
}

/** A container of a task definition: the fields that the fleet acts on; the rest is kept beside them untouched. */
export interface ContainerDefinitionRow {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly cpu: number;
  readonly memory?: number | undefined;
  readonly versionConsistency?: string | undefined;
  readonly [other: string]: unknown;
}

export interface DefinitionRow {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly registeredAt: number;
  readonly deregisteredAt?: number;
  readonly containers: readonly ContainerDefinitionRow[];
  readonly requiresCompatibilities: readonly string[];
  readonly cpu?: string;
  readonly memory?: string;
  /** every other accepted field of RegisterTaskDefinition */
  readonly other: Json;
  readonly tags: readonly Tag[];
}

/** How a service is deployed (API reference, DeploymentConfiguration); percents of the desired count. */
export interface DeploymentRules {
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
  readonly breaker: {
    readonly enable: boolean;
    readonly rollback: boolean;
    readonly resetOnHealthyTask: boolean;
    readonly threshold: { readonly type: 'BOUNDED_PERCENT' | 'UNBOUNDED_PERCENT' | 'COUNT'; readonly value: number };
  };
}

/** An entry of `deployments[]`: what the older half of the API shows of a deployment. */
export interface DeploymentRow {
  /** `ecs-svc/<number>` */
  readonly id: string;
  readonly status: 'PRIMARY' | 'ACTIVE';
  readonly revision: string;
  readonly taskDefinition: string;
  readonly rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly reason: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly failedTasks: number;
  /** service deployment that it belongs to; a rollback shares the one that it undoes */
  readonly rollout: string;
  readonly rollback: boolean;
  /** no task is started for it before this time (ms) */
  readonly nextStartAt: number;
  /** rounds of failed starts since the last healthy task; the delay doubles with each */
  readonly failedRounds: number;
}

export interface ServiceRow {
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly desired: number;
  readonly taskDefinition: string;
  readonly rules: DeploymentRules;
  /** settings whose change starts a deployment: network, load balancers, platform version ... */
  readonly deployed: Json;
  /** settings that are only kept */
  readonly kept: Json;
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  /** newest first; the first is PRIMARY */
  readonly deployments: readonly DeploymentRow[];
  readonly currentRollout?: string;
  /** ARNs of its service deployments, newest first */
  readonly history: readonly string[];
  /** what a rollback goes back to */
  readonly lastCompleted?: {
    readonly deployment: string;
    readonly revision: string;
    readonly taskDefinition: string;
  };
  /** newest first, at most 100 */
  readonly messages: readonly { readonly id: string; readonly createdAt: number; readonly message: string }[];
  readonly steady: boolean;
  /** what was said once and is not repeated until the service is steady again */
  readonly toldStuck: boolean;
  readonly toldImpaired: boolean;
  /** the scheduler looks again at this time (ms) though nothing happened */
  readonly wakeAt?: number;
}

export type RolloutStatus =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'SUCCESSFUL'
  | 'STOP_REQUESTED'
  | 'STOPPED'
  | 'ROLLBACK_REQUESTED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_SUCCESSFUL'
  | 'ROLLBACK_FAILED';

export interface RevisionCount {
  readonly arn: string;
  readonly requested: number;
  readonly running: number;
  readonly pending: number;
}

/** A service deployment: the record that says how a deployment really ended. */
export interface RolloutRow {
  readonly arn: string;
  readonly service: string;
  readonly clusterArn: string;
  readonly status: RolloutStatus;
  readonly statusReason?: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly stoppedAt?: number;
  readonly updatedAt: number;
  readonly target: string;
  readonly sources: readonly RevisionCount[];
  /** counts of the target when it ended; while it goes on they are counted */
  readonly ended?: RevisionCount;
  readonly rules: DeploymentRules;
  readonly failures: number;
  readonly breaker: 'DISABLED' | 'MONITORING' | 'MONITORING_COMPLETE' | 'TRIGGERED';
  readonly threshold: number;
  readonly rollback?: { readonly reason: string; readonly startedAt: number; readonly revision: string };
}

/** An image of a service revision: the tag, and the digest that the deployment's first task found behind it. */
export interface RevisionImage {
  readonly container: string;
  readonly image: string;
  readonly digest?: string;
  /** false: `versionConsistency: disabled`, or resolving failed three times; each task resolves for itself */
  readonly pinned: boolean;
  readonly failures: number;
}

export interface RevisionRow {
  readonly arn: string;
  readonly service: string;
  readonly clusterArn: string;
  readonly taskDefinition: string;
  readonly images: readonly RevisionImage[];
  readonly createdAt: number;
  readonly deployed: Json;
}

export interface TaskContainerRow {
  readonly arn: string;
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly cpu: number;
  readonly memory?: number;
  readonly digest?: string;
  readonly runtimeId?: string;
  readonly exitCode?: number;
  readonly reason?: string;
  /** the image ends by itself as soon as it is started */
  readonly exits?: boolean;
}

export type TaskStatus = 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'DEPROVISIONING' | 'STOPPED';

export interface TaskRow {
  readonly arn: string;
  readonly id: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly service?: string;
  readonly deployment?: string;
  readonly revision?: string;
  readonly definition: string;
  readonly group: string;
  readonly startedBy?: string;
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  /** grows with every state change */
  readonly version: number;
  /** PENDING has two halves: the pull, and the start of the containers */
  readonly pulling: boolean;
  /** the next transition (ms); absent while it pulls or runs */
  readonly dueAt?: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly startedAt?: number;
  readonly stoppingAt?: number;
  readonly stoppedAt?: number;
  readonly executionStoppedAt?: number;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly containers: readonly TaskContainerRow[];
  readonly cpu: string;
  readonly memory: string;
  readonly zone: string;
  readonly overrides: Json;
  readonly tags: readonly Tag[];
}

/** The kinds of rows that a fleet consists of; each is kept by its ARN. */
export interface Tables {
  cluster: ClusterRow;
  definition: DefinitionRow;
  service: ServiceRow;
  rollout: RolloutRow;
  revision: RevisionRow;
  task: TaskRow;
}
export type Kind = keyof Tables;
export const KINDS: readonly Kind[] = ['cluster', 'definition', 'service', 'rollout', 'revision', 'task'];
