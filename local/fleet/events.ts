import type { ServiceRow, TaskRow } from './rows.ts';
import type { Tx } from './state.ts';

/** An EventBridge event as ECS sends it: the full envelope (aws.md 1.1, 1.2). */
export interface EcsEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'ECS Task State Change' | 'ECS Deployment State Change' | 'ECS Service Action';
  readonly source: 'aws.ecs';
  readonly account: string;
  /** seconds, as EventBridge writes it */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Announces the state that a task has just reached. Best effort as in AWS: `version` orders them. */
export function announceTask(tx: Tx, task: TaskRow): void {
  announce(tx, 'ECS Task State Change', task.arn, {
    attachments: [],
    attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
    availabilityZone: task.zone,
    clusterArn: task.clusterArn,
    containers: task.containers.map((container) => ({
      containerArn: container.arn,
      ...(container.exitCode === undefined ? {} : { exitCode: container.exitCode }),
      lastStatus: containerStatus(task),
      name: container.name,
      image: container.image,
      ...(container.digest === undefined ? {} : { imageDigest: container.digest }),
      ...(container.runtimeId === undefined ? {} : { runtimeId: container.runtimeId }),
      ...(container.reason === undefined ? {} : { reason: container.reason }),
      taskArn: task.arn,
      networkInterfaces: [],
      cpu: String(container.cpu),
      ...(container.memory === undefined ? {} : { memory: String(container.memory) }),
    })),
    cpu: task.cpu,
    createdAt: iso(task.createdAt),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: false,
    ephemeralStorage: { sizeInGiB: 20 },
    group: task.group,
    launchType: 'FARGATE',
    lastStatus: task.lastStatus,
    memory: task.memory,
    overrides: {
      containerOverrides: task.containers.map((container) => ({ name: container.name })),
      ...task.overrides,
    },
    platformVersion: '1.4.0',
    ...times(task),
    ...(task.startedBy === undefined ? {} : { startedBy: task.startedBy }),
    ...(task.stopCode === undefined ? {} : { stopCode: task.stopCode }),
    ...(task.stoppedReason === undefined ? {} : { stoppedReason: task.stoppedReason }),
    taskArn: task.arn,
    taskDefinitionArn: task.definition,
    updatedAt: iso(task.updatedAt),
    version: task.version,
  });
}

function times(task: TaskRow): Record<string, string> {
  const names = [
    'pullStartedAt',
    'pullStoppedAt',
    'startedAt',
    'stoppingAt',
    'stoppedAt',
    'executionStoppedAt',
  ] as const;
  const said: Record<string, string> = {};
  for (const name of names) {
    const at = task[name];
    if (at !== undefined) said[name] = iso(at);
  }
  return said;
}

/** What a container's own lastStatus is while its task is in a given state. */
export function containerStatus(task: TaskRow): 'PENDING' | 'RUNNING' | 'STOPPED' {
  if (task.lastStatus === 'RUNNING') return 'RUNNING';
  return task.lastStatus === 'PROVISIONING' || task.lastStatus === 'PENDING' ? 'PENDING' : 'STOPPED';
}

/** Announces a step of a deployment. FAILED is sent only for services with a circuit breaker: callers see to that. */
export function announceDeployment(
  tx: Tx,
  service: ServiceRow,
  eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS' | 'SERVICE_DEPLOYMENT_COMPLETED' | 'SERVICE_DEPLOYMENT_FAILED',
  deployment: { readonly id: string; readonly reason: string },
): void {
  announce(tx, 'ECS Deployment State Change', service.arn, {
    eventType: eventName === 'SERVICE_DEPLOYMENT_FAILED' ? 'ERROR' : 'INFO',
    eventName,
    clusterArn: service.clusterArn,
    deploymentId: deployment.id,
    updatedAt: iso(tx.now),
    reason: deployment.reason,
  });
}

/** Announces what the service scheduler found: SERVICE_STEADY_STATE (INFO), SERVICE_TASK_START_IMPAIRED (WARN) ... */
export function announceAction(tx: Tx, service: ServiceRow, eventType: 'INFO' | 'WARN', eventName: string): void {
  announce(tx, 'ECS Service Action', service.arn, {
    eventType,
    eventName,
    clusterArn: service.clusterArn,
    createdAt: iso(tx.now),
  });
}

function announce(tx: Tx, type: EcsEvent['detail-type'], resource: string, detail: EcsEvent['detail']): void {
  tx.announce({
    version: '0',
    id: tx.names.eventId(),
    'detail-type': type,
    source: 'aws.ecs',
    account: tx.names.account,
    time: `${iso(tx.now).slice(0, 19)}Z`,
    region: tx.names.region,
    resources: [resource],
    detail,
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
