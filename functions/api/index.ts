import { surroundings } from '../bindings.ts';
import { calledLambda, logger } from '../lambda.ts';
import { touchAll } from '../news.ts';
import { policyHere } from '../policy-here.ts';
import { answerOf, failureOf, requestOf, type UrlAnswer, type UrlEvent } from './function-url.ts';
import { makeApi } from './handler.ts';
import { remedyDesk } from './remedy-desk.ts';

const here = surroundings();
const policy = policyHere(here);
const api = makeApi({
  ...here,
  bases: async () => {
    await policy.refresh();
    return (await policy.planning()).bases;
  },
  policyChanged: () => touchAll(here.table, here.emit, here.now),
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
