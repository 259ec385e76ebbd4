import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bounds } from '#local/fleet/rolling';
import { Bench, digest, WEB } from './harness.ts';

it('keeps a real service between its bounds through a whole deployment, as its events tell', async () => {
  const percents = fc
    .record({
      minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
      maximumPercent: fc.integer({ min: 100, max: 250 }),
    })
    .filter((rules) => rules.minimumHealthyPercent < 100 || rules.maximumPercent > 100);
  await fc.assert(
    fc.asyncProperty(percents, fc.integer({ min: 2, max: 7 }), async (rules, desired) => {
      const bench = await new Bench().start();
      try {
        await bench.service({ desiredCount: desired, deploymentConfiguration: rules });
        const { least, most } = bounds(desired, rules);
        fc.pre(least < desired || most > desired);
        const statuses = new Map<unknown, unknown>();
        let seen = 0;
        let steady = false;
        const follow = (): void => {
          for (const event of bench.events.slice(seen)) {
            if (event['detail-type'] !== 'ECS Task State Change') continue;
            statuses.set(event.detail.taskArn, event.detail.lastStatus);
            const count = (...wanted: string[]) =>
              [...statuses.values()].filter((row) => wanted.includes(String(row))).length;
            if (!steady) continue;
            expect(count('RUNNING')).toBeGreaterThanOrEqual(least);
            expect(count('PROVISIONING', 'PENDING', 'RUNNING')).toBeLessThanOrEqual(Math.max(most, desired));
          }
          seen = bench.events.length;
        };
        follow();
        steady = true;
        bench.registry.tags.set(WEB, digest('b'));
        await bench.ecs.send(new UpdateServiceCommand({ service: 'web', forceNewDeployment: true }));
        await bench.pass(60_000, follow);
        expect(await bench.runningDigests()).toEqual(Array(desired).fill(digest('b')));
        expect((await bench.describe()).deployments!.map((row) => row.rolloutState)).toEqual(['COMPLETED']);
      } finally {
        await bench.stop();
      }
    }),
    { numRuns: 25 },
  );
});
