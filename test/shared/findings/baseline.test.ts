import { describe, expect, it } from 'vitest';
import { makeSweep } from '#functions/sweep';
import { isBaseline, type ListedImage, reconcileWorkload } from '#shared/findings';
import { extractorsVersion } from '#shared/inventory';
import { keys } from '#shared/store';
import { checkout } from '../../../local/demo/images.ts';
import { heartbleed, world } from './world.ts';

describe('the first, silent look at a fleet', () => {
  it('goes on until what runs is read, ends in one report, and is then over', async () => {
    const made = world({ records: [heartbleed] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    const listed: ListedImage[] = [{ registry: 'registry.test', repository: 'checkout', digest, tags: ['1'] }];
    const said: [string, Record<string, unknown>][] = [];
    const handler = makeSweep({
      table: made.table,
      catalogue: {
        async *images() {
          yield* listed;
        },
      },
      policy: async () => ({ images: 'all', dailyBytes: 1e9 }),
      extractors: extractorsVersion,
      baseline: () => isBaseline(made.table),
      now: made.ports.now,
      emit: async (type, detail) => void said.push([type, detail as Record<string, unknown>]),
      report: ({ error }) => {
        throw error;
      },
    });
    const turn = () =>
      handler({
        Records: [
          {
            messageId: '1',
            body: JSON.stringify({
              id: '1',
              'detail-type': 'Scheduled Event',
              source: 'aws.events',
              account: '1',
              time: 'now',
              region: 'local',
              resources: ['arn:aws:events:local:1:rule/x-sweepbaseline1234'],
              detail: {},
            }),
          },
        ],
      });
    await made.run('checkout', 'checkout', digest);
    await turn();
    expect(said.map(([type]) => type)).toEqual(['ImageWanted', 'SweepDone']);
    expect(said[0]?.[1]).toMatchObject({ digest, lane: 'interactive', why: 'it runs' });
    await made.scan('checkout', '1');
    await reconcileWorkload({ ...made.ports, baseline: () => isBaseline(made.table) }, '1/local/demo/checkout');
    await turn();
    expect(await isBaseline(made.table), 'nobody has read the whole fleet yet').toBe(true);
    await made.table.put({ ...keys.fleetRead(), readAt: '2026-01-01T00:00:00Z' });
    said.length = 0;
    await turn();
    expect(said.map(([type]) => type)).toEqual(['SweepDone', 'BaselineDone']);
    expect(said[1]?.[1]).toMatchObject({
      workloads: 1,
      images: 1,
      problems: 1,
      worst: ['HIGH CVE-2014-0160 openssl (1 service)'],
    });
    said.length = 0;
    await turn();
    expect(said).toEqual([]);
    expect(made.told.map((change) => change.problem.baseline)).toEqual([true]);
  });
});
