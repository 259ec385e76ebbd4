import { setTimeout as sleep } from 'node:timers/promises';
import { ECSClient } from '@aws-sdk/client-ecs';
import { isBaseline } from '#shared/findings';
import { ecsOrchestrator } from '../../shared/fleet/adapters/ecs.ts';
import { ecsPacer } from '../../shared/fleet/adapters/ecs-quotas.ts';
import { elbBalancers } from '../../shared/fleet/adapters/elb.ts';
import { surroundings } from '../bindings.ts';
import { queueLambda, report } from '../lambda.ts';
import { tellChange } from '../news.ts';
import { policyHere } from '../policy-here.ts';
import { sqsLater } from '../sqs-later.ts';
import { makeMapWorkloads } from './handler.ts';

const here = surroundings();
const policy = policyHere(here);
const client = new ECSClient({});
const clusters = process.env.DRYDOCK_CLUSTERS?.split(',');

/** Lambda's entry. */
export const handler = queueLambda(
  makeMapWorkloads({
    ...here,
    orchestrator: ecsOrchestrator({
      client,
      account: here.account,
      region: here.region,
      now: Date.now,
      // two of this function may run at once, and the user's own deployments read too
      pacer: ecsPacer({ now: Date.now, sleep: async (ms) => void (await sleep(ms)), share: 0.4 }),
      balancers: elbBalancers({
        region: here.region,
        urlSuffix: here.urlSuffix,
        signing: client.config,
        now: Date.now,
      }),
      ...(clusters === undefined ? {} : { clusters }),
    }),
    accept: policy.accept,
    likelyFrom: policy.likelyFrom,
    baseline: () => isBaseline(here.table),
    tell: tellChange(here.emit, here.now),
    report,
  }),
  { later: sqsLater(), before: policy.refresh },
);
