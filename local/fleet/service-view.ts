import { describeRules } from './deployment-rules.ts';
import { seconds } from './operation.ts';
import type { DeploymentRow, RevisionCount, ServiceRow, TaskRow } from './rows.ts';
import { revisionCounts } from './service-rows.ts';
import type { Tx } from './state.ts';
import { isLive } from './tasks.ts';

/** A service as DescribeServices, CreateService and UpdateService answer it. */
export function describeService(tx: Tx, service: ServiceRow, include: readonly string[]): Record<string, unknown> {
  const tasks = tx.tasksOf(service.arn).filter((task) => task.lastStatus !== 'STOPPED');
  const controller = service.kept.deploymentController;
  const rolls = (controller as { type?: string } | undefined)?.type !== 'CODE_DEPLOY';
  return {
    loadBalancers: [],
    serviceRegistries: [],
    placementConstraints: [],
    placementStrategy: [],
    ...service.deployed,
    ...service.kept,
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desired,
    ...counts(tasks),
    taskDefinition: service.taskDefinition,
    deploymentConfiguration: describeRules(service.rules),
    deployments: service.deployments.map((row) => describeDeployment(service, row, tasks, rolls)),
    events: service.messages.map((row) => ({ id: row.id, createdAt: seconds(row.createdAt), message: row.message })),
    createdAt: seconds(service.createdAt),
    ...(service.currentRollout === undefined ? {} : { currentServiceDeployment: service.currentRollout }),
    currentServiceRevisions: revisionCounts(tx, service).map(describeCount),
    schedulingStrategy: 'REPLICA',
    ...(include.includes('TAGS') ? { tags: service.tags } : {}),
    createdBy: `arn:aws:iam::${tx.names.account}:root`,
  };
}

export function describeCount(count: RevisionCount): Record<string, unknown> {
  return {
    arn: count.arn,
    requestedTaskCount: count.requested,
    runningTaskCount: count.running,
    pendingTaskCount: count.pending,
  };
}

/** `rolloutState` exists only for services that ECS itself rolls (aws.md 3.4). */
function describeDeployment(
  service: ServiceRow,
  row: DeploymentRow,
  tasks: readonly TaskRow[],
  rolls: boolean,
): Record<string, unknown> {
  const own = tasks.filter((task) => task.deployment === row.id);
  return {
    id: row.id,
    status: row.status,
    taskDefinition: row.taskDefinition,
    desiredCount: row.status === 'PRIMARY' ? service.desired : own.filter(isLive).length,
    ...counts(own),
    failedTasks: row.failedTasks,
    createdAt: seconds(row.createdAt),
    updatedAt: seconds(row.updatedAt),
    launchType: service.kept.launchType,
    platformVersion: service.deployed.platformVersion,
    platformFamily: 'Linux',
    ...(rolls ? { rolloutState: row.rolloutState, rolloutStateReason: row.reason } : {}),
  };
}

function counts(tasks: readonly TaskRow[]): { readonly runningCount: number; readonly pendingCount: number } {
  return {
    runningCount: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingCount: tasks.filter((task) => task.lastStatus === 'PENDING' || task.lastStatus === 'PROVISIONING').length,
  };
}
