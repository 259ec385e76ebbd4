import {
  CreateServiceCommand,
  RegisterTaskDefinitionCommand,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ecsOrchestrator } from '#root/shared/fleet/adapters/ecs.ts';
import type { Orchestrator } from '#shared/fleet';
import { type DrivePorts, driveRollout, planNewer, readRows, startRollout } from '#shared/remedy';
import { memoryTable, type Table } from '#shared/store';
import { Bench } from '../../local/fleet/harness.ts';
import { clean, fixed, old, problem, running } from './given.ts';

const id = '000000000000/local/default/web';
const APP = 'registry.example/app:1';
let bench: Bench;
let orchestrator: Orchestrator;
let table: Table;
let ports: DrivePorts;

beforeEach(async () => {
  bench = await new Bench().start();
  await bench.cluster();
  bench.registry.tags.set(APP, old);
  bench.registry.tags.set('registry.example/app:2', clean);
  table = memoryTable();
  orchestrator = ecsOrchestrator({ client: bench.ecs, region: 'local', now: () => bench.clock.now().getTime() });
  ports = {
    table,
    orchestrator,
    proof: {
      inventoryHas: async (digest) =>
        digest === clean ? { answer: 'absent', why: 'fixed' } : { answer: 'present', why: 'old' },
    },
    now: () => bench.clock.now(),
    driver: 'one',
  };
});
afterEach(() => bench.stop());

async function service(breaker: object | undefined): Promise<string> {
  const { taskDefinition } = await bench.ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'web',
      containerDefinitions: [{ name: 'app', image: APP, memory: 64 }],
    }),
  );
  await bench.ecs.send(
    new CreateServiceCommand({
      serviceName: 'web',
      taskDefinition: taskDefinition?.taskDefinitionArn,
      desiredCount: 2,
      ...(breaker === undefined
        ? {}
        : { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true, ...breaker } } }),
    }),
  );
  await bench.pass(10_000);
  return taskDefinition?.taskDefinitionArn ?? '';
}

async function begin(): Promise<string> {
  const workload = (await orchestrator.describe(id))!;
  const plan = planNewer({
    problem,
    affected: [{ workload, container: 'app', current: running }],
    candidates: [fixed],
    policy: { modes: { [id]: 'auto' }, named: {}, waves: { canary: 1, percent: 50, max: 10 } },
    holdDowns: [],
    approvals: [],
    withdrawals: [],
    now: bench.clock.now().toISOString(),
  });
  const { head } = await startRollout(table, plan, { now: bench.clock.now() });
  await driveRollout(ports, head.rollout);
  return head.rollout;
}

async function toTheEnd(rollout: string) {
  for (let pass = 0; pass < 400; pass++) {
    const result = await driveRollout(ports, rollout);
    if (result.done) return (await readRows(table, rollout))[0]!;
    await bench.pass(15_000);
  }
  throw new Error(`the rollout does not end: ${JSON.stringify(await readRows(table, rollout))}`);
}

const deployment = async (): Promise<string> => (await bench.describe()).currentServiceDeployment ?? '';

describe('a rollout through the ECS protocol', () => {
  it('is verified by what runs', async () => {
    await service({});
    const row = await toTheEnd(await begin());
    expect(row).toMatchObject({ state: 'verified', proof: { digests: [clean], desired: 2, running: 2 } });
    expect(await bench.runningDigests()).toEqual([clean, clean]);
  });

  it('fails when the circuit breaker rolls it back', async () => {
    const before = await service({});
    bench.registry.exiting.add(clean);
    const row = await toTheEnd(await begin());
    expect(row).toMatchObject({ state: 'failed', reason: expect.stringContaining(`rolled it back to ${before}`) });
  });

  it('is taken back by us when the circuit breaker only stops it', async () => {
    const before = await service({ rollback: false });
    bench.registry.exiting.add(clean);
    const row = await toTheEnd(await begin());
    expect(row.state).toBe('reverted');
    expect((await bench.describe()).taskDefinition).toBe(before);
    expect(await bench.runningDigests()).toEqual([old, old]);
  });

  it('is taken back by us when there is no circuit breaker and it never ends', async () => {
    const before = await service(undefined);
    bench.registry.exiting.add(clean);
    const row = await toTheEnd(await begin());
    expect(row.state).toBe('reverted');
    expect((await bench.describe()).taskDefinition).toBe(before);
  });

  it.each(['ROLLBACK', 'ABORT'] as const)('ends for good when a person stops it: %s', async (stopType) => {
    await service({});
    const rollout = await begin();
    await bench.pass(100);
    await bench.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: await deployment(), stopType }));
    await bench.pass(10_000);
    const row = await toTheEnd(rollout);
    expect(row).toMatchObject({ state: 'stopped', reason: expect.stringMatching(/^REVERTED_BY: somebody/) });
    expect((await orchestrator.describe(id))?.deployment.interrupted?.by).toBe('person');
    await bench.pass(600_000);
    expect(await bench.runningDigests()).toEqual([old, old]);
  });

  it('ends for good when a person deploys the old definition over it', async () => {
    const before = await service({});
    const rollout = await begin();
    await bench.pass(300);
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: before }));
    const row = await toTheEnd(rollout);
    expect(row).toMatchObject({ state: 'stopped', reason: expect.stringMatching(/^REVERTED_BY: somebody/) });
    expect((await bench.describe()).taskDefinition).toBe(before);
  });
});
