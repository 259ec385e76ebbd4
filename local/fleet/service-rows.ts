import type { DeploymentRow, RevisionCount, RolloutRow, RolloutStatus, ServiceRow } from './rows.ts';
import type { Tx } from './state.ts';
import { isLive } from './tasks.ts';

const REMEMBERED_MESSAGES = 100;

/** A service's event text, as DescribeServices lists it: newest first, at most 100 (aws.md 3.4). */
export function withMessage(tx: Tx, service: ServiceRow, message: string): ServiceRow {
  const said = { id: tx.names.eventId(), createdAt: tx.now, message: `(service ${service.name}) ${message}` };
  return { ...service, messages: [said, ...service.messages].slice(0, REMEMBERED_MESSAGES) };
}

export function primaryOf(service: ServiceRow): DeploymentRow | undefined {
  return service.deployments.find((deployment) => deployment.status === 'PRIMARY');
}

/** Replaces one deployment of a service by a changed one. */
export function withDeployment(
  tx: Tx,
  service: ServiceRow,
  id: string,
  patch: Partial<Omit<DeploymentRow, 'id'>>,
): ServiceRow {
  return {
    ...service,
    deployments: service.deployments.map((deployment) =>
      deployment.id === id ? { ...deployment, ...patch, updatedAt: tx.now } : deployment,
    ),
  };
}

/** What runs of each service revision now, the PRIMARY's first: `currentServiceRevisions` and what a rollout starts from. */
export function revisionCounts(tx: Tx, service: ServiceRow): RevisionCount[] {
  const counts = new Map<string, { requested: number; running: number; pending: number }>();
  const tasks = tx.tasksOf(service.arn).filter(isLive);
  for (const deployment of service.deployments) {
    const count = counts.get(deployment.revision) ?? { requested: 0, running: 0, pending: 0 };
    const own = tasks.filter((task) => task.deployment === deployment.id);
    const running = own.filter((task) => task.lastStatus === 'RUNNING').length;
    count.running += running;
    count.pending += own.length - running;
    if (deployment.status === 'PRIMARY') count.requested = service.desired;
    counts.set(deployment.revision, count);
  }
  return [...counts].map(([arn, count]) => ({ arn, ...count }));
}

export function countOf(tx: Tx, service: ServiceRow, revision: string): RevisionCount {
  const count = revisionCounts(tx, service).find((row) => row.arn === revision);
  return count ?? { arn: revision, requested: 0, running: 0, pending: 0 };
}

const ENDED: readonly RolloutStatus[] = ['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'];

export function hasEnded(rollout: RolloutRow): boolean {
  return ENDED.includes(rollout.status);
}

/** Moves a service deployment to another status with the times that go with it; an ended one keeps what it said. */
export function setRollout(
  tx: Tx,
  arn: string,
  status: RolloutStatus,
  more: Partial<Pick<RolloutRow, 'statusReason' | 'breaker' | 'rollback' | 'ended'>> = {},
): void {
  const rollout = tx.get('rollout', arn);
  if (rollout === undefined || hasEnded(rollout)) return;
  const started = status === 'IN_PROGRESS' && rollout.startedAt === undefined ? { startedAt: tx.now } : {};
  const ended = ENDED.includes(status) ? { finishedAt: tx.now } : {};
  const stopped = status === 'STOPPED' ? { stoppedAt: tx.now } : {};
  tx.put('rollout', { ...rollout, status, updatedAt: tx.now, ...started, ...ended, ...stopped, ...more });
}
