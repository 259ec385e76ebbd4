import { describe, expect, it } from 'vitest';
import type { QueueEvent } from '../../../functions/queue.ts';
import { makePlanOnly } from '../../../functions/start-rollout/plan-only.ts';

const envelope = (type: string, detail: object): string =>
  JSON.stringify({
    version: '0',
    id: 'e-1',
    'detail-type': type,
    source: 'drydock',
    account: '000000000000',
    time: '2026-01-01T00:00:00Z',
    region: 'eu-central-1',
    resources: [],
    detail,
  });

function planOnly() {
  const emitted: [string, object][] = [];
  const offered: string[] = [];
  const reported: string[] = [];
  const handle = makePlanOnly({
    offer: async (event: QueueEvent) => {
      offered.push(...event.Records.map((record) => record.messageId));
      return {
        batchItemFailures: event.Records.filter((each) => each.messageId === 'fails').map((each) => ({
          itemIdentifier: each.messageId,
        })),
      };
    },
    emit: async (type, detail) => void emitted.push([type, detail]),
    report: (failure) => void reported.push(failure.messageId),
  });
  return { handle, emitted, offered, reported };
}

describe('start-rollout where only observing is deployed', () => {
  it('offers plans, and answers an approval instead of starting what nobody drives', async () => {
    const { handle, emitted, offered } = planOnly();
    const result = await handle({
      Records: [
        { messageId: 'scan', body: envelope('ImageScanned', {}) },
        { messageId: 'yes', body: envelope('PlanApproved', { plan: 'plan-1', by: 'somebody' }) },
        { messageId: 'fails', body: envelope('ProblemChanged', {}) },
        { messageId: 'tick', body: envelope('Scheduled Event', {}) },
      ],
    });
    expect(offered).toEqual(['scan', 'fails']);
    expect(emitted).toEqual([['RolloutEnded', expect.objectContaining({ plan: 'plan-1', state: 'observe-only' })]]);
    expect(result.batchItemFailures).toEqual([{ itemIdentifier: 'fails' }]);
  });

  it('leaves what is no envelope to the planning half, and refuses an approval without a plan for good', async () => {
    const { handle, emitted, offered, reported } = planOnly();
    const result = await handle({
      Records: [
        { messageId: 'broken', body: '{' },
        { messageId: 'empty', body: envelope('PlanApproved', {}) },
      ],
    });
    expect(offered).toEqual(['broken']);
    expect(emitted).toEqual([]);
    expect(reported).toEqual(['empty']);
    expect(result.batchItemFailures).toEqual([]);
  });
});
