import { ZodError } from 'zod';
import { type BusEvent, parseBusEvent } from '#shared/events';
import { OciError } from '#shared/oci';

/** A record of an SQS batch, as Lambda hands it over: only what we read. */
export interface QueueRecord {
  readonly messageId: string;
  /** the EventBridge envelope as JSON */
  readonly body: string;
  readonly receiptHandle?: string;
  /** the queue that it came from */
  readonly eventSourceARN?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A batch of queue records (Lambda's SQS event). */
export interface QueueEvent {
  readonly Records: readonly QueueRecord[];
}

/** What an SQS-fed function returns: the records to be delivered again. */
export interface QueueResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What is reported of a record that failed: for the log, without its content. */
export interface RecordFailure {
  readonly messageId: string;
  readonly error: unknown;
  readonly final: boolean;
}

/**
 * Makes the handler of a queue: each record's envelope goes to `handle`, one after another; a failure gives back that record alone. A
 * final error is reported and the record is done: repeating it would only repeat the error.
 */
export function makeQueueHandler(
  handle: (event: BusEvent) => Promise<void>,
  report: (failure: RecordFailure) => void | Promise<void>,
): (event: QueueEvent) => Promise<QueueResult> {
  return async (event) => {
    const failures: { itemIdentifier: string }[] = [];
    for (const record of event.Records) {
      try {
        await handle(parseBusEvent(record.body));
      } catch (error) {
        const final = isFinal(error);
        await report({ messageId: record.messageId, error, final });
        if (!final) failures.push({ itemIdentifier: record.messageId });
      }
    }
    return { batchItemFailures: failures };
  };
}

/**
 * Makes the handler of a queue whose work is done best for many events at once: what can be parsed goes to `handle` together; if that fails, each
 * goes alone, so that one bad event takes no other with it.
 */
export function makeBatchHandler(
  handle: (events: readonly BusEvent[]) => Promise<void>,
  report: (failure: RecordFailure) => void | Promise<void>,
): (event: QueueEvent) => Promise<QueueResult> {
  const alone = makeQueueHandler((event) => handle([event]), report);
  return async (event) => {
    if (event.Records.length < 2) return alone(event);
    const readable = event.Records.filter((record) => isEnvelope(record.body));
    try {
      if (readable.length > 0) await handle(readable.map((record) => parseBusEvent(record.body)));
      return await alone({ Records: event.Records.filter((record) => !readable.includes(record)) });
    } catch {
      return alone(event);
    }
  };
}

function isEnvelope(body: string): boolean {
  try {
    parseBusEvent(body);
    return true;
  } catch {
    return false;
  }
}

/** Whether repeating the same input can only fail the same way: an event that is none, an image that is none. */
export const isFinal = (error: unknown): boolean =>
  error instanceof ZodError || (error instanceof OciError && error.code !== 'registry-unavailable');
