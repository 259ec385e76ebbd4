import { DescribeServicesCommand, StopServiceDeploymentCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, digest, WEB } from './harness.ts';

const BREAKER = { deploymentCircuitBreaker: { enable: true, rollback: true } };

describe('deployments of a service', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.stop());

  it('brings a new service to its desired count and completes', async () => {
    await bench.service();
    const service = await bench.describe();
    expect(service).toMatchObject({ status: 'ACTIVE', desiredCount: 2, runningCount: 2, pendingCount: 0 });
    expect(service.deployments).toHaveLength(1);
    const primary = service.deployments![0]!;
    expect(primary).toMatchObject({ status: 'PRIMARY', rolloutState: 'COMPLETED', failedTasks: 0, runningCount: 2 });
    expect(primary.rolloutStateReason).toBe(`ECS deployment ${primary.id} completed.`);
    const rollout = await bench.rollout(service.currentServiceDeployment!);
    expect(rollout).toMatchObject({ status: 'SUCCESSFUL', targetServiceRevision: { runningTaskCount: 2 } });
    expect(rollout.finishedAt).toBeInstanceOf(Date);
    const revision = await bench.revision(service.currentServiceRevisions![0]!.arn!);
    expect(revision.containerImages).toEqual([{ containerName: 'app', image: WEB, imageDigest: digest('a') }]);
    expect(service.events![0]!.message).toBe('(service web) has reached a steady state.');
    const tasks = await bench.tasks();
    expect(tasks.map((task) => [task.group, task.startedBy])).toEqual([
      ['service:web', primary.id],
      ['service:web', primary.id],
    ]);
  });

  it('rolls to a new definition and keeps what it replaces in sourceServiceRevisions', async () => {
    await bench.service();
    const before = await bench.describe();
    bench.registry.tags.set('localhost:5000/web:2', digest('b'));
    const next = await bench.register('web', 'localhost:5000/web:2');
    const { service: answer } = await bench.ecs.send(
      new UpdateServiceCommand({ service: 'web', taskDefinition: next }),
    );
    expect(answer!.deployments!.map((row) => [row.status, row.rolloutState])).toEqual([
      ['PRIMARY', 'IN_PROGRESS'],
      ['ACTIVE', 'COMPLETED'],
    ]);
    expect((await bench.rollout(answer!.currentServiceDeployment!)).status).toBe('PENDING');
    await bench.pass(150);
    expect((await bench.rollout(answer!.currentServiceDeployment!)).status).toBe('IN_PROGRESS');
    await bench.pass(5_000);
    const after = await bench.describe();
    expect(after.taskDefinition).toBe(next);
    expect(after.deployments!.map((row) => row.taskDefinition)).toEqual([next]);
    expect(await bench.runningDigests()).toEqual([digest('b'), digest('b')]);
    const rollout = await bench.rollout(after.currentServiceDeployment!);
    expect(rollout.status).toBe('SUCCESSFUL');
    expect(rollout.sourceServiceRevisions!.map((row) => row.arn)).toEqual([before.currentServiceRevisions![0]!.arn]);
    expect(rollout.targetServiceRevision!.arn).toBe(after.currentServiceRevisions![0]!.arn);
  });

  it('changes no task for a re-pushed tag until a deployment is forced', async () => {
    const definition = await bench.service();
    bench.registry.tags.set(WEB, digest('b'));
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: definition }));
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', desiredCount: 4 }));
    await bench.pass(5_000);
    expect(await bench.runningDigests()).toEqual(Array(4).fill(digest('a')));
    expect((await bench.describe()).deployments).toHaveLength(1);

    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', forceNewDeployment: true }));
    await bench.pass(5_000);
    expect(await bench.runningDigests()).toEqual(Array(4).fill(digest('b')));
    expect((await bench.describe()).taskDefinition).toBe(definition);
  });

  it('cannot scale out any more once the digest of its deployment is deleted', async () => {
    await bench.service();
    bench.registry.tags.set(WEB, digest('b'));
    bench.registry.gone.add(digest('a'));
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', desiredCount: 3 }));
    await bench.pass(5_000);
    expect(await bench.runningDigests()).toEqual([digest('a'), digest('a')]);
    const failed = (await bench.tasks('STOPPED')).filter((task) => task.stopCode === 'TaskFailedToStart');
    expect(failed.length).toBeGreaterThan(1);
    expect(failed[0]!.stoppedReason).toMatch(/^CannotPullContainerError: /);
    expect((await bench.describe()).deployments![0]!).toMatchObject({ rolloutState: 'COMPLETED' });
  });

  it('after the breaker rolled back looks like any completed deployment of the old revision', async () => {
    const old = await bench.service({ deploymentConfiguration: BREAKER });
    const before = await bench.describe();
    bench.registry.tags.set('localhost:5000/web:2', digest('b'));
    bench.registry.exiting.add(digest('b'));
    const broken = await bench.register('web', 'localhost:5000/web:2');
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: broken }));
    const arn = (await bench.describe()).currentServiceDeployment!;
    await bench.pass(30_000);

    const after = await bench.describe();
    expect(after.taskDefinition).toBe(old);
    expect(after.deployments).toHaveLength(1);
    expect(after.deployments![0]).toMatchObject({
      status: 'PRIMARY',
      taskDefinition: old,
      rolloutState: 'COMPLETED',
      failedTasks: 0,
    });
    expect(after.deployments![0]!.id).not.toBe(before.deployments![0]!.id);
    expect(after.currentServiceDeployment).toBe(arn);
    const oldRevision = before.currentServiceRevisions![0]!.arn;
    expect(after.currentServiceRevisions).toEqual([
      { arn: oldRevision, requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
    ]);
    const rollout = await bench.rollout(arn);
    expect(rollout).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      rollback: { serviceRevisionArn: oldRevision },
      deploymentCircuitBreaker: { status: 'TRIGGERED', threshold: 3 },
    });
    expect(rollout.rollback!.reason).toMatch(/circuit breaker/);
    expect(rollout.deploymentCircuitBreaker!.failureCount).toBeGreaterThanOrEqual(3);
    expect(rollout.targetServiceRevision!.arn).not.toBe(oldRevision);
    const exited = (await bench.tasks('STOPPED')).find((task) => task.stopCode === 'EssentialContainerExited');
    expect(exited).toMatchObject({ stoppedReason: 'Essential container in task exited' });
    expect(exited!.containers![0]).toMatchObject({ exitCode: 1, imageDigest: digest('b') });
    expect(bench.eventNames('ECS Deployment State Change')).toEqual([
      'SERVICE_DEPLOYMENT_IN_PROGRESS',
      'SERVICE_DEPLOYMENT_COMPLETED',
      'SERVICE_DEPLOYMENT_IN_PROGRESS',
      'SERVICE_DEPLOYMENT_FAILED',
      'SERVICE_DEPLOYMENT_IN_PROGRESS',
      'SERVICE_DEPLOYMENT_COMPLETED',
    ]);
    const completed = before.deployments![0]!.id;
    expect(bench.events.map((event) => event.detail.reason)).toContain(
      `ECS deployment circuit breaker: rolling back to deploymentId ${completed}.`,
    );
  });

  it('rolls a re-pushed tag back to the digest of the revision before, on one and the same definition', async () => {
    const definition = await bench.service({ deploymentConfiguration: BREAKER });
    const before = await bench.describe();
    bench.registry.tags.set(WEB, digest('b'));
    bench.registry.exiting.add(digest('b'));
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', forceNewDeployment: true }));
    await bench.pass(30_000);
    expect(await bench.runningDigests()).toEqual([digest('a'), digest('a')]);
    const after = await bench.describe();
    expect(after.taskDefinition).toBe(definition);
    expect(after.currentServiceRevisions![0]!.arn).toBe(before.currentServiceRevisions![0]!.arn);
  });

  it('stalls as FAILED when the breaker trips and there is nothing to roll back to', async () => {
    await bench.service({ deploymentConfiguration: BREAKER, taskDefinition: await broken(bench) });
    await bench.pass(30_000);
    const service = await bench.describe();
    expect(service.deployments![0]).toMatchObject({ status: 'PRIMARY', rolloutState: 'FAILED', runningCount: 0 });
    expect(service.deployments![0]!.rolloutStateReason).toBe('ECS deployment circuit breaker: tasks failed to start.');
    expect((await bench.rollout(service.currentServiceDeployment!)).status).toBe('ROLLBACK_FAILED');
    const pulls = bench.registry.pulls.length;
    await bench.pass(3_600_000);
    expect(bench.registry.pulls).toHaveLength(pulls);
  });

  it('with a breaker that does not roll back, keeps the old tasks and stops the service deployment', async () => {
    await bench.service({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } } });
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: await broken(bench) }));
    await bench.pass(30_000);
    const service = await bench.describe();
    expect(service.deployments!.map((row) => [row.status, row.rolloutState, row.runningCount])).toEqual([
      ['PRIMARY', 'FAILED', 0],
      ['ACTIVE', 'COMPLETED', 2],
    ]);
    expect((await bench.rollout(service.currentServiceDeployment!)).status).toBe('STOPPED');
  });

  it('without a breaker tries for ever, more and more slowly, and never says FAILED', async () => {
    await bench.service();
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: await broken(bench) }));
    await bench.pass(60_000);
    const inAMinute = (await bench.describe()).deployments![0]!.failedTasks!;
    await bench.pass(60_000);
    const service = await bench.describe();
    expect(service.deployments![0]).toMatchObject({ status: 'PRIMARY', rolloutState: 'IN_PROGRESS', runningCount: 0 });
    const inTwo = service.deployments![0]!.failedTasks!;
    expect(inAMinute).toBeGreaterThan(4);
    expect(inTwo).toBeGreaterThan(inAMinute);
    expect(inTwo - inAMinute).toBeLessThan(inAMinute);
    expect(service.runningCount).toBe(2);
    expect(bench.eventNames('ECS Deployment State Change')).not.toContain('SERVICE_DEPLOYMENT_FAILED');
    expect(bench.eventNames('ECS Service Action')).toContain('SERVICE_TASK_START_IMPAIRED');

    bench.registry.tags.set('localhost:5000/broken:1', digest('c'));
    await bench.pass(27 * 60_000);
    expect((await bench.describe()).deployments![0]).toMatchObject({ rolloutState: 'COMPLETED', failedTasks: 0 });
  });

  it('lets a person overtake a deployment: the first is stopped, the old revision comes back', async () => {
    const old = await bench.service();
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: await broken(bench) }));
    await bench.pass(1_000);
    const ours = (await bench.describe()).currentServiceDeployment!;
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: old }));
    const during = await bench.describe();
    expect(during.deployments!.map((row) => [row.status, row.taskDefinition === old])).toEqual([
      ['PRIMARY', true],
      ['ACTIVE', false],
      ['ACTIVE', true],
    ]);
    expect((await bench.rollout(ours)).status).toBe('STOP_REQUESTED');
    await bench.pass(5_000);
    expect(await bench.rollout(ours)).toMatchObject({ status: 'STOPPED' });
    const after = await bench.describe();
    expect(after.currentServiceDeployment).not.toBe(ours);
    expect(after.deployments).toHaveLength(1);
    expect(after.deployments![0]).toMatchObject({ taskDefinition: old, rolloutState: 'COMPLETED' });
  });

  it('goes back when a person stops the service deployment with ROLLBACK', async () => {
    const old = await bench.service();
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: await broken(bench) }));
    await bench.pass(1_000);
    const arn = (await bench.describe()).currentServiceDeployment!;
    await bench.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: 'ROLLBACK' }));
    expect((await bench.rollout(arn)).status).toBe('ROLLBACK_REQUESTED');
    await bench.pass(150);
    expect((await bench.rollout(arn)).status).toBe('ROLLBACK_IN_PROGRESS');
    await bench.pass(5_000);
    expect(await bench.rollout(arn)).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      rollback: { reason: expect.stringMatching(/user request/) },
    });
    expect(await bench.describe()).toMatchObject({ taskDefinition: old, runningCount: 2 });
    expect(bench.eventNames('ECS Deployment State Change')).not.toContain('SERVICE_DEPLOYMENT_FAILED');
    const again = new StopServiceDeploymentCommand({ serviceDeploymentArn: arn });
    await expect(bench.ecs.send(again)).rejects.toMatchObject({ name: 'ConflictException' });
  });

  it('starts nothing of a deployment that is rolled back before it began', async () => {
    await bench.service();
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: await broken(bench) }));
    const { currentServiceDeployment: arn } = await bench.describe();
    await bench.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn! }));
    await bench.pass(5_000);
    expect((await bench.rollout(arn!)).status).toBe('ROLLBACK_SUCCESSFUL');
    expect((await bench.tasks('STOPPED')).filter((task) => task.stopCode === 'TaskFailedToStart')).toEqual([]);
  });

  it('leaves everything where it stands when a person stops it with ABORT', async () => {
    await bench.service();
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: await broken(bench) }));
    await bench.pass(1_000);
    const arn = (await bench.describe()).currentServiceDeployment!;
    await bench.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: 'ABORT' }));
    expect((await bench.rollout(arn)).status).toBe('STOP_REQUESTED');
    await bench.pass(5_000);
    expect((await bench.rollout(arn)).status).toBe('STOPPED');
    const pulls = bench.registry.pulls.length;
    await bench.pass(60_000);
    expect(bench.registry.pulls).toHaveLength(pulls);
    expect((await bench.describe()).runningCount).toBe(2);
  });

  it('starts no deployment for a changed deploymentConfiguration or desired count', async () => {
    await bench.service();
    const before = await bench.describe();
    await bench.ecs.send(
      new UpdateServiceCommand({ service: 'web', deploymentConfiguration: { ...BREAKER, minimumHealthyPercent: 50 } }),
    );
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', desiredCount: 0 }));
    await bench.pass(5_000);
    const after = await bench.describe();
    expect(after.deployments!.map((row) => row.id)).toEqual(before.deployments!.map((row) => row.id));
    expect(after).toMatchObject({ runningCount: 0, currentServiceDeployment: before.currentServiceDeployment });
    expect(after.deploymentConfiguration).toMatchObject({ minimumHealthyPercent: 50, maximumPercent: 200 });
  });

  it('deploys a service of no tasks at once, and resolves nothing for it', async () => {
    await bench.service({ desiredCount: 0 });
    const service = await bench.describe();
    expect(service.deployments![0]).toMatchObject({ rolloutState: 'COMPLETED', desiredCount: 0 });
    const revision = await bench.revision(service.currentServiceRevisions![0]!.arn!);
    expect(revision.containerImages).toEqual([{ containerName: 'app', image: WEB }]);
  });

  it('says that it is stuck when the percents leave no room', async () => {
    await bench.service({
      desiredCount: 1,
      deploymentConfiguration: { maximumPercent: 150, minimumHealthyPercent: 100 },
    });
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', forceNewDeployment: true }));
    await bench.pass(5_000);
    const service = await bench.describe();
    expect(service.deployments!.map((row) => row.rolloutState)).toEqual(['IN_PROGRESS', 'COMPLETED']);
    expect(service.events![0]!.message).toMatch(/was unable to stop or start tasks during a deployment/);
    await bench.ecs.send(
      new UpdateServiceCommand({ service: 'web', deploymentConfiguration: { maximumPercent: 200 } }),
    );
    await bench.pass(5_000);
    expect((await bench.describe()).deployments!.map((row) => row.rolloutState)).toEqual(['COMPLETED']);
  });

  it('lists what does not exist as MISSING', async () => {
    await bench.service();
    const { services, failures } = await bench.ecs.send(new DescribeServicesCommand({ services: ['web', 'nope'] }));
    expect(services!.map((row) => row.serviceName)).toEqual(['web']);
    expect(failures).toEqual([{ arn: 'arn:aws:ecs:local:000000000000:service/default/nope', reason: 'MISSING' }]);
  });
});

/** A definition of an image that the registry does not have. */
async function broken(bench: Bench): Promise<string> {
  return bench.register('web', 'localhost:5000/broken:1');
}
