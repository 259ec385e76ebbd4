import type { Deployment, Service, ServiceDeployment } from '@aws-sdk/client-ecs';
import type { DeploymentObservation } from '../types.ts';

/** The number that a deployment id (`ecs-svc/<n>`) and its service revision's ARN share. */
const numberOf = (idOrArn: string | undefined): string | undefined => idOrArn?.slice(idOrArn.lastIndexOf('/') + 1);

/**
 * Whether a service deployment is the one that PRIMARY stands for. Its record may lag behind UpdateService, and a rollback's PRIMARY has another
 * revision than the deployment that it undoes.
 */
function belongs(record: ServiceDeployment, primary: Deployment, others: readonly Deployment[]): boolean {
  const target = numberOf(record.targetServiceRevision?.arn);
  if (target !== undefined && numberOf(primary.id) === target) return true;
  const started = primary.createdAt?.getTime();
  const created = record.createdAt?.getTime();
  if (started === undefined || created === undefined) return false;
  if (record.status?.startsWith('ROLLBACK')) {
    // an old PRIMARY is what was gone back to; one that came after the end is somebody's next deployment
    return record.finishedAt === undefined || started <= record.finishedAt.getTime();
  }
  if (target !== undefined && others.some((other) => numberOf(other.id) === target)) return false;
  return Math.abs(started - created) <= 10_000;
}

const byRecord: Readonly<Record<string, DeploymentObservation['state']>> = {
  PENDING: 'in-progress',
  IN_PROGRESS: 'in-progress',
  STOP_REQUESTED: 'in-progress',
  ROLLBACK_REQUESTED: 'in-progress',
  ROLLBACK_IN_PROGRESS: 'in-progress',
  SUCCESSFUL: 'completed',
  STOPPED: 'failed',
  ROLLBACK_SUCCESSFUL: 'rolled-back',
  ROLLBACK_FAILED: 'failed',
};

const byPrimary: Readonly<Record<string, DeploymentObservation['state']>> = {
  IN_PROGRESS: 'in-progress',
  COMPLETED: 'completed',
  FAILED: 'failed',
};

/** Who cut a deployment short, from its record (aws.md 3.4); ECS names no principal. */
function interruption(record: ServiceDeployment): DeploymentObservation['interrupted'] {
  const status = record.status ?? '';
  const how = status.startsWith('ROLLBACK') ? 'rollback' : status.startsWith('STOP') ? 'stop' : undefined;
  if (how === undefined) return undefined;
  // a breaker without rollback stops the deployment as a person would
  if (record.deploymentCircuitBreaker?.status === 'TRIGGERED' || (record.alarms?.triggeredAlarmNames ?? []).length > 0)
    return { how, by: 'orchestrator' };
  const text = `${record.rollback?.reason ?? ''} ${record.statusReason ?? ''}`;
  if (/circuit ?breaker|alarm|hook/i.test(text)) return { how, by: 'orchestrator' };
  if (how === 'stop' || status === 'ROLLBACK_REQUESTED' || /request|stop|user/i.test(text))
    return { how, by: 'person' };
  return { how, by: 'unknown' };
}

/**
 * How a service's newest deployment stands: by its ServiceDeployment where that is its own, else by `deployments[]`. The id is always that of
 * PRIMARY, which UpdateService answers with at once. After a breaker's rollback PRIMARY is COMPLETED on the old definition; only the record, or the
 * reason, tells.
 */
export function observeDeployment(service: Service, record: ServiceDeployment | undefined): DeploymentObservation {
  const deployments = service.deployments ?? [];
  const primary = deployments.find((deployment) => deployment.status === 'PRIMARY');
  const definition = primary?.taskDefinition ?? service.taskDefinition ?? '';
  const count = deployments.filter((deployment) => deployment.status !== 'INACTIVE').length;
  if (primary?.id === undefined) return { id: '', state: 'unknown', definition, count };
  const own = record !== undefined && belongs(record, primary, deployments) ? record : undefined;
  const fallen = own === undefined && /rolling back to deployment/i.test(primary.rolloutStateReason ?? '');
  const plain = byPrimary[primary.rolloutState ?? ''] ?? steady(primary, count);
  const state = own === undefined ? plain : (byRecord[own.status ?? ''] ?? plain);
  const interrupted =
    own === undefined ? (fallen ? ({ how: 'rollback', by: 'orchestrator' } as const) : undefined) : interruption(own);
  const reason =
    own === undefined
      ? primary.rolloutStateReason
      : (own.rollback?.reason ?? own.statusReason ?? primary.rolloutStateReason);
  return {
    id: primary.id,
    state,
    definition,
    count,
    ...(reason === undefined || reason === '' ? {} : { reason }),
    ...(primary.createdAt === undefined ? {} : { startedAt: primary.createdAt.toISOString() }),
    ...(interrupted === undefined ? {} : { interrupted }),
  };
}

// rolloutState is absent behind a Classic Load Balancer; then the counts are all that there is
const steady = (primary: Deployment, count: number): DeploymentObservation['state'] =>
  primary.rolloutState !== undefined || primary.desiredCount === undefined
    ? 'unknown'
    : count === 1 && primary.runningCount === primary.desiredCount && (primary.pendingCount ?? 0) === 0
      ? 'completed'
      : 'in-progress';
