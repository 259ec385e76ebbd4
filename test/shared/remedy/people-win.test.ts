import { describe, expect, it } from 'vitest';
import {
  driveRollout,
  holdDownsOf,
  noteRollbacks,
  planNewer,
  readRows,
  rollbackTold,
  startRollout,
  stopRollout,
} from '#shared/remedy';
import { memoryTable } from '#shared/store';
import { byUs, portsOf, toTheEnd } from './driving.ts';
import { clean, fixed, problem, running, world } from './given.ts';

describe('people win', () => {
  it('in the middle of a wave: a rollback by hand ends the row, is held down, and is not fought', async () => {
    const given = await world({ services: 2, waves: { canary: 0, percent: 100, max: 10 } });
    const [id] = given.ids;
    const before = (await given.fleet.describe(id!))!.definition;
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    await driveRollout(portsOf(given, table), head.rollout);
    given.fleet.personDeploys(id!, before);
    const end = await toTheEnd(given, portsOf(given, table), head.rollout);
    expect(end.rollout).toMatchObject({ state: 'stopped', counts: { stopped: 1, verified: 1 } });
    expect(byUs(given, id!)).toHaveLength(1);
    expect((await readRows(table, head.rollout))[0]?.reason).toMatch(/^REVERTED_BY: somebody/);
    const now = given.clock.date().toISOString();
    const held = await holdDownsOf(table, id!, now);
    expect(held).toMatchObject([{ digest: clean, kind: 'person' }]);

    const workload = (await given.fleet.describe(id!))!;
    const again = planNewer({
      problem,
      affected: [{ workload, container: 'app', current: running }],
      candidates: [fixed],
      policy: { modes: { [id!]: 'auto' }, named: {}, waves: { canary: 1, percent: 50, max: 10 } },
      holdDowns: held,
      approvals: [],
      withdrawals: [],
      now,
    });
    expect(again).toMatchObject({ verdict: 'nothing-clean', rejected: [{ code: 'held-down' }] });
  });

  it('who have the deployment stopped, or rolled back by ECS, are not fought either', async () => {
    for (const how of ['stop', 'rollback'] as const) {
      const given = await world();
      const table = memoryTable();
      const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
      await driveRollout(portsOf(given, table), head.rollout);
      given.fleet.personStops(given.ids[0]!, how);
      const end = await toTheEnd(given, portsOf(given, table), head.rollout);
      expect(end.rollout?.counts).toEqual({ stopped: 1 });
      expect(byUs(given, given.ids[0]!)).toHaveLength(1);
    }
  });

  it('after verification: it is noted once, held down, and the row says since when it is exposed again', async () => {
    const given = await world();
    const [id] = given.ids;
    const before = (await given.fleet.describe(id!))!.definition;
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    await toTheEnd(given, portsOf(given, table), head.rollout);
    given.clock.pass(60_000);
    expect(await noteRollbacks(table, [(await given.fleet.describe(id!))!])).toEqual([]);
    given.fleet.personDeploys(id!, before);
    given.fleet.complete(id!);
    const reading = (await given.fleet.describe(id!))!;
    const [noted] = await noteRollbacks(table, [reading]);
    expect(noted?.text).toContain(`again exposed to CVE-2014-0160 in openssl since ${reading.readAt}`);
    // until it was told it is given again: whoever got it may have been cut
    expect(await noteRollbacks(table, [reading])).toEqual([noted]);
    await rollbackTold(table, noted!);
    expect(await noteRollbacks(table, [reading])).toEqual([]);
    const [row] = await readRows(table, head.rollout);
    expect(row).toMatchObject({ state: 'verified', exposedAgain: { since: reading.readAt } });
    expect(await holdDownsOf(table, id!, reading.readAt)).toMatchObject([{ digest: clean, kind: 'person' }]);
  });

  it('who deploy while we wait are not covered by a second deployment; what they changed is copied', async () => {
    const given = await world();
    const [id] = given.ids;
    const other = await given.fleet.register(
      { workload: id!, changeId: 'theirs', images: { proxy: 'registry.example/proxy:8' } },
      (await given.fleet.describe(id!))!.definition,
    );
    given.fleet.personDeploys(id!, other);
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    const waiting = await driveRollout(portsOf(given, table), head.rollout);
    expect(waiting.done).toBe(false);
    expect(byUs(given, id!)).toHaveLength(0);
    await toTheEnd(given, portsOf(given, table), head.rollout);
    const workload = await given.fleet.describe(id!);
    expect(workload?.containers.map((one) => one.image)).toEqual([
      `registry.example/app:2@${clean}`,
      'registry.example/proxy:8',
    ]);
  });

  it('who stop the rollout: nothing new begins, what is under way is followed to its end', async () => {
    const given = await world({ services: 3 });
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    await driveRollout(portsOf(given, table), head.rollout);
    await stopRollout(table, head.rollout, 'alex', given.clock.date());
    const end = await toTheEnd(given, portsOf(given, table), head.rollout);
    expect(end.rollout).toMatchObject({
      state: 'stopped',
      reason: 'stopped by alex',
      counts: { verified: 1, stopped: 2 },
    });
  });

  it('who delete the service, or tag it observe, are asked nothing', async () => {
    const given = await world({ services: 2, waves: { canary: 0, percent: 100, max: 10 } });
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    given.fleet.removeService(given.ids[0]!);
    given.fleet.setTags(given.ids[1]!, { 'drydock:repair': 'observe' });
    const end = await toTheEnd({ ...given, ids: [] }, portsOf(given, table), head.rollout);
    expect(end.rollout?.counts).toEqual({ skipped: 2 });
    expect(byUs(given, given.ids[1]!)).toHaveLength(0);
  });
});
