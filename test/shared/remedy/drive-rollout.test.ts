import { describe, expect, it } from 'vitest';
import { defaultLimits, driveRollout, holdDownsOf, readRollout, readRows, startRollout } from '#shared/remedy';
import { memoryTable } from '#shared/store';
import { byUs, portsOf, toTheEnd } from './driving.ts';
import { clean, old, world } from './given.ts';

describe('a rollout that goes well', () => {
  it('brings every workload to the planned digest, wave by wave, and keeps the proof', async () => {
    const given = await world({ services: 4, waves: { canary: 1, percent: 50, max: 2 } });
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    expect(head.waves).toBe(3);

    await driveRollout(portsOf(given, table), head.rollout);
    expect(given.ids.map((id) => byUs(given, id).length)).toEqual([1, 0, 0, 0]);
    const end = await toTheEnd(given, portsOf(given, table), head.rollout);

    expect(end.rollout).toMatchObject({ state: 'verified', counts: { verified: 4 } });
    for (const id of given.ids) {
      expect(byUs(given, id)).toHaveLength(1);
      expect((await given.fleet.describe(id))?.containers.find((one) => one.name === 'app')).toEqual({
        name: 'app',
        image: `registry.example/app:2@${clean}`,
        digest: clean,
      });
    }
    const [row] = await readRows(table, head.rollout);
    expect(row?.proof).toMatchObject({
      workload: given.ids[0],
      vulnerability: 'CVE-2014-0160',
      inventories: [{ digest: clean, answer: 'absent', generation: 7 }],
    });
    expect(row?.proof?.digests).toContain(clean);
    expect(row?.history.map((one) => one.to)).toEqual(['registered', 'updating', 'verified']);
  });

  it('only deploys again when the own tag was pushed again, and registers nothing', async () => {
    const given = await world({ sameTag: true });
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    const end = await toTheEnd(given, portsOf(given, table), head.rollout);
    expect(end.rollout?.state).toBe('verified');
    expect(byUs(given, given.ids[0]!)).toHaveLength(1);
    expect(given.fleet.registered()).toHaveLength(1);
    expect((await given.fleet.describe(given.ids[0]!))?.runningDigests).toContain(clean);
  });

  it('prepares a workload that is scaled to nothing, so that it starts clean', async () => {
    const given = await world({ desired: 0 });
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    const end = await toTheEnd(given, portsOf(given, table), head.rollout);
    expect(end.rollout?.state).toBe('verified');
    const [row] = await readRows(table, head.rollout);
    expect(row?.proof).toMatchObject({ digests: [], desired: 0 });
  });

  it('does the same once, however often it is started and driven', async () => {
    const given = await world({ services: 2 });
    const table = memoryTable();
    const first = await startRollout(table, given.plan, { now: given.clock.date() });
    const second = await startRollout(table, given.plan, { now: given.clock.date() });
    expect(second.head.rollout).toBe(first.head.rollout);
    await toTheEnd(given, portsOf(given, table), first.head.rollout);
    const again = await driveRollout(portsOf(given, table), first.head.rollout);
    expect(again.done).toBe(true);
    for (const id of given.ids) expect(byUs(given, id)).toHaveLength(1);
  });
});

describe('a rollout that goes wrong', () => {
  it('stops after a circuit breaker rollback, though the service looks completed, and begins no other wave', async () => {
    for (const record of [true, false]) {
      const given = await world({ services: 3 });
      const table = memoryTable();
      const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
      await driveRollout(portsOf(given, table), head.rollout);
      given.fleet.breakerRollsBack(given.ids[0]!, { record });
      const end = await toTheEnd(given, portsOf(given, table), head.rollout);
      expect(end.rollout).toMatchObject({ state: 'failed', counts: { failed: 1, stopped: 2 } });
      expect(given.ids.map((id) => byUs(given, id).length)).toEqual([1, 0, 0]);
      const [hold] = await holdDownsOf(table, given.ids[0]!, given.clock.date().toISOString());
      expect(hold).toMatchObject({ digest: clean, kind: 'failed' });
    }
  });

  it('takes back what failed without a circuit breaker, once', async () => {
    const given = await world();
    const [id] = given.ids;
    const before = (await given.fleet.describe(id!))?.definition;
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    await driveRollout(portsOf(given, table), head.rollout);
    given.fleet.fail(id!);
    const end = await toTheEnd(given, portsOf(given, table), head.rollout);
    expect(end.rollout).toMatchObject({ state: 'failed', counts: { reverted: 1 } });
    expect(byUs(given, id!)).toHaveLength(2);
    expect((await given.fleet.describe(id!))?.definition).toBe(before);
  });

  it('takes a same-tag deployment back by a revision that names the old digest', async () => {
    const given = await world({ sameTag: true });
    const [id] = given.ids;
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    await driveRollout(portsOf(given, table), head.rollout);
    given.fleet.fail(id!);
    await toTheEnd(given, portsOf(given, table), head.rollout);
    expect((await readRows(table, head.rollout))[0]?.state).toBe('reverted');
    const workload = await given.fleet.describe(id!);
    expect(workload?.containers[0]).toEqual({ name: 'app', image: `registry.example/app:1@${old}`, digest: old });
    expect(byUs(given, id!)).toHaveLength(2);
  });

  it('takes back a deployment that never ends', async () => {
    const given = await world();
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    await driveRollout(portsOf(given, table), head.rollout);
    given.clock.pass(defaultLimits.deploymentMs + 1);
    await driveRollout(portsOf(given, table), head.rollout);
    expect((await readRows(table, head.rollout))[0]?.state).toBe('reverting');
    expect((await toTheEnd(given, portsOf(given, table), head.rollout)).rollout?.counts).toEqual({ reverted: 1 });
  });

  it('is not done while the inventory is unknown, and says so in the end', async () => {
    const given = await world();
    given.answers.clear();
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    const end = await toTheEnd(
      { ...given },
      portsOf(given, table, { limits: { ...defaultLimits, pollMs: 600_000 } }),
      head.rollout,
    );
    expect(end.rollout?.state).toBe('failed');
    expect((await readRows(table, head.rollout))[0]?.reason).toContain('not proven: the inventory');
  });
});

describe('a dry run', () => {
  it('says what would be written and done, and does neither', async () => {
    const given = await world();
    const table = memoryTable();
    const dry = await startRollout(table, given.plan, { now: given.clock.date(), dryRun: true });
    expect(await readRollout(table, dry.head.rollout)).toBeUndefined();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    const pass = await driveRollout(portsOf(given, table), head.rollout, { dryRun: true });
    expect(pass.would).toMatchObject([
      { workload: given.ids[0], step: { kind: 'register', images: { app: `registry.example/app:2@${clean}` } } },
    ]);
    expect(byUs(given, given.ids[0]!)).toHaveLength(0);
    expect((await readRows(table, head.rollout))[0]?.rev).toBe(1);
  });
});
