import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffSeconds, givenBack, putOff } from '../../functions/backoff.ts';
import type { QueueRecord } from '../../functions/queue.ts';

const record = (messageId: string, receives: number): QueueRecord => ({
  messageId,
  body: '{}',
  receiptHandle: `handle-${messageId}`,
  attributes: { ApproximateReceiveCount: String(receives) },
});

describe('giving records back', () => {
  it('waits longer each time, an hour at most, never in step', () => {
    expect([1, 2, 3, 4, 5].map((receives) => backoffSeconds(receives, 0.5))).toEqual([30, 120, 480, 1920, 3600]);
    fc.assert(
      fc.property(
        fc.integer({ min: -5, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (receives, random) => {
          const seconds = backoffSeconds(receives, random);
          // SQS takes 0 to 43,200
          expect(seconds).toBeGreaterThanOrEqual(24);
          expect(seconds).toBeLessThanOrEqual(4_320);
        },
      ),
    );
  });

  it('puts off the failed ones of a batch by how often each was received', async () => {
    const told: [string, number][] = [];
    const event = { Records: [record('a', 1), record('b', 1), record('c', 3)] };
    const failed = givenBack(event, { batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'c' }] });
    await putOff(
      failed,
      async (each, seconds) => void told.push([each.messageId, seconds]),
      () => 0.5,
      () => undefined,
    );
    expect(told).toEqual([
      ['a', 30],
      ['c', 480],
    ]);
  });

  it('reports a record that cannot be put off, and puts off the others', async () => {
    const told: string[] = [];
    const errors: unknown[] = [];
    await putOff(
      [record('gone', 1), record('b', 1)],
      async (each) => {
        if (each.messageId === 'gone') throw new Error('ReceiptHandleIsInvalid');
        told.push(each.messageId);
      },
      () => 0,
      (error) => errors.push(error),
    );
    expect(told).toEqual(['b']);
    expect(errors).toHaveLength(1);
  });
});
