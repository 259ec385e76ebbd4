import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListClustersCommand,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  paginateListServices,
  paginateListTasks,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  StopServiceDeploymentCommand,
  StopTaskCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, digest, WEB } from './harness.ts';

describe('the ECS API of the fleet', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.stop());

  const definition = (more: Partial<RegisterTaskDefinitionCommandInput> = {}): RegisterTaskDefinitionCommand =>
    new RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions: [{ name: 'app', image: WEB }], ...more });

  describe('task definitions', () => {
    it('numbers revisions, finds the newest ACTIVE by family, shows tags only when asked', async () => {
      await bench.ecs.send(definition({ tags: [{ key: 'team', value: 'a' }] }));
      await bench.ecs.send(definition());
      await bench.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'web:2' }));
      const newest = await bench.ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: 'web', include: ['TAGS'] }),
      );
      expect(newest.taskDefinition).toMatchObject({ revision: 1, status: 'ACTIVE', family: 'web' });
      expect(newest.tags).toEqual([{ key: 'team', value: 'a' }]);
      const second = await bench.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'web:2' }));
      expect(second.taskDefinition).toMatchObject({ revision: 2, status: 'INACTIVE' });
      expect(second.tags).toBeUndefined();
      const third = await bench.ecs.send(definition());
      expect(third.taskDefinition!.taskDefinitionArn).toBe('arn:aws:ecs:local:000000000000:task-definition/web:3');
      const byArn = new DescribeTaskDefinitionCommand({ taskDefinition: third.taskDefinition!.taskDefinitionArn! });
      expect((await bench.ecs.send(byArn)).taskDefinition!.revision).toBe(3);
    });

    it('adds what AWS adds, and keeps what it does not know in a container', async () => {
      const { taskDefinition } = await bench.ecs.send(
        definition({
          requiresCompatibilities: ['FARGATE'],
          networkMode: 'awsvpc',
          cpu: '256',
          memory: '512',
          containerDefinitions: [
            { name: 'app', image: WEB, logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'g' } } },
          ],
        }),
      );
      expect(taskDefinition).toMatchObject({ compatibilities: ['EC2', 'FARGATE'], status: 'ACTIVE', volumes: [] });
      expect(taskDefinition!.registeredAt).toBeInstanceOf(Date);
      expect(taskDefinition!.containerDefinitions![0]).toMatchObject({
        essential: true,
        cpu: 0,
        portMappings: [],
        logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'g' } },
      });
    });

    it.each<[string, Partial<RegisterTaskDefinitionCommandInput>, string, RegExp]>([
      ['a family of other characters', { family: 'web app' }, 'ClientException', /Family/],
      ['no container', { containerDefinitions: [] }, 'ClientException', /Container list/],
      [
        'a container without an image',
        { containerDefinitions: [{ name: 'a', image: '' }] },
        'ClientException',
        /image/,
      ],
      [
        'an image with a line break',
        { containerDefinitions: [{ name: 'a', image: 'a\nb' }] },
        'ClientException',
        /image/,
      ],
      [
        'no essential container',
        { containerDefinitions: [{ name: 'a', image: 'b', essential: false }] },
        'ClientException',
        /essential/,
      ],
      [
        'a name given twice',
        {
          containerDefinitions: [
            { name: 'a', image: 'b' },
            { name: 'a', image: 'c' },
          ],
        },
        'ClientException',
        /unique/,
      ],
      ['an empty list of tags', { tags: [] }, 'InvalidParameterException', /Tags can not be empty/],
      [
        'a tag of AWS',
        { tags: [{ key: 'aws:cloudformation:stack-name', value: 'x' }] },
        'InvalidParameterException',
        /aws:/,
      ],
      [
        'Fargate without cpu',
        { requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc', memory: '512' },
        'ClientException',
        /cpu/,
      ],
    ])('refuses %s', async (_what, more, name, message) => {
      await expect(bench.ecs.send(definition(more))).rejects.toMatchObject({
        name,
        message: expect.stringMatching(message),
      });
    });

    it('lists by family and status, in both orders, page by page', async () => {
      for (let n = 0; n < 12; n += 1) await bench.ecs.send(definition());
      await bench.ecs.send(definition({ family: 'web-admin' }));
      await bench.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'web:5' }));
      const numbers = (arns: string[] | undefined) => arns!.map((arn) => Number(arn.split(':').at(-1)));
      const first = await bench.ecs.send(
        new ListTaskDefinitionsCommand({ familyPrefix: 'web', sort: 'DESC', maxResults: 8 }),
      );
      expect(numbers(first.taskDefinitionArns)).toEqual([12, 11, 10, 9, 8, 7, 6, 4]);
      const rest = await bench.ecs.send(
        new ListTaskDefinitionsCommand({
          familyPrefix: 'web',
          sort: 'DESC',
          maxResults: 8,
          nextToken: first.nextToken!,
        }),
      );
      expect(numbers(rest.taskDefinitionArns)).toEqual([3, 2, 1]);
      expect(rest.nextToken).toBeUndefined();
      const inactive = await bench.ecs.send(new ListTaskDefinitionsCommand({ status: 'INACTIVE' }));
      expect(numbers(inactive.taskDefinitionArns)).toEqual([5]);
    });

    it('refuses an inactive definition for a new service but lets the one that stands on it be forced', async () => {
      await bench.service();
      await bench.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'web:1' }));
      const more = new CreateServiceCommand({ serviceName: 'b', taskDefinition: 'web:1', desiredCount: 1 });
      await expect(bench.ecs.send(more)).rejects.toMatchObject({
        name: 'ClientException',
        message: 'TaskDefinition is inactive',
      });
      bench.registry.tags.set(WEB, digest('b'));
      await bench.ecs.send(new UpdateServiceCommand({ service: 'web', forceNewDeployment: true }));
      await bench.pass(5_000);
      expect(await bench.runningDigests()).toEqual([digest('b'), digest('b')]);
    });
  });

  describe('clusters', () => {
    it('are made once, listed, described with their counts, and deleted only when empty', async () => {
      await bench.service();
      await bench.ecs.send(new CreateClusterCommand({ clusterName: 'other', tags: [{ key: 'a', value: 'b' }] }));
      await bench.ecs.send(new CreateClusterCommand({ clusterName: 'other' }));
      const { clusterArns } = await bench.ecs.send(new ListClustersCommand({}));
      expect(clusterArns).toEqual(['default', 'other'].map((name) => `arn:aws:ecs:local:000000000000:cluster/${name}`));
      const { clusters, failures } = await bench.ecs.send(new DescribeClustersCommand({ clusters: ['default', 'x'] }));
      expect(clusters![0]).toMatchObject({
        status: 'ACTIVE',
        runningTasksCount: 2,
        pendingTasksCount: 0,
        activeServicesCount: 1,
      });
      expect(failures![0]).toMatchObject({ reason: 'MISSING' });
      const full = bench.ecs.send(new DeleteClusterCommand({ cluster: 'default' }));
      await expect(full).rejects.toMatchObject({ name: 'ClusterContainsServicesException' });
      const { cluster } = await bench.ecs.send(new DeleteClusterCommand({ cluster: 'other' }));
      expect(cluster!.status).toBe('INACTIVE');
    });
  });

  describe('services', () => {
    it('are paged ten at a time, each once', async () => {
      await bench.service();
      for (let n = 0; n < 24; n += 1) {
        await bench.ecs.send(
          new CreateServiceCommand({
            serviceName: `s${String(n).padStart(2, '0')}`,
            taskDefinition: 'web',
            desiredCount: 0,
          }),
        );
      }
      const sizes: number[] = [];
      const seen: string[] = [];
      for await (const page of paginateListServices({ client: bench.ecs }, {})) {
        sizes.push(page.serviceArns!.length);
        seen.push(...page.serviceArns!);
        // A service that goes while we page shifts nothing.
        if (sizes.length === 1) await bench.ecs.send(new DeleteServiceCommand({ service: seen[0]! }));
      }
      expect(sizes).toEqual([10, 10, 5]);
      expect(new Set(seen).size).toBe(25);
    });

    it('are created once: the same request again answers the service, another one is refused', async () => {
      await bench.service();
      const again = (desiredCount: number) =>
        bench.ecs.send(new CreateServiceCommand({ serviceName: 'web', taskDefinition: 'web', desiredCount }));
      expect((await again(2)).service!.runningCount).toBe(2);
      await expect(again(3)).rejects.toMatchObject({ message: 'Creation of service was not idempotent.' });
      expect((await bench.describe()).deployments).toHaveLength(1);
    });

    it('drain when they are deleted, are INACTIVE then, and their deployments are gone', async () => {
      await bench.service();
      const { currentServiceDeployment } = await bench.describe();
      const scaled = bench.ecs.send(new DeleteServiceCommand({ service: 'web' }));
      await expect(scaled).rejects.toMatchObject({ name: 'InvalidParameterException' });
      const { service } = await bench.ecs.send(new DeleteServiceCommand({ service: 'web', force: true }));
      expect(service!.status).toBe('DRAINING');
      const soon = bench.ecs.send(
        new CreateServiceCommand({ serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }),
      );
      await expect(soon).rejects.toMatchObject({ message: expect.stringMatching(/Draining/) });
      await bench.pass(1_000);
      expect(await bench.describe()).toMatchObject({ status: 'INACTIVE', runningCount: 0 });
      expect((await bench.ecs.send(new ListServicesCommand({}))).serviceArns).toEqual([]);
      const update = bench.ecs.send(new UpdateServiceCommand({ service: 'web', desiredCount: 1 }));
      await expect(update).rejects.toMatchObject({ name: 'ServiceNotActiveException' });
      const { failures } = await bench.ecs.send(
        new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [currentServiceDeployment!] }),
      );
      expect(failures).toEqual([{ arn: currentServiceDeployment, reason: 'MISSING' }]);
      await bench.ecs.send(new CreateServiceCommand({ serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }));
      await bench.pass(5_000);
      expect(await bench.describe()).toMatchObject({ status: 'ACTIVE', runningCount: 1 });
    });

    it('keep up to date with a task that a person stops', async () => {
      await bench.service();
      const [task] = await bench.tasks();
      const { task: stopped } = await bench.ecs.send(new StopTaskCommand({ task: task!.taskArn!, reason: 'try' }));
      expect(stopped).toMatchObject({ desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'try' });
      await bench.pass(5_000);
      expect(await bench.describe()).toMatchObject({ runningCount: 2 });
      expect((await bench.tasks()).map((row) => row.taskArn)).not.toContain(task!.taskArn);
      expect((await bench.describe()).deployments![0]!.failedTasks).toBe(0);
    });

    it('of a CODE_DEPLOY controller have no rolloutState and refuse a new definition', async () => {
      await bench.service({ deploymentController: { type: 'CODE_DEPLOY' } });
      expect((await bench.describe()).deployments![0]!.rolloutState).toBeUndefined();
      const next = await bench.register();
      const update = bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: next }));
      await expect(update).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message: expect.stringMatching(/CODE_DEPLOY/),
      });
    });

    it('list their deployments newest first, by status and page', async () => {
      await bench.service();
      for (let n = 0; n < 4; n += 1) {
        await bench.ecs.send(new UpdateServiceCommand({ service: 'web', forceNewDeployment: true }));
        await bench.pass(100);
      }
      await bench.pass(5_000);
      const all = await bench.ecs.send(new ListServiceDeploymentsCommand({ service: 'web' }));
      const statuses = all.serviceDeployments!.map((row) => row.status);
      expect(statuses[0]).toBe('SUCCESSFUL');
      expect(statuses.at(-1)).toBe('SUCCESSFUL');
      expect(statuses.slice(1, 4)).toEqual(['STOPPED', 'STOPPED', 'STOPPED']);
      const stopped = await bench.ecs.send(
        new ListServiceDeploymentsCommand({ service: 'web', status: ['STOPPED'], maxResults: 2 }),
      );
      expect(stopped.serviceDeployments).toHaveLength(2);
      expect(stopped.nextToken).toBeDefined();
    });
  });

  describe('lone tasks', () => {
    it('run, show their digest once they run, and stop', async () => {
      await bench.cluster();
      bench.registry.tags.set(WEB, digest('a'));
      await bench.register();
      const { tasks } = await bench.ecs.send(new RunTaskCommand({ taskDefinition: 'web', startedBy: 'me', count: 2 }));
      const arn = tasks![0]!.taskArn!;
      expect(tasks![0]).toMatchObject({ lastStatus: 'PROVISIONING', group: 'family:web', startedBy: 'me', version: 1 });
      const look = async () => (await bench.ecs.send(new DescribeTasksCommand({ tasks: [arn] }))).tasks![0]!;
      await bench.pass(250);
      expect(await look()).toMatchObject({ lastStatus: 'PENDING', version: 2 });
      expect((await look()).containers![0]!.imageDigest).toBeUndefined();
      await bench.pass(250);
      expect(await look()).toMatchObject({
        lastStatus: 'RUNNING',
        version: 3,
        containers: [{ imageDigest: digest('a') }],
      });
      bench.registry.tags.set(WEB, digest('b'));
      await bench.ecs.send(new RunTaskCommand({ taskDefinition: 'web', startedBy: 'you' }));
      await bench.pass(1_000);
      const { taskArns } = await bench.ecs.send(new ListTasksCommand({ startedBy: 'me' }));
      expect(taskArns).toHaveLength(2);
      expect((await bench.ecs.send(new ListTasksCommand({ family: 'web' }))).taskArns).toHaveLength(3);
      expect((await bench.ecs.send(new ListTasksCommand({ desiredStatus: 'PENDING' }))).taskArns).toEqual([]);
      await bench.ecs.send(new StopTaskCommand({ task: arn }));
      expect(await look()).toMatchObject({ lastStatus: 'DEPROVISIONING', desiredStatus: 'STOPPED', version: 4 });
      await bench.pass(200);
      expect(await look()).toMatchObject({ lastStatus: 'STOPPED', version: 5, containers: [{ exitCode: 143 }] });
      await bench.pass(3_600_001);
      const { failures } = await bench.ecs.send(new DescribeTasksCommand({ tasks: [arn] }));
      expect(failures).toEqual([{ arn, reason: 'MISSING' }]);
    });

    it('are listed by paginators', async () => {
      await bench.cluster();
      await bench.register();
      for (let n = 0; n < 3; n += 1) await bench.ecs.send(new RunTaskCommand({ taskDefinition: 'web', count: 10 }));
      const seen = new Set<string>();
      for await (const page of paginateListTasks({ client: bench.ecs, pageSize: 7 }, {})) {
        for (const arn of page.taskArns!) seen.add(arn);
      }
      expect(seen.size).toBe(30);
    });
  });

  describe('tags', () => {
    it('are added, replaced, removed, and listed on every kind of resource', async () => {
      const definitionArn = await bench.service({ tags: [{ key: 'a', value: '1' }] });
      const { serviceArn } = await bench.describe();
      for (const resourceArn of [serviceArn!, definitionArn, (await bench.tasks())[0]!.taskArn!]) {
        await bench.ecs.send(
          new TagResourceCommand({
            resourceArn,
            tags: [
              { key: 'a', value: '2' },
              { key: 'drydock:repair', value: 'auto' },
            ],
          }),
        );
        await bench.ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a', 'never'] }));
        const { tags } = await bench.ecs.send(new ListTagsForResourceCommand({ resourceArn }));
        expect(tags).toEqual([{ key: 'drydock:repair', value: 'auto' }]);
      }
      expect((await bench.describe()).tags).toEqual([{ key: 'drydock:repair', value: 'auto' }]);
      const untagged = await bench.ecs.send(new DescribeServicesCommand({ services: ['web'] }));
      expect(untagged.services![0]!.tags).toBeUndefined();
      const foreign = bench.ecs.send(
        new TagResourceCommand({ resourceArn: 'arn:aws:s3:::b', tags: [{ key: 'a', value: 'b' }] }),
      );
      await expect(foreign).rejects.toMatchObject({ name: 'InvalidParameterException' });
    });
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['a cluster', 'ClusterNotFoundException', () => bench.ecs.send(new ListServicesCommand({ cluster: 'nope' }))],
    ['a service', 'ServiceNotFoundException', () => bench.ecs.send(new UpdateServiceCommand({ service: 'nope' }))],
    [
      'a definition',
      'ClientException',
      () => bench.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'nope' })),
    ],
    [
      'a deployment',
      'ServiceDeploymentNotFoundException',
      () => bench.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: 'x' })),
    ],
    ['a page token', 'InvalidParameterException', () => bench.ecs.send(new ListServicesCommand({ nextToken: 'eyJ' }))],
    [
      'eleven services',
      'InvalidParameterException',
      () => bench.ecs.send(new DescribeServicesCommand({ services: Array(11).fill('a') })),
    ],
    [
      '21 revisions',
      'InvalidParameterException',
      () => bench.ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: Array(21).fill('a') })),
    ],
    [
      "another cluster's ARN",
      'InvalidParameterException',
      () =>
        bench.ecs.send(new DescribeServicesCommand({ services: ['arn:aws:ecs:local:000000000000:service/other/web'] })),
    ],
    [
      'blocking percents',
      'InvalidParameterException',
      () =>
        bench.ecs.send(
          new CreateServiceCommand({
            serviceName: 'b',
            taskDefinition: 'web',
            desiredCount: 1,
            deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 100 },
          }),
        ),
    ],
    [
      'a strategy that it has not',
      'UnsupportedFeatureException',
      () =>
        bench.ecs.send(
          new CreateServiceCommand({
            serviceName: 'b',
            taskDefinition: 'web',
            desiredCount: 1,
            deploymentConfiguration: { strategy: 'CANARY' },
          }),
        ),
    ],
  ])('answers as AWS does for %s: %s', async (_what, name, send) => {
    await bench.cluster();
    await bench.register();
    await expect(send()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });
});
