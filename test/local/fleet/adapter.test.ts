import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Orchestrator, Workload } from '#shared/fleet';
import { ecsOrchestrator } from '../../../shared/fleet/adapters/ecs.ts';
import { Bench, digest } from './harness.ts';

const FIXED = 'localhost:5000/web:2';
let bench: Bench;
let orchestrator: Orchestrator;
beforeEach(async () => {
  bench = await new Bench().start();
  bench.registry.tags.set(FIXED, digest('b'));
  const now = () => bench.clock.now().getTime();
  orchestrator = ecsOrchestrator({ client: bench.ecs, region: 'local', now });
});
afterEach(() => bench.stop());

const ID = '000000000000/local/default/web';

it('is read and changed by the product as ECS is', async () => {
  await bench.service();
  const listed: Workload[] = [];
  for await (const workload of orchestrator.list()) listed.push(workload);
  expect(listed).toMatchObject([
    { id: ID, desired: 2, running: 2, runningDigests: [digest('a')], deployment: { state: 'completed', count: 1 } },
  ]);
  const change = { workload: ID, changeId: 'c1', images: { app: FIXED } };
  const definition = await orchestrator.register(change, listed[0]!.definition);
  expect(await orchestrator.register(change, listed[0]!.definition)).toBe(definition);
  const { deploymentId } = await orchestrator.update(change, definition, { force: false });
  expect((await orchestrator.describe(ID))!.deployment).toMatchObject({
    id: deploymentId,
    state: 'in-progress',
    definition,
  });
  await bench.pass(5_000);
  expect(await orchestrator.describe(ID)).toMatchObject({
    definition,
    runningDigests: [digest('b')],
    deployment: { id: deploymentId, state: 'completed' },
  });
});

it('shows the product a rollback for what it is', async () => {
  await bench.service({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } });
  bench.registry.exiting.add(digest('b'));
  const before = (await orchestrator.describe(ID))!;
  const change = { workload: ID, changeId: 'c1', images: { app: FIXED } };
  const { deploymentId } = await orchestrator.update(change, await orchestrator.register(change, before.definition), {
    force: false,
  });
  await bench.pass(30_000);
  const after = (await orchestrator.describe(ID))!;
  expect(after).toMatchObject({ definition: before.definition, runningDigests: [digest('a')] });
  expect(after.deployment.id).not.toBe(deploymentId);
  expect(after.deployment).toMatchObject({
    state: 'rolled-back',
    interrupted: { how: 'rollback', by: 'orchestrator' },
  });
});
