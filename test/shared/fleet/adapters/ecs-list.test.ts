import type { ECSClient, Service, Task } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { ecsOrchestrator } from '#root/shared/fleet/adapters/ecs.ts';
import { ecsPacer } from '#root/shared/fleet/adapters/ecs-quotas.ts';
import { Retryable, type Workload, type WorkloadChange, WorkloadGone } from '#shared/fleet';

const digest = (index: number): string => `sha256:${String(index).padStart(64, '0')}`;
const arn = (resource: string): string => `arn:aws:ecs:eu-central-1:111122223333:${resource}`;

/** A big account behind the SDK's front door; answers as the API does, page by page, and says what it was asked. */
function account(
  services: number,
  options: { readonly fail?: (operation: string, call: number) => Error | undefined } = {},
) {
  const calls: { operation: string; input: Record<string, unknown> }[] = [];
  let under = 0;
  let most = 0;
  const names = Array.from({ length: services }, (_, index) => arn(`service/main/svc-${index}`));
  const service = (serviceArn: string): Service => {
    const name = serviceArn.split('/').at(-1) ?? '';
    return {
      serviceArn,
      serviceName: name,
      clusterArn: arn('cluster/main'),
      status: 'ACTIVE',
      desiredCount: 1,
      runningCount: 1,
      taskDefinition: arn(`task-definition/${name}:1`),
      currentServiceDeployment: arn(`service-deployment/main/${name}/x`),
      currentServiceRevisions: [{ arn: arn(`service-revision/main/${name}/1`), runningTaskCount: 1 }],
      deployments: [
        {
          id: 'ecs-svc/1',
          status: 'PRIMARY',
          taskDefinition: arn(`task-definition/${name}:1`),
          rolloutState: 'COMPLETED',
        },
      ],
    };
  };
  const lone: Task = {
    taskArn: arn('task/main/lone'),
    clusterArn: arn('cluster/main'),
    group: 'family:batch',
    lastStatus: 'RUNNING',
    taskDefinitionArn: arn('task-definition/batch:1'),
    containers: [{ name: 'job', image: 'job:1', imageDigest: digest(999) }],
  };
  const kept: Task = { ...lone, taskArn: arn('task/main/kept'), group: 'service:svc-0' };
  const over: Task = { ...lone, taskArn: arn('task/main/over'), lastStatus: 'STOPPED' };
  const page = <T>(
    all: readonly T[],
    input: Record<string, unknown>,
    size: number,
  ): { items: T[]; nextToken?: string } => {
    const from = Number(input.nextToken ?? 0);
    return {
      items: all.slice(from, from + size),
      ...(from + size < all.length ? { nextToken: String(from + size) } : {}),
    };
  };
  const answers: Record<string, (input: Record<string, unknown>) => object> = {
    ListClusters: () => ({ clusterArns: [arn('cluster/main')] }),
    ListServices: (input) => {
      const { items, nextToken } = page(names, input, 100);
      return { serviceArns: items, nextToken };
    },
    DescribeServices: (input) => ({ services: (input.services as string[]).map(service) }),
    DescribeServiceDeployments: () => ({ serviceDeployments: [] }),
    DescribeServiceRevisions: (input) => ({
      serviceRevisions: (input.serviceRevisionArns as string[]).map((one) => {
        const name = one.split('/').at(-2) ?? '';
        return {
          serviceRevisionArn: one,
          taskDefinition: arn(`task-definition/${name}:1`),
          containerImages: [{ containerName: 'app', image: 'app:1', imageDigest: digest(Number(name.slice(4))) }],
        };
      }),
    }),
    ListTasks: () => ({ taskArns: [lone, kept, over].map((task) => task.taskArn) }),
    DescribeTasks: () => ({ tasks: [lone, kept, over] }),
  };
  const client = {
    send: async (command: { input: Record<string, unknown>; constructor: { name: string } }) => {
      const operation = command.constructor.name.replace('Command', '');
      calls.push({ operation, input: command.input });
      const failure = options.fail?.(operation, calls.filter((one) => one.operation === operation).length);
      under++;
      most = Math.max(most, under);
      await new Promise((resolve) => setImmediate(resolve));
      under--;
      if (failure !== undefined) throw failure;
      return answers[operation]?.(command.input) ?? {};
    },
  } as unknown as Pick<ECSClient, 'send'>;
  return {
    client,
    calls,
    mostAtOnce: () => most,
    count: (operation: string) => calls.filter((one) => one.operation === operation).length,
  };
}

/** A clock that sleepers move. */
function timeline() {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms: number) => {
      const until = now + ms;
      await Promise.resolve();
      now = Math.max(now, until);
    },
  };
}

async function read(list: AsyncIterable<Workload>): Promise<Workload[]> {
  const all: Workload[] = [];
  for await (const one of list) all.push(one);
  return all;
}

describe('clusters that are to be looked at', () => {
  const orchestrator = (clusters: readonly string[]) => {
    const asked = account(2);
    return { ...asked, ...ecsOrchestrator({ ...asked, region: 'eu-central-1', now: () => 0, clusters }) };
  };
  const id = '111122223333/eu-central-1/main/svc-0';
  const change = { workload: id, changeId: 'change-1', containers: [] } as unknown as WorkloadChange;

  it.each(['main', arn('cluster/main')])('are %s: a service of it is read, listed and changed', async (cluster) => {
    const { list, describe: see, update, count } = orchestrator([cluster]);
    expect((await read(list())).map((one) => one.id)).toContain(id);
    expect((await see(id))?.name).toBe('svc-0');
    await update(change, 'checkout:2', { force: false });
    expect(count('UpdateService')).toBe(1);
  });

  it('are others: a service that an event names is not there, and is never changed', async () => {
    const { describe: see, update, calls } = orchestrator(['staging', arn('cluster/mai')]);
    expect(await see(id)).toBeUndefined();
    await expect(update(change, 'checkout:2', { force: false })).rejects.toThrow(WorkloadGone);
    expect(calls).toEqual([]);
  });
});

describe('reading the whole fleet from ECS', () => {
  it('reads every service once, in full batches, within the share of the quotas, and lone tasks beside them', async () => {
    const { client, count, calls, mostAtOnce } = account(2_000);
    const time = timeline();
    const pacer = ecsPacer({ now: time.now, sleep: time.sleep });
    const workloads = await read(
      ecsOrchestrator({ client, region: 'eu-central-1', now: time.now, pacer, concurrency: 6 }).list(),
    );
    const services = workloads.filter((one) => one.kind === 'ecs-service');
    expect(new Set(services.map((one) => one.id)).size).toBe(2_000);
    expect(services.every((one) => one.runningDigests[0] === digest(Number(one.name.slice(4))))).toBe(true);
    expect([count('ListServices'), count('DescribeServices'), count('DescribeServiceRevisions')]).toEqual([
      20, 200, 200,
    ]);
    expect([count('DescribeTaskDefinition'), count('ListServiceDeployments')]).toEqual([0, 0]);
    expect(calls.every(({ input }) => !Array.isArray(input.services) || input.services.length <= 10)).toBe(true);
    expect(mostAtOnce()).toBeLessThanOrEqual(8);
    // 220 calls of the bucket "service read" at 80 % of 100 at once and 20/s: (220 - 80) / 16 s at the least
    expect(time.now()).toBeGreaterThanOrEqual(8_700);
    expect(workloads.filter((one) => one.kind === 'ecs-task')).toMatchObject([
      {
        id: '111122223333/eu-central-1/main/task:lone',
        runningDigests: [digest(999)],
        notChangeable: expect.stringContaining('family:batch'),
      },
    ]);
  });

  it('ends with the error when a call is throttled for good, and leaves nothing unhandled', async () => {
    const throttled = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    const { client } = account(300, {
      fail: (operation, call) => (operation === 'DescribeServices' && call >= 5 ? throttled : undefined),
    });
    const time = timeline();
    const list = ecsOrchestrator({ client, region: 'eu-central-1', now: time.now, pacer: ecsPacer(time) }).list();
    await expect(read(list)).rejects.toBeInstanceOf(Retryable);
  });

  it('stops when it is told to', async () => {
    const { client, calls } = account(5_000);
    const time = timeline();
    const stop = new AbortController();
    const list = ecsOrchestrator({ client, region: 'eu-central-1', now: time.now, pacer: ecsPacer(time) }).list(
      stop.signal,
    );
    const some = async () => {
      for await (const _ of list) stop.abort();
    };
    await expect(some()).rejects.toMatchObject({ name: 'AbortError' });
    expect(calls.length).toBeLessThan(100);
  });
});
