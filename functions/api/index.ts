import { listWorkloads } from '#shared/findings';
import { surroundings } from '../bindings.ts';
import { calledLambda, logger } from '../lambda.ts';
import { answerOf, failureOf, requestOf, type UrlAnswer, type UrlEvent } from './function-url.ts';
import { makeApi } from './handler.ts';
import { remedyDesk } from './remedy-desk.ts';

const here = surroundings();
const perEvent = 5_000;

const api = makeApi({
  ...here,
  policyChanged: async () => {
    const workloads: string[] = [];
    for await (const workload of listWorkloads(here.table)) workloads.push(workload.id);
    for (let from = 0; from < workloads.length; from += perEvent)
      await here.emit('WorkloadsTouched', { workloads: workloads.slice(from, from + perEvent) });
  },
  remedy: remedyDesk(here),
});

/** Lambda's entry. */
export const handler = calledLambda<UrlEvent, UrlAnswer>(async (event) => {
  try {
    return answerOf(await api(requestOf(event)));
  } catch (error) {
    logger.error('a request failed', {
      path: event.rawPath,
      error: error instanceof Error ? error : new Error(String(error)),
    });
    return answerOf(failureOf(error));
  }
});
