import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ListServiceDeploymentsCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from 'vitest';
import { startFleet } from '#local/fleet/index';
import { Bench, digest, FakeRegistry } from './harness.ts';

const NEXT = 'localhost:5000/web:2';

describe('a fleet that is killed and started again on its folder', () => {
  const benches: Bench[] = [];
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.stop();
  });
  const start = async (options: ConstructorParameters<typeof Bench>[0] = {}, fails = false): Promise<Bench> => {
    const bench = new Bench(options);
    benches.push(bench);
    bench.registry.tags.set(NEXT, digest('b'));
    if (fails) bench.registry.exiting.add(digest('b'));
    return bench.start();
  };

  it('goes on with a deployment in the middle of a pull: not lost, not doubled', async () => {
    const bench = await start();
    await bench.service();
    const definition = await bench.register('web', NEXT);
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: definition }));
    const before = await bench.describe();
    let release = (): void => undefined;
    bench.registry.gate = new Promise((resolve) => {
      release = resolve;
    });
    // no waiting for the pull: it hangs
    while (bench.clock.next(bench.clock.now().getTime() + 350)) if ((await bench.tasks()).length > 2) break;
    bench.clock.next(bench.clock.now().getTime() + 300);
    expect((await bench.tasks()).filter((task) => task.lastStatus === 'PENDING').length).toBeGreaterThan(0);

    const stopping = bench.restart();
    release();
    bench.registry.gate = undefined;
    await stopping;
    await bench.pass(5_000);
    const after = await bench.describe();
    expect(after.currentServiceDeployment).toBe(before.currentServiceDeployment);
    expect(after.deployments!.map((row) => [row.id, row.rolloutState])).toEqual([
      [before.deployments![0]!.id, 'COMPLETED'],
    ]);
    expect(await bench.runningDigests()).toEqual([digest('b'), digest('b')]);
    expect(await bench.tasks()).toHaveLength(2);
  });

  it.each([
    ['a good image', false],
    ['an image that the breaker takes back', true],
  ])('ends the same from whatever line of its journal it goes on: %s', async (_what, fails) => {
    const bench = await start({}, fails);
    await bench.service({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } });
    const definition = await bench.register('web', NEXT);
    await bench.restart();
    await bench.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: definition }));
    await bench.pass(30_000);
    const expected = await bench.describe();
    const lines = readFileSync(path.join(bench.folder, 'journal.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(6);

    for (let kept = 1; kept <= lines.length; kept += 1) {
      const folder = mkdtempSync(path.join(tmpdir(), 'drydock-fleet-'));
      cpSync(bench.folder, folder, { recursive: true });
      writeFileSync(path.join(folder, 'journal.jsonl'), `${lines.slice(0, kept).join('\n')}\n`);
      const next = await start({ folder }, fails);
      await next.pass(60_000);
      const service = await next.describe();
      const { serviceDeployments } = await next.ecs.send(new ListServiceDeploymentsCommand({ service: 'web' }));
      expect(serviceDeployments!.map((row) => row.status)).toEqual([
        fails ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL',
        'SUCCESSFUL',
      ]);
      expect(service.currentServiceDeployment).toBe(expected.currentServiceDeployment);
      expect(service.taskDefinition).toBe(expected.taskDefinition);
      expect(service.deployments!.map((row) => row.rolloutState)).toEqual(['COMPLETED']);
      expect(await next.runningDigests()).toEqual(Array(2).fill(digest(fails ? 'a' : 'b')));
    }
  });

  it('leaves half a last line out and loses nothing before it', async () => {
    const bench = await start();
    await bench.service();
    await bench.fleet.close();
    appendFileSync(path.join(bench.folder, 'journal.jsonl'), '{"format":1,"changes":[{"kind":"task","ke');
    await bench.start();
    expect(await bench.describe()).toMatchObject({ runningCount: 2 });
    await bench.restart();
    expect(await bench.describe()).toMatchObject({ runningCount: 2 });
  });

  it('refuses a folder that holds something else, and says what to do', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'drydock-fleet-'));
    try {
      writeFileSync(path.join(folder, 'snapshot.json'), '{"format":99}');
      const starting = startFleet({ folder, resolve: new FakeRegistry() });
      await expect(starting).rejects.toMatchObject({
        code: 'FLEET_FOLDER',
        message: expect.stringMatching(/empty one/),
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
