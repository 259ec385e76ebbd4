import { planApproved } from '#shared/events';
import type { Emit } from '../emit.ts';
import { makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

/**
 * What start-rollout does where there is no repair stack: it offers plans, and an approval, such as one that was given before the stack was taken
 * away, is answered on the bus instead of leaving a rollout that nobody drives. Nor is there a driver to give to a rollout that lost its own.
 */
export function makePlanOnly(ports: {
  readonly offer: (event: QueueEvent) => Promise<QueueResult>;
  readonly emit: Emit;
  readonly report: (failure: RecordFailure) => void;
}): (event: QueueEvent) => Promise<QueueResult> {
  const refuse = makeQueueHandler(async (event) => {
    const { plan } = planApproved.parse(event.detail);
    await ports.emit('RolloutEnded', {
      rollout: plan,
      plan,
      state: 'observe-only',
      text: 'nothing was started: only observing is deployed here. "npm run deploy -- --repair --pass-role <pattern>" adds what may change services.',
    });
  }, ports.report);
  return async (event) => {
    const kinds = event.Records.map((record) => ({ record, type: typeOf(record.body) }));
    const approvals = kinds.filter(({ type }) => type === 'PlanApproved').map(({ record }) => record);
    const others = kinds
      .filter(({ type }) => type !== 'PlanApproved' && type !== 'Scheduled Event')
      .map(({ record }) => record);
    const results = [
      ...(approvals.length > 0 ? [await refuse({ Records: approvals })] : []),
      ...(others.length > 0 ? [await ports.offer({ Records: others })] : []),
    ];
    return { batchItemFailures: results.flatMap((result) => result.batchItemFailures) };
  };
}

/** What is no envelope is left to the other handler, which refuses it. */
function typeOf(body: string): unknown {
  try {
    const event: unknown = JSON.parse(body);
    return typeof event === 'object' && event !== null && 'detail-type' in event ? event['detail-type'] : undefined;
  } catch {
    return undefined;
  }
}
