import type { QueueEvent, QueueRecord, QueueResult } from './queue.ts';

const first = 30;
const most = 3600;

/**
 * After how many seconds a record is delivered again that was received `receives` times: 30 s, then four times as long each time, an hour at
 * most, a fifth more or less by `random` (0 to 1), so that what failed together does not come back together. Five deliveries take
 * some 40 minutes: longer than most outages, far shorter than five visibility timeouts.
 */
export function backoffSeconds(receives: number, random: number): number {
  const calm = Math.min(most, first * 4 ** Math.max(0, Math.min(receives, 20) - 1));
  return Math.round(calm * (0.8 + 0.4 * random));
}

/** Makes a record visible again after so many seconds. */
export type Later = (record: QueueRecord, seconds: number) => Promise<void>;

/**
 * Gives failed records back with backoff instead of letting them wait out the queue's whole visibility timeout (design decision 2). That a
 * record's time cannot be changed only makes it late, so it is reported and no failure.
 */
export async function putOff(
  records: readonly QueueRecord[],
  later: Later,
  random: () => number,
  report: (error: unknown) => void,
): Promise<void> {
  await Promise.all(
    records.map((record) =>
      later(record, backoffSeconds(Number(record.attributes?.ApproximateReceiveCount ?? 1), random())).catch(report),
    ),
  );
}

/** The records of a batch that its result gives back. */
export function givenBack(event: QueueEvent, result: QueueResult): readonly QueueRecord[] {
  const failed = new Set(result.batchItemFailures.map((failure) => failure.itemIdentifier));
  return event.Records.filter((record) => failed.has(record.messageId));
}
