import { surroundings } from '../bindings.ts';
import { queueLambda, report } from '../lambda.ts';
import { sqsLater } from '../sqs-later.ts';
import { makeRematch } from './handler.ts';

const here = surroundings();

/** Lambda's entry. */
export const handler = queueLambda(makeRematch({ ...here, report }), {
  later: sqsLater(),
  before: async () => undefined,
});
