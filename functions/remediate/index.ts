import { randomUUID } from 'node:crypto';
import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { ECSClient } from '@aws-sdk/client-ecs';
import * as z from 'zod';
import { readingProof } from '#shared/remedy';
import { ecsOrchestrator } from '../../shared/fleet/adapters/ecs.ts';
import { durableStarter, environment, surroundings } from '../bindings.ts';
import { makeDriver } from './driver.ts';
import { type DrivenPass, type DriveRequest, makeRemediate } from './handler.ts';

const here = surroundings();
const { DRYDOCK_REMEDIATE } = environment(z.object({ DRYDOCK_REMEDIATE: z.string().min(1) }));
const clusters = process.env.DRYDOCK_CLUSTERS?.split(',');
const orchestrator = ecsOrchestrator({
  client: new ECSClient({}),
  account: here.account,
  region: here.region,
  now: Date.now,
  ...(clusters === undefined ? {} : { clusters }),
});
const starter = durableStarter(DRYDOCK_REMEDIATE);

const remediate = makeRemediate({ pass, succeed: starter });

/** Lambda's entry; a durable function, started by start-rollout under its alias and by nothing else. */
export const handler = withDurableExecution(async (event: unknown, context: DurableContext) =>
  remediate(event, {
    // a pass may fail as often as it likes: the rows say where the next one goes on
    step: (name, work) =>
      context.step(name, work, {
        retryStrategy: (_error, attempt) => ({
          shouldRetry: attempt < 100,
          delay: { seconds: Math.min(300, 5 * 2 ** Math.min(attempt, 10)) },
        }),
      }),
    wait: (seconds) => context.wait({ seconds }),
  }),
);

async function pass({ rollout, part }: DriveRequest): Promise<DrivenPass> {
  let changes = 0;
  const drive = makeDriver({
    ...here,
    orchestrator,
    proof: readingProof(here),
    // a frozen pass of an earlier invocation may wake beside this one: it must not pass for the same driver
    driver: randomUUID(),
    emit: async (detailType, detail, identity) => {
      if (detailType === 'RolloutStep' && 'to' in detail && (detail.to === 'updating' || detail.to === 'reverting'))
        changes += 1;
      await here.emit(detailType, detail, identity);
    },
  });
  const { done, waitUntil } = await drive(rollout, part);
  return { done, changes, waitSeconds: waitUntil === undefined ? 0 : (Date.parse(waitUntil) - Date.now()) / 1000 };
}
