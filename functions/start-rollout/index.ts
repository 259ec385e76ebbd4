import { approvalsOf, holdDownsOf } from '#shared/remedy';
import { durableStarter, surroundings } from '../bindings.ts';
import { queueLambda, report } from '../lambda.ts';
import { policyHere } from '../policy-here.ts';
import { executionName } from '../remediate/handler.ts';
import { sqsLater } from '../sqs-later.ts';
import { makeStartRollout } from './handler.ts';
import { makePlanOnly } from './plan-only.ts';

const here = surroundings();
const policy = policyHere(here);
/** the alias of remediate; absent where only observing is deployed */
const remediate = process.env.DRYDOCK_REMEDIATE;
const now = () => here.now().toISOString();
const start = remediate === undefined ? undefined : durableStarter(remediate);

const offer = makeStartRollout({
  ...here,
  // without a repair stack every workload is in mode observe, whatever its tag says
  policy: async () => ({
    ...(await policy.planning()),
    ...(start === undefined ? { mode: () => 'observe' as const } : {}),
  }),
  approvals: (workloads) => approvalsOf(here.table, workloads, now()),
  holdDowns: async (workloads) => (await Promise.all(workloads.map((id) => holdDownsOf(here.table, id, now())))).flat(),
  drive: async (rollout, part) => {
    if (start === undefined) throw new Error(`rollout ${rollout} has no driver: only observing is deployed here`);
    await start(executionName({ rollout, part }), { rollout, part });
  },
  report,
});

/** Lambda's entry. */
export const handler = queueLambda(start === undefined ? makePlanOnly({ offer, emit: here.emit, report }) : offer, {
  later: sqsLater(),
  before: policy.refresh,
});
