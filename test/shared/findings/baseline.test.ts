import { describe, expect, it } from 'vitest';
import { makeSweep } from '#functions/sweep';
import { awaitedFeeds, feedTried, wantFeed } from '#shared/advisories';
import { isBaseline, reconcileWorkload } from '#shared/findings';
import { extractorsVersion } from '#shared/inventory';
import { keys, type Table } from '#shared/store';
import type { ListedImage } from '#shared/sweep';
import { checkout } from '../../../local/demo/images.ts';
import { faultyTable } from '../../faults/table.ts';
import { listedRegistry, readsAll } from '../sweep/listed-registry.ts';
import { heartbleed, world } from './world.ts';

/** A fleet of one service, and the sweep that is to end its baseline; `fail` may break an event or a write. */
function firstLook(
  fail: { readonly event?: (type: string, told: boolean) => void; readonly write?: (write: number) => void } = {},
) {
  const made = world({ records: [heartbleed] });
  const table = faultyTable(made.table, { seed: 1, ...(fail.write === undefined ? {} : { beforeWrite: fail.write }) });
  const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
  let passed = 0;
  const now = () => new Date(made.ports.now().getTime() + passed);
  const wait = (minutes: number) => {
    passed += minutes * 60_000;
  };
  const listed: ListedImage[] = [{ registry: 'registry.test', repository: 'checkout', digest, tags: ['1'] }];
  const said: [string, Record<string, unknown>][] = [];
  const handlerOn = (on: Table) =>
    makeSweep({
      table: on,
      blobs: made.blobs,
      catalogue: listedRegistry(listed),
      policy: async () => readsAll,
      extractors: extractorsVersion,
      baseline: () => isBaseline(made.table),
      now,
      emit: async (type, detail) => {
        if (on === table) fail.event?.(type, false);
        said.push([type, detail as Record<string, unknown>]);
        if (on === table) fail.event?.(type, true);
      },
      report: () => undefined,
    });
  const body = JSON.stringify({
    id: '1',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '1',
    time: 'now',
    region: 'local',
    resources: ['arn:aws:events:local:1:rule/x-sweepbaseline1234'],
    detail: {},
  });
  const turnOn = (on: Table) => async () => {
    const { batchItemFailures } = await handlerOn(on)({ Records: [{ messageId: '1', body }] });
    return batchItemFailures.length === 0;
  };
  return { made, digest, said, now, wait, cutTurn: turnOn(table), turn: turnOn(made.table) };
}

/** Everything that runs is read, the fleet was looked at, and a turn ago it was so too: the next turn ends the baseline. */
async function readyToEnd(look: ReturnType<typeof firstLook>): Promise<void> {
  const { made, digest } = look;
  await made.run('checkout', 'checkout', digest);
  await made.scan('checkout', '1');
  await reconcileWorkload({ ...made.ports, baseline: () => isBaseline(made.table) }, '1/local/demo/checkout');
  await made.table.put({ ...keys.fleetRead(), readAt: '2026-01-01T00:00:00Z' });
  await look.turn();
  look.wait(10);
  look.said.length = 0;
}

describe('the first, silent look at a fleet', () => {
  it('goes on until what runs is read, ends in one report, and is then over', async () => {
    const { made, digest, said, now, wait, turn } = firstLook();
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
    expect(
      said.map(([type]) => type),
      'what was read last may not be judged yet',
    ).toEqual(['SweepDone']);
    await wantFeed(made.table, 'Debian', now());
    wait(10);
    await turn();
    expect(await isBaseline(made.table), 'the first advisories of Debian are still to come').toBe(true);
    await feedTried(made.table, 'Debian', now());
    wait(5);
    await turn();
    expect(await isBaseline(made.table), 'what they judge is still on its way').toBe(true);
    wait(6);
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

  it('is told whatever write or event of the turn that ends it is cut, and then no more', async () => {
    const atWrite = (at: number) => ({
      write: (write: number) => {
        if (write === at) throw new Error('died');
      },
    });
    const atReport = (after: boolean) => ({
      event: (type: string, told: boolean) => {
        if (type === 'BaselineDone' && told === after) throw new Error('died');
      },
    });
    const survives = async (cut: Parameters<typeof firstLook>[0]): Promise<boolean> => {
      const look = firstLook(cut);
      await readyToEnd(look);
      const finished = await look.cutTurn();
      // nobody takes a turn over before it can only be a dead one's
      look.wait(15);
      await look.turn();
      const reports = look.said.filter(([type]) => type === 'BaselineDone').map(([, report]) => JSON.stringify(report));
      expect([reports.length > 0, new Set(reports).size]).toEqual([true, 1]);
      look.said.length = 0;
      await look.turn();
      expect(look.said).toEqual([]);
      expect(await isBaseline(look.made.table)).toBe(false);
      return finished;
    };
    for (const after of [false, true]) expect(await survives(atReport(after))).toBe(false);
    let writes = 0;
    while (!(await survives(atWrite(writes)))) writes += 1;
    // the day's row, the report, and the mark that it was told, at least
    expect(writes).toBeGreaterThanOrEqual(3);
  });

  it('waits for a feed that never comes for some hours, and not for ever', async () => {
    const { table } = world({ records: [] });
    const at = (hours: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + hours * 3_600_000);
    await wantFeed(table, 'npm', at(0));
    await wantFeed(table, 'npm', at(3));
    expect(await awaitedFeeds(table, at(5))).toEqual(['npm']);
    expect(await awaitedFeeds(table, at(7))).toEqual([]);
  });
});
