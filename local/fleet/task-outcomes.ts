import { announceAction } from './events.ts';
import type { TaskRow } from './rows.ts';
import { hasEnded, withDeployment, withMessage } from './service-rows.ts';
import type { Tx } from './state.ts';
import type { TaskOutcome } from './tasks.ts';

/** Longest wait between failing starts: 27 minutes (ECS developer guide, service throttle logic). */
const LONGEST_DELAY_MS = 27 * 60_000;
/** Rounds of failed starts after which the service is said to be impaired. */
const IMPAIRED_AFTER = 3;

/**
 * Tells a service what became of one of its tasks. A failure counts for its deployment and delays the next start, a little
 * longer with every round; a healthy task clears both (API reference, Deployment.failedTasks and resetOnHealthyTask).
 */
export function noteTask(tx: Tx, task: TaskRow, outcome: TaskOutcome): void {
  if (task.service === undefined || (outcome !== 'failed' && outcome !== 'healthy')) return;
  const service = tx.get('service', task.service);
  const deployment = service?.deployments.find((row) => row.id === task.deployment);
  if (service === undefined || deployment === undefined) return;
  const rollout = tx.get('rollout', deployment.rollout);
  if (outcome === 'healthy') {
    const failedTasks = service.rules.breaker.resetOnHealthyTask ? 0 : deployment.failedTasks;
    if (deployment.failedRounds === 0 && deployment.failedTasks === failedTasks) return;
    tx.put(
      'service',
      withDeployment(tx, service, deployment.id, { failedTasks, failedRounds: 0, nextStartAt: tx.now }),
    );
    if (rollout !== undefined && !deployment.rollback && !hasEnded(rollout)) {
      tx.put('rollout', { ...rollout, failures: failedTasks, updatedAt: tx.now });
    }
    return;
  }
  const newRound = tx.now >= deployment.nextStartAt;
  const failedRounds = deployment.failedRounds + (newRound ? 1 : 0);
  const delay = Math.min(LONGEST_DELAY_MS, tx.taskStartMs * 2 ** Math.min(30, failedRounds - 1));
  const failedTasks = deployment.failedTasks + 1;
  let next = withDeployment(tx, { ...service, steady: false }, deployment.id, {
    failedTasks,
    failedRounds,
    nextStartAt: newRound ? tx.now + delay : deployment.nextStartAt,
  });
  if (failedRounds >= IMPAIRED_AFTER && !service.toldImpaired) {
    next = withMessage(tx, { ...next, toldImpaired: true }, 'is unable to consistently start tasks successfully.');
    announceAction(tx, next, 'WARN', 'SERVICE_TASK_START_IMPAIRED');
  }
  tx.put('service', next);
  if (rollout !== undefined && !deployment.rollback && !hasEnded(rollout)) {
    tx.put('rollout', { ...rollout, failures: failedTasks, updatedAt: tx.now });
  }
}
