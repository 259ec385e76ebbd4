import { startRollback } from './deployment-start.ts';
import { announceAction, announceDeployment } from './events.ts';
import { breakerThreshold, planRolling } from './rolling.ts';
import type { DeploymentRow, ServiceRow, TaskRow } from './rows.ts';
import { countOf, primaryOf, setRollout, withDeployment, withMessage } from './service-rows.ts';
import type { Tx } from './state.ts';
import { createTask, isLive, stopTask } from './tasks.ts';

const REMEMBER_INACTIVE_MS = 3_600_000;

/**
 * One look of the service scheduler: settles what was asked for, trips the breaker, stops and starts tasks within the
 * bounds, completes the deployment. A pure function of the rows and the time; looking twice changes nothing.
 */
export function stepService(tx: Tx, arn: string): void {
  const found = tx.get('service', arn);
  if (found === undefined) return;
  const { wakeAt, ...awake } = found;
  const isAwake = wakeAt !== undefined && wakeAt <= tx.now;
  let service: ServiceRow = isAwake ? awake : found;
  if (service.status === 'DRAINING') service = drain(tx, service);
  else if (service.status === 'ACTIVE') {
    service = isAwake ? settleRequests(tx, service) : service;
    service = tripBreaker(tx, service);
    service = schedule(tx, service);
    service = complete(tx, service);
  } else if (isAwake) {
    tx.drop('service', arn);
    return;
  }
  if (service !== found) tx.put('service', service);
}

/** Requests are seen as such for a moment, as in AWS: PENDING, STOP_REQUESTED and ROLLBACK_REQUESTED wait for the next look. */
function settleRequests(tx: Tx, service: ServiceRow): ServiceRow {
  let settled = service;
  for (const arn of service.history) {
    const rollout = tx.get('rollout', arn);
    if (rollout === undefined) continue;
    if (rollout.status === 'PENDING') setRollout(tx, arn, 'IN_PROGRESS');
    else if (rollout.status === 'STOP_REQUESTED') setRollout(tx, arn, 'STOPPED');
    else if (rollout.status === 'ROLLBACK_REQUESTED') settled = rollBackAsAsked(tx, settled, arn);
  }
  return settled;
}

function rollBackAsAsked(tx: Tx, service: ServiceRow, rollout: string): ServiceRow {
  if (service.lastCompleted === undefined) return service;
  return startRollback(tx, service, service.lastCompleted, rollout, {
    rollout: 'Service deployment rolled back because of a user request.',
    deployment: (id) => `ECS deployment ${id} in progress.`,
  });
}

/** Too many tasks of the PRIMARY failed: it is FAILED for good, and with rollback the last completed revision comes back. */
function tripBreaker(tx: Tx, service: ServiceRow): ServiceRow {
  const primary = primaryOf(service);
  const { breaker } = service.rules;
  if (primary === undefined || primary.rolloutState !== 'IN_PROGRESS' || !breaker.enable) return service;
  if (primary.failedTasks < breakerThreshold(service.desired, breaker)) return service;

  const reason = 'ECS deployment circuit breaker: tasks failed to start.';
  let failed = withDeployment(tx, service, primary.id, { rolloutState: 'FAILED', reason });
  failed = withMessage(tx, failed, `(deployment ${primary.id}) deployment failed: tasks failed to start.`);
  announceDeployment(tx, service, 'SERVICE_DEPLOYMENT_FAILED', { id: primary.id, reason });
  for (const task of liveTasks(tx, service.arn, primary.id)) {
    if (task.lastStatus !== 'RUNNING') stopTask(tx, task, scaling(primary));
  }
  const ended = countOf(tx, service, primary.revision);
  const statusReason = 'Service deployment failed: the deployment circuit breaker was triggered.';
  if (primary.rollback) {
    setRollout(tx, primary.rollout, 'ROLLBACK_FAILED', { statusReason, breaker: 'TRIGGERED' });
    return failed;
  }
  if (!breaker.rollback) {
    setRollout(tx, primary.rollout, 'STOP_REQUESTED', { statusReason, breaker: 'TRIGGERED', ended });
    return { ...failed, wakeAt: tx.now + tx.taskStartMs / 4 };
  }
  const target = service.lastCompleted;
  if (target === undefined) {
    setRollout(tx, primary.rollout, 'ROLLBACK_FAILED', {
      statusReason: `${statusReason} There is no completed deployment to roll back to.`,
      breaker: 'TRIGGERED',
      ended,
    });
    return failed;
  }
  setRollout(tx, primary.rollout, 'ROLLBACK_IN_PROGRESS', { breaker: 'TRIGGERED', ended });
  return startRollback(tx, failed, target, primary.rollout, {
    rollout: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
    deployment: () => `ECS deployment circuit breaker: rolling back to deploymentId ${target.deployment}.`,
  });
}

/** Stops and starts tasks as the rolling plan says. */
function schedule(tx: Tx, service: ServiceRow): ServiceRow {
  const primary = primaryOf(service);
  const status = primary === undefined ? undefined : tx.get('rollout', primary.rollout)?.status;
  // Neither what has not begun nor what is about to be undone starts anything.
  if (primary === undefined || status === 'PENDING' || status === 'ROLLBACK_REQUESTED') return service;
  const tasks = tx.tasksOf(service.arn).filter(isLive);
  const brief = (task: TaskRow) => ({
    arn: task.arn,
    running: task.lastStatus === 'RUNNING',
    createdAt: task.createdAt,
  });
  const plan = planRolling({
    desired: service.desired,
    rules: service.rules,
    primary: tasks.filter((task) => task.deployment === primary.id).map(brief),
    others: tasks.filter((task) => task.deployment !== primary.id).map(brief),
    frozen: primary.rolloutState === 'FAILED',
  });

  let next = stopAll(tx, service, primary, plan.stop);
  if (plan.start > 0 && primary.nextStartAt > tx.now) next = wakeBy(next, primary.nextStartAt);
  else if (plan.start > 0) next = startAll(tx, next, primary, plan.start);
  if (plan.stuck && !service.toldStuck) {
    next = withMessage(
      tx,
      { ...next, toldStuck: true },
      'was unable to stop or start tasks during a deployment because of the service deployment configuration. ' +
        'Update the minimumHealthyPercent or maximumPercent value and try again.',
    );
  }
  return next;
}

function stopAll(tx: Tx, service: ServiceRow, primary: DeploymentRow, arns: readonly string[]): ServiceRow {
  if (arns.length === 0) return service;
  let running = 0;
  for (const arn of arns) {
    const task = tx.get('task', arn);
    if (task === undefined) continue;
    if (task.lastStatus === 'RUNNING') running += 1;
    stopTask(tx, task, scaling(primary));
  }
  const ids = arns.map((arn) => `(task ${arn.slice(arn.lastIndexOf('/') + 1)})`).join(' ');
  return withMessage(tx, { ...service, steady: false }, `has stopped ${running} running tasks: ${ids}.`);
}

function startAll(tx: Tx, service: ServiceRow, primary: DeploymentRow, count: number): ServiceRow {
  const definition = tx.get('definition', primary.taskDefinition);
  if (definition === undefined) return service;
  const managed = service.kept.propagateTags;
  const tags = managed === 'SERVICE' ? service.tags : managed === 'TASK_DEFINITION' ? definition.tags : [];
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const task = createTask(tx, {
      clusterArn: service.clusterArn,
      clusterName: service.clusterName,
      definition,
      group: `service:${service.name}`,
      startedBy: primary.id,
      service: service.arn,
      deployment: primary.id,
      revision: primary.revision,
      tags,
    });
    ids.push(`(task ${task.id})`);
  }
  return withMessage(tx, { ...service, steady: false }, `has started ${count} tasks: ${ids.join(' ')}.`);
}

/** Forgets replaced deployments without tasks. When the PRIMARY has all its tasks and nothing else is left: COMPLETED, steady. */
function complete(tx: Tx, service: ServiceRow): ServiceRow {
  const primary = primaryOf(service);
  if (primary === undefined || tx.get('rollout', primary.rollout)?.status === 'PENDING') return service;
  const tasks = tx.tasksOf(service.arn).filter((task) => task.lastStatus !== 'STOPPED');
  let next = service;
  const left = next.deployments.filter(
    (row) =>
      row.status === 'PRIMARY' || row.rolloutState === 'FAILED' || tasks.some((task) => task.deployment === row.id),
  );
  if (left.length !== next.deployments.length) next = { ...next, deployments: left };

  const running = tasks.filter(
    (task) => task.deployment === primary.id && task.lastStatus === 'RUNNING' && isLive(task),
  );
  const done = tasks.length === running.length && running.length === service.desired;
  if (!done || primary.rolloutState === 'FAILED') return next;
  if (primary.rolloutState === 'IN_PROGRESS') next = completeDeployment(tx, next, primary);
  if (next.steady) return next;
  next = withMessage(
    tx,
    { ...next, steady: true, toldStuck: false, toldImpaired: false },
    'has reached a steady state.',
  );
  announceAction(tx, next, 'INFO', 'SERVICE_STEADY_STATE');
  return next;
}

function completeDeployment(tx: Tx, service: ServiceRow, primary: DeploymentRow): ServiceRow {
  const reason = `ECS deployment ${primary.id} completed.`;
  const rollout = tx.get('rollout', primary.rollout);
  const watched = rollout?.breaker === 'MONITORING' ? ({ breaker: 'MONITORING_COMPLETE' } as const) : {};
  if (primary.rollback) setRollout(tx, primary.rollout, 'ROLLBACK_SUCCESSFUL');
  else setRollout(tx, primary.rollout, 'SUCCESSFUL', { ...watched, ended: countOf(tx, service, primary.revision) });
  announceDeployment(tx, service, 'SERVICE_DEPLOYMENT_COMPLETED', { id: primary.id, reason });
  const completed = withDeployment(tx, service, primary.id, { rolloutState: 'COMPLETED', reason });
  return withMessage(
    tx,
    {
      ...completed,
      deployments: completed.deployments.filter((row) => row.status === 'PRIMARY'),
      lastCompleted: { deployment: primary.id, revision: primary.revision, taskDefinition: primary.taskDefinition },
    },
    `(deployment ${primary.id}) deployment completed.`,
  );
}

/** A deleted service lets its tasks go and is INACTIVE then; its service deployments go with it. */
function drain(tx: Tx, service: ServiceRow): ServiceRow {
  const primary = primaryOf(service);
  const tasks = tx.tasksOf(service.arn).filter((task) => task.lastStatus !== 'STOPPED');
  for (const task of tasks) {
    if (primary !== undefined) stopTask(tx, task, scaling(primary));
  }
  if (tasks.length > 0) return service;
  for (const arn of service.history) {
    const target = tx.get('rollout', arn)?.target;
    if (target !== undefined) tx.drop('revision', target);
    tx.drop('rollout', arn);
  }
  const { currentRollout: _current, ...rest } = service;
  return { ...rest, status: 'INACTIVE', deployments: [], history: [], wakeAt: tx.now + REMEMBER_INACTIVE_MS };
}

function liveTasks(tx: Tx, service: string, deployment: string): TaskRow[] {
  return tx.tasksOf(service).filter((task) => isLive(task) && task.deployment === deployment);
}

function scaling(primary: DeploymentRow): { readonly code: string; readonly reason: string } {
  return {
    code: 'ServiceSchedulerInitiated',
    reason: `Scaling activity initiated by (deployment ${primary.id})`,
  };
}

function wakeBy(service: ServiceRow, at: number): ServiceRow {
  return service.wakeAt !== undefined && service.wakeAt <= at ? service : { ...service, wakeAt: at };
}
