import { StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EcsEvent, startFleet } from '#local/fleet/index';
import { Bench, digest, FakeRegistry, ManualClock, WEB } from './harness.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('the events of a fleet', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.stop());
  const of = (type: EcsEvent['detail-type']) => bench.events.filter((event) => event['detail-type'] === type);

  it('come in the full envelope of EventBridge', async () => {
    await bench.service();
    for (const event of bench.events) {
      expect(event).toMatchObject({ version: '0', source: 'aws.ecs', account: '000000000000', region: 'local' });
      expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(event.resources).toHaveLength(1);
    }
    expect(new Set(bench.events.map((event) => event.id)).size).toBe(bench.events.length);
  });

  it('tell every state of a task with a growing version', async () => {
    await bench.service({ desiredCount: 1 });
    const [task] = await bench.tasks();
    await bench.ecs.send(new StopTaskCommand({ task: task!.taskArn! }));
    await bench.pass(200);
    const told = of('ECS Task State Change').filter((event) => event.detail.taskArn === task!.taskArn);
    expect(told.map(({ detail }) => [detail.version, detail.lastStatus, detail.desiredStatus])).toEqual([
      [1, 'PROVISIONING', 'RUNNING'],
      [2, 'PENDING', 'RUNNING'],
      [3, 'RUNNING', 'RUNNING'],
      [4, 'DEPROVISIONING', 'STOPPED'],
      [5, 'STOPPED', 'STOPPED'],
    ]);
    const { deployments } = await bench.describe();
    expect(told[2]!.resources).toEqual([task!.taskArn]);
    expect(told[2]!.detail).toMatchObject({
      clusterArn: 'arn:aws:ecs:local:000000000000:cluster/default',
      taskDefinitionArn: 'arn:aws:ecs:local:000000000000:task-definition/web:1',
      group: 'service:web',
      startedBy: deployments![0]!.id,
      launchType: 'FARGATE',
      createdAt: expect.stringMatching(ISO),
      updatedAt: expect.stringMatching(ISO),
      pullStartedAt: expect.stringMatching(ISO),
      pullStoppedAt: expect.stringMatching(ISO),
      startedAt: expect.stringMatching(ISO),
      overrides: { containerOverrides: [{ name: 'app' }] },
      containers: [
        {
          name: 'app',
          image: WEB,
          imageDigest: digest('a'),
          lastStatus: 'RUNNING',
          taskArn: task!.taskArn,
          runtimeId: expect.any(String),
        },
      ],
    });
    expect(told[1]!.detail.containers).toEqual([expect.not.objectContaining({ imageDigest: expect.anything() })]);
    expect(told[4]!.detail).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'Task stopped by user',
      stoppingAt: expect.stringMatching(ISO),
      stoppedAt: expect.stringMatching(ISO),
      containers: [{ exitCode: 143, lastStatus: 'STOPPED' }],
    });
  });

  it('tell a deployment and the steady state after it', async () => {
    await bench.service();
    const { serviceArn, deployments } = await bench.describe();
    const id = deployments![0]!.id!;
    expect(of('ECS Deployment State Change').map((event) => [event.resources, event.detail])).toEqual(
      [
        ['SERVICE_DEPLOYMENT_IN_PROGRESS', `ECS deployment ${id} in progress.`],
        ['SERVICE_DEPLOYMENT_COMPLETED', `ECS deployment ${id} completed.`],
      ].map(([eventName, reason]) => [
        [serviceArn],
        {
          eventType: 'INFO',
          eventName,
          clusterArn: 'arn:aws:ecs:local:000000000000:cluster/default',
          deploymentId: id,
          updatedAt: expect.stringMatching(ISO),
          reason,
        },
      ]),
    );
    expect(of('ECS Service Action').map((event) => event.detail)).toEqual([
      {
        eventType: 'INFO',
        eventName: 'SERVICE_STEADY_STATE',
        clusterArn: 'arn:aws:ecs:local:000000000000:cluster/default',
        createdAt: expect.stringMatching(ISO),
      },
    ]);
  });

  it('tell nothing when nothing changes', async () => {
    const definition = await bench.service();
    const before = bench.events.length;
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: definition, desiredCount: 2 }));
    await bench.pass(3_000_000);
    expect(bench.events).toHaveLength(before);
  });

  it('go on when a listener throws', async () => {
    const other = new Bench({
      onEvent: () => {
        throw new Error('deaf');
      },
    });
    const warned: string[] = [];
    const listener = (warning: Error): number => warned.push(warning.message);
    process.on('warning', listener);
    try {
      await other.start();
      await other.service();
      expect(await other.describe()).toMatchObject({ runningCount: 2 });
      await new Promise((resolve) => setImmediate(resolve));
      expect(warned.some((message) => message.includes('deaf'))).toBe(true);
    } finally {
      process.off('warning', listener);
      await other.stop();
    }
  });

  it('listens on loopback only', async () => {
    const starting = startFleet({
      folder: bench.folder,
      resolve: new FakeRegistry(),
      clock: new ManualClock(),
      host: '0.0.0.0',
    });
    await expect(starting).rejects.toThrow(/loopback only/);
  });
});
