import { announceDeployment } from './events.ts';
import { breakerThreshold } from './rolling.ts';
import type { DefinitionRow, DeploymentRow, RevisionRow, RolloutRow, ServiceRow } from './rows.ts';
import { hasEnded, primaryOf, revisionCounts, setRollout, withMessage } from './service-rows.ts';
import type { Tx } from './state.ts';

/** A service's older deployments are remembered up to this number (AWS: 90 days). */
const REMEMBERED_ROLLOUTS = 200;

/**
 * Starts a deployment of a definition: a new service revision, a service deployment in PENDING, a new PRIMARY. One that is
 * still going on is superseded: its PRIMARY becomes ACTIVE and its service deployment is stopped (aws.md 3.4).
 */
export function startDeployment(tx: Tx, service: ServiceRow, definition: DefinitionRow): ServiceRow {
  const number = tx.names.deploymentNumber();
  const id = `ecs-svc/${number}`;
  const revision: RevisionRow = {
    arn: tx.names.revision(service.clusterName, service.name, number),
    service: service.arn,
    clusterArn: service.clusterArn,
    taskDefinition: definition.arn,
    images: definition.containers.map((container) => ({
      container: container.name,
      image: container.image,
      pinned: container.versionConsistency !== 'disabled',
      failures: 0,
    })),
    createdAt: tx.now,
    deployed: service.deployed,
  };
  tx.put('revision', revision);

  const rollout: RolloutRow = {
    arn: tx.names.rollout(service.clusterName, service.name),
    service: service.arn,
    clusterArn: service.clusterArn,
    status: 'PENDING',
    createdAt: tx.now,
    updatedAt: tx.now,
    target: revision.arn,
    sources: revisionCounts(tx, service).filter((count) => count.running + count.pending + count.requested > 0),
    rules: service.rules,
    failures: 0,
    breaker: service.rules.breaker.enable ? 'MONITORING' : 'DISABLED',
    threshold: breakerThreshold(service.desired, service.rules.breaker),
  };
  tx.put('rollout', rollout);
  supersede(tx, service);

  const deployment = newDeployment(tx, id, revision.arn, definition.arn, rollout.arn, {
    rollback: false,
    reason: `ECS deployment ${id} in progress.`,
  });
  announceDeployment(tx, service, 'SERVICE_DEPLOYMENT_IN_PROGRESS', deployment);
  return asPrimary(
    tx,
    forgetOldest(tx, {
      ...service,
      taskDefinition: definition.arn,
      currentRollout: rollout.arn,
      history: [rollout.arn, ...service.history],
      wakeAt: tx.now + tx.taskStartMs / 4,
    }),
    deployment,
  );
}

/**
 * Goes back to the last completed revision, with the digests that it had: a new deployment of an old revision. `why` is
 * what the new PRIMARY and the service deployment say. The result looks like any completed deployment afterwards.
 */
export function startRollback(
  tx: Tx,
  service: ServiceRow,
  target: NonNullable<ServiceRow['lastCompleted']>,
  rollout: string,
  why: { readonly rollout: string; readonly deployment: (id: string) => string },
): ServiceRow {
  const id = `ecs-svc/${tx.names.deploymentNumber()}`;
  const deployment = newDeployment(tx, id, target.revision, target.taskDefinition, rollout, {
    rollback: true,
    reason: why.deployment(id),
  });
  setRollout(tx, rollout, 'ROLLBACK_IN_PROGRESS', {
    statusReason: why.rollout,
    rollback: { reason: why.rollout, startedAt: tx.now, revision: target.revision },
  });
  announceDeployment(tx, service, 'SERVICE_DEPLOYMENT_IN_PROGRESS', deployment);
  const told = withMessage(tx, service, `rolling back to deployment ${target.deployment}.`);
  return asPrimary(tx, { ...told, taskDefinition: target.taskDefinition }, deployment);
}

function newDeployment(
  tx: Tx,
  id: string,
  revision: string,
  taskDefinition: string,
  rollout: string,
  how: { readonly rollback: boolean; readonly reason: string },
): DeploymentRow {
  return {
    id,
    status: 'PRIMARY',
    revision,
    taskDefinition,
    rolloutState: 'IN_PROGRESS',
    reason: how.reason,
    createdAt: tx.now,
    updatedAt: tx.now,
    failedTasks: 0,
    rollout,
    rollback: how.rollback,
    nextStartAt: tx.now,
    failedRounds: 0,
  };
}

function asPrimary(tx: Tx, service: ServiceRow, deployment: DeploymentRow): ServiceRow {
  const older = service.deployments.map((row) =>
    row.status === 'PRIMARY' ? { ...row, status: 'ACTIVE' as const, updatedAt: tx.now } : row,
  );
  return {
    ...service,
    deployments: [deployment, ...older],
    steady: false,
    toldStuck: false,
    toldImpaired: false,
  };
}

/** A rollback that is overtaken never reached its end; anything else is asked to stop and stops at the next look. */
function supersede(tx: Tx, service: ServiceRow): void {
  const current = service.currentRollout === undefined ? undefined : tx.get('rollout', service.currentRollout);
  if (current === undefined || hasEnded(current)) return;
  const statusReason = 'A newer service deployment was started.';
  const primary = primaryOf(service);
  const ended = revisionCounts(tx, service).find((count) => count.arn === current.target);
  const more = { statusReason, ...(ended === undefined ? {} : { ended }) };
  if (primary?.rollback === true) setRollout(tx, current.arn, 'ROLLBACK_FAILED', more);
  else setRollout(tx, current.arn, 'STOP_REQUESTED', more);
}

function forgetOldest(tx: Tx, service: ServiceRow): ServiceRow {
  const forgotten = service.history.slice(REMEMBERED_ROLLOUTS);
  if (forgotten.length === 0) return service;
  const history = service.history.slice(0, REMEMBERED_ROLLOUTS);
  const needed = new Set([service.lastCompleted?.revision, ...service.deployments.map((row) => row.revision)]);
  for (const arn of history) needed.add(tx.get('rollout', arn)?.target);
  for (const arn of forgotten) {
    const target = tx.get('rollout', arn)?.target;
    if (target !== undefined && !needed.has(target)) tx.drop('revision', target);
    tx.drop('rollout', arn);
  }
  return { ...service, history };
}
