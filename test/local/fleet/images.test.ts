import { CreateServiceCommand, RegisterTaskDefinitionCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, digest, WEB } from './harness.ts';

describe('which digest a deployment runs', () => {
  let bench: Bench;
  let resolved: string[];
  beforeEach(async () => {
    bench = await new Bench().start();
    resolved = [];
    const resolve = bench.registry.resolve.bind(bench.registry);
    bench.registry.resolve = async (image) => {
      resolved.push(image);
      return resolve(image);
    };
  });
  afterEach(() => bench.stop());

  it('is asked for once, by the first task, however many start together', async () => {
    await bench.service({ desiredCount: 8 });
    expect(resolved).toEqual([WEB]);
    expect(bench.registry.pulls).toHaveLength(8);
  });

  it('is the one in the definition when it names one', async () => {
    await bench.cluster();
    const pinned = `${WEB}@${digest('c')}`;
    await bench.register('web', pinned);
    await bench.ecs.send(new CreateServiceCommand({ serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }));
    await bench.pass(5_000);
    expect(resolved).toEqual([]);
    expect(await bench.runningDigests()).toEqual([digest('c')]);
    const { currentServiceRevisions } = await bench.describe();
    expect((await bench.revision(currentServiceRevisions![0]!.arn!)).containerImages![0]!.imageDigest).toBe(
      digest('c'),
    );
  });

  it('is not fixed for a container with versionConsistency disabled', async () => {
    await bench.cluster();
    bench.registry.tags.set(WEB, digest('a'));
    await bench.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'web',
        containerDefinitions: [{ name: 'app', image: WEB, versionConsistency: 'disabled' }],
      }),
    );
    await bench.ecs.send(new CreateServiceCommand({ serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }));
    await bench.pass(5_000);
    bench.registry.tags.set(WEB, digest('b'));
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', desiredCount: 2 }));
    await bench.pass(5_000);
    expect((await bench.runningDigests()).sort()).toEqual([digest('a'), digest('b')]);
    const { currentServiceRevisions } = await bench.describe();
    const revision = await bench.revision(currentServiceRevisions![0]!.arn!);
    expect(revision.containerImages).toEqual([{ containerName: 'app', image: WEB }]);
  });

  it('stays open after three failed resolutions: each task asks for itself from then on', async () => {
    await bench.cluster();
    await bench.register();
    await bench.ecs.send(new CreateServiceCommand({ serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }));
    await bench.pass(10_000);
    expect(resolved.length).toBeGreaterThan(3);
    bench.registry.tags.set(WEB, digest('a'));
    await bench.pass(27 * 60_000);
    expect(await bench.runningDigests()).toEqual([digest('a')]);
    const { currentServiceRevisions } = await bench.describe();
    const revision = await bench.revision(currentServiceRevisions![0]!.arn!);
    expect(revision.containerImages![0]!.imageDigest).toBeUndefined();
  });

  it('puts what a registry says into stoppedReason on one bounded line', async () => {
    await bench.cluster();
    await bench.register();
    bench.registry.resolve = async () => {
      throw new Error(`no\u001b[31m way\n${'x'.repeat(5_000)}`);
    };
    await bench.ecs.send(new CreateServiceCommand({ serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }));
    await bench.pass(1_000);
    const [failed] = await bench.tasks('STOPPED');
    expect(failed!.stoppedReason).toMatch(/^CannotPullContainerError: /);
    expect(failed!.stoppedReason).not.toMatch(/\p{Cc}/u);
    expect(failed!.stoppedReason!.length).toBe(1024);
    expect(failed!.containers![0]!.reason).toBe(failed!.stoppedReason);
  });
});
