import { describe, expect, it } from 'vitest';
import { calledLambda, queueLambda } from '../../functions/lambda.ts';
import type { QueueEvent, QueueRecord, QueueResult } from '../../functions/queue.ts';

/** A context as Lambda gives it, with so much time left. */
const context = (milliseconds: number) =>
  ({
    functionName: 'test',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:test',
    memoryLimitInMB: '128',
    awsRequestId: 'request-1',
    logGroupName: 'group',
    logStreamName: 'stream',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => milliseconds,
  }) as never;

const records: QueueRecord[] = ['a', 'b'].map((messageId) => ({
  messageId,
  body: '{}',
  receiptHandle: messageId,
  attributes: { ApproximateReceiveCount: '1' },
}));

function queue(handle: (event: QueueEvent) => Promise<QueueResult>) {
  const later: string[] = [];
  const order: string[] = [];
  const handler = queueLambda(
    async (event) => {
      order.push('handle');
      return handle(event);
    },
    {
      later: async (record, seconds) => {
        expect(seconds).toBeGreaterThan(0);
        later.push(record.messageId);
      },
      before: async () => order.push('before'),
    },
  ) as unknown as (event: QueueEvent, context: never) => Promise<QueueResult>;
  return { handler, later, order };
}

describe('the Lambda side of a queue', () => {
  it('prepares, handles, and gives back nothing when all went well', async () => {
    const { handler, later, order } = queue(async () => ({ batchItemFailures: [] }));
    expect(await handler({ Records: records }, context(60_000))).toEqual({ batchItemFailures: [] });
    expect(order).toEqual(['before', 'handle']);
    expect(later).toEqual([]);
  });

  it('gives back the failed record alone, soon', async () => {
    const { handler, later } = queue(async () => ({ batchItemFailures: [{ itemIdentifier: 'b' }] }));
    expect(await handler({ Records: records }, context(60_000))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'b' }],
    });
    expect(later).toEqual(['b']);
  });

  it('gives back all of them when it fails as a whole', async () => {
    const { handler, later } = queue(async () => {
      throw new Error('the store is away');
    });
    await expect(handler({ Records: records }, context(60_000))).rejects.toThrow('the store is away');
    expect(later).toEqual(['a', 'b']);
  });

  it('gives back all of them three seconds before its time is over', async () => {
    const { handler, later } = queue(() => new Promise<never>(() => undefined));
    await expect(handler({ Records: records }, context(3_020))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(later).toEqual(['a', 'b']);
  });
});

describe('a called function', () => {
  it('answers what its handler says', async () => {
    const handler = calledLambda(async (event: { readonly n: number }) => ({ twice: event.n * 2 })) as unknown as (
      event: object,
      context: never,
    ) => Promise<unknown>;
    expect(await handler({ n: 21 }, context(60_000))).toEqual({ twice: 42 });
  });
});
