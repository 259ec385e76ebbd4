import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import { givenBack, type Later, putOff } from './backoff.ts';
import type { QueueEvent, QueueResult, RecordFailure } from './queue.ts';

/** The log of a function, as Lambda shows it: JSON, a line each. */
export const logger = new Logger();
const metrics = new Metrics();

// Lambda ends the environment at its timeout without a word: what is under way is given back a little before
const timeoutEarlyInMillis = 3_000;

/** Logs and counts records that failed; `final` ones are done, the others come back. */
export function report(failure: RecordFailure): void {
  const { messageId, error, final } = failure;
  logger[final ? 'warn' : 'error'](final ? 'a record was refused' : 'a record failed and will come back', {
    messageId,
    error: error instanceof Error ? error : new Error(String(error)),
  });
  metrics.addMetric(final ? 'RecordsRefused' : 'RecordsFailed', MetricUnit.Count, 1);
}

/** Logs and counts feeds that gave no good answer for too long; an alarm rings from the first on. */
export function reportStale(feeds: readonly { readonly feed: string; readonly text: string }[]): void {
  for (const { feed, text } of feeds) logger.error('a feed of advisories is stale', { feed, text });
  metrics.addMetric('FeedsStale', MetricUnit.Count, feeds.length);
}

/**
 * The Lambda handler of a queue: log context, metrics, an early timeout, and backoff for what is given back. The whole batch is given back
 * when the time runs out; what was done of it is found done.
 */
export function queueLambda(
  handle: (event: QueueEvent) => Promise<QueueResult>,
  options: { readonly later: Later; readonly before: () => Promise<unknown> },
) {
  const failed = (error: unknown) => logger.warn('a record keeps its visibility timeout', { error: asError(error) });
  return middy<QueueEvent, QueueResult>({ timeoutEarlyInMillis })
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .after(publish)
    .onError(async ({ event }) => {
      publish();
      await putOff(event.Records, options.later, Math.random, failed);
    })
    .handler(async (event: QueueEvent) => {
      await options.before();
      const result = await handle(event);
      await putOff(givenBack(event, result), options.later, Math.random, failed);
      return result;
    });
}

/** A called function: log context and an early timeout. */
export function calledLambda<Event, Result>(handle: (event: Event) => Promise<Result>) {
  return middy<Event, Result>({ timeoutEarlyInMillis })
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async (event: Event) => handle(event));
}

/** Publishing nothing would warn of it in the log, at every quiet invocation. */
function publish(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
