import { ECRClient } from '@aws-sdk/client-ecr';
import { isBaseline } from '#shared/findings';
import { extractorsVersion } from '#shared/inventory';
import { ecrCatalogue } from '../../shared/sweep/adapters/ecr-catalogue.ts';
import { surroundings } from '../bindings.ts';
import { queueLambda, report } from '../lambda.ts';
import { policyHere } from '../policy-here.ts';
import { sqsLater } from '../sqs-later.ts';
import { makeSweep } from './handler.ts';

const here = surroundings();
const policy = policyHere(here);

/** Lambda's entry. */
export const handler = queueLambda(
  makeSweep({
    ...here,
    catalogue: ecrCatalogue({
      client: new ECRClient({ retryMode: 'adaptive', maxAttempts: 10 }),
      registry: here.registryOf(here.account, here.region),
    }),
    policy: policy.sweep,
    extractors: extractorsVersion,
    baseline: () => isBaseline(here.table),
    report,
  }),
  { later: sqsLater(), before: policy.refresh },
);
