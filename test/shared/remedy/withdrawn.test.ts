import { describe, expect, it } from 'vitest';
import { Refused } from '#shared/fleet';
import {
  type DrivePorts,
  defaultLimits,
  driveRollout,
  holdDownsOf,
  noteRollbacks,
  offerPlans,
  readRollout,
  readRows,
  startRollout,
  stopRollout,
  withdrawalsOf,
} from '#shared/remedy';
import { memoryTable, type Table } from '#shared/store';
import { faultyTable } from '../../faults/table.ts';
import { clean, type World, world } from './given.ts';
import { openssl, planning } from './planning.ts';

const portsOf = (given: World, table: Table): DrivePorts => ({
  table,
  orchestrator: given.fleet,
  proof: { inventoryHas: async (digest) => given.answers.get(digest) ?? { answer: 'unknown', why: 'not read yet' } },
  now: given.clock.date,
  driver: 'one',
  concurrency: 1,
});

/** Drives until done; between passes every deployment comes to its end. */
async function toTheEnd(given: World, table: Table, rollout: string): Promise<void> {
  for (let pass = 0; pass < 50; pass++) {
    const { done, waitUntil } = await driveRollout(portsOf(given, table), rollout);
    if (done) return;
    given.clock.pass(Math.max(1_000, Date.parse(waitUntil ?? '') - given.clock.now()));
    for (const id of given.ids) given.fleet.complete(id);
  }
  throw new Error('the rollout does not end');
}

const started = async (given: World, table: Table): Promise<string> =>
  (await startRollout(table, given.plan, { now: given.clock.date() })).head.rollout;
const withdrawn = async (given: World, table: Table): Promise<number[]> =>
  Promise.all(given.ids.map(async (id) => (await withdrawalsOf(table, [id])).length));

describe('what a person stopped', () => {
  it('is offered again only to ask, in mode auto too, and a new yes starts it once more', async () => {
    const given = await planning({ services: 2, mode: 'auto' });
    await given.pushClean();
    const { table } = given.made;
    const now = () => given.made.ports.now();
    const [first] = await offerPlans(given.ports, [openssl]);
    expect(first?.plan.verdict).toBe('ready');
    const { head } = await startRollout(table, first!.plan, { now: now() });
    await stopRollout(table, head.rollout, 'ann', now());
    for (const row of await readRows(table, head.rollout))
      await table.put({
        pk: `O#${row.rollout}`,
        sk: `W#${row.workload}`,
        row: { ...row, state: 'stopped', rev: 2 },
        rev: 2,
      });
    const stopped = await readRollout(table, head.rollout);
    await table.put({
      pk: `O#${head.rollout}`,
      sk: 'A',
      rev: 9,
      head: { ...stopped!, state: 'stopped', endedAt: now().toISOString() },
    });

    // then the plan that was ready starts nothing any more, and the next one asks
    const late = { ...first!.plan, madeAt: now().toISOString() };
    await expect(startRollout(table, late, { now: now() })).rejects.toMatchObject({ code: 'needs-approval' });
    const [again] = await offerPlans(given.ports, [openssl]);
    expect(again?.plan.changes.map((change) => [change.mode, change.verdict])).toEqual([
      ['auto', 'needs-approval'],
      ['auto', 'needs-approval'],
    ]);
    expect(again?.plan.changes[0]?.asks.join()).toContain('ann stopped rollout');

    // nor does a yes that is as old as the first start
    const old = { by: 'bob', at: first!.plan.madeAt };
    await expect(startRollout(table, again!.plan, { now: now(), approval: old })).rejects.toMatchObject({
      code: 'needs-approval',
    });
    // but a new one does
    const yes = { by: 'bob', at: now().toISOString() };
    const second = await startRollout(table, again!.plan, { now: now(), approval: yes });
    expect(second.rows).toHaveLength(2);
    expect(await withdrawalsOf(table, [given.ids[0]!])).toEqual([]);
  });

  it('loses no withdrawal to a crash before any write, and a stop that comes again ends no later yes', async () => {
    for (let crash = 0; ; crash++) {
      const given = await world({ services: 3 });
      const inner = memoryTable();
      const rollout = await started(given, inner);
      const table = faultyTable(inner, {
        seed: 1,
        beforeWrite: (write) => {
          if (write === crash) throw new Error('died');
        },
      });
      const died = await stopRollout(table, rollout, 'ann', given.clock.date()).then(
        () => false,
        () => true,
      );
      // a rollout that stops has its approvals withdrawn already
      if ((await readRollout(inner, rollout))?.stop !== undefined)
        expect(await withdrawn(given, inner)).toEqual([1, 1, 1]);
      await stopRollout(inner, rollout, 'ann', given.clock.date());
      expect(await withdrawn(given, inner)).toEqual([1, 1, 1]);
      await toTheEnd(given, inner, rollout);
      expect((await readRollout(inner, rollout))?.state).toBe('stopped');
      if (!died) {
        expect(crash).toBeGreaterThan(3);
        break;
      }
    }
  });
});

describe('what a person took back', () => {
  it('in the middle of a wave is withdrawn there and where it had not begun', async () => {
    const given = await world({ services: 3 });
    const table = memoryTable();
    const before = (await given.fleet.describe(given.ids[0]!))!.definition;
    const rollout = await started(given, table);
    await driveRollout(portsOf(given, table), rollout);
    given.fleet.personDeploys(given.ids[0]!, before);
    await toTheEnd(given, table, rollout);
    expect((await readRows(table, rollout)).map((row) => row.state)).toEqual(['stopped', 'stopped', 'stopped']);
    expect(await withdrawn(given, table)).toEqual([1, 1, 1]);
    expect((await withdrawalsOf(table, [given.ids[2]!]))[0]?.reason).toContain('REVERTED_BY');
  });

  it('after its own proof, while later waves wait, begins none of them', async () => {
    const given = await world({ services: 3 });
    const table = memoryTable();
    const [id] = given.ids;
    const before = (await given.fleet.describe(id!))!.definition;
    const rollout = await started(given, table);
    const ports = { ...portsOf(given, table), limits: { ...defaultLimits, bakeMs: 3_600_000 } };
    await driveRollout(ports, rollout);
    given.clock.pass(20_000);
    given.fleet.complete(id!);
    expect((await driveRollout(ports, rollout)).done).toBe(false);
    expect((await readRows(table, rollout)).map((row) => row.state)).toEqual(['verified', 'planned', 'planned']);
    given.clock.pass(60_000);
    given.fleet.personDeploys(id!, before);
    given.fleet.complete(id!);
    await noteRollbacks(table, [(await given.fleet.describe(id!))!]);
    given.clock.pass(3_600_000);
    expect((await driveRollout(ports, rollout)).rollout).toMatchObject({
      state: 'stopped',
      reason: expect.stringContaining('again exposed to CVE-2014-0160'),
    });
    expect(await withdrawn(given, table)).toEqual([1, 1, 1]);
  });
});

describe('what failed on one service', () => {
  it('is not tried on the next ones by plans that are made of what is left', async () => {
    const given = await world({ services: 3 });
    const table = memoryTable();
    const rollout = await started(given, table);
    await driveRollout(portsOf(given, table), rollout);
    given.fleet.breakerRollsBack(given.ids[0]!);
    await toTheEnd(given, table, rollout);
    const now = given.clock.date().toISOString();
    for (const id of given.ids)
      expect(await holdDownsOf(table, id, now)).toMatchObject([{ digest: clean, kind: 'failed' }]);
    // nobody said no: when the hold is over, mode auto may go on
    expect(await withdrawn(given, table)).toEqual([0, 0, 0]);
  });

  it('holds nothing down where nothing was brought', async () => {
    const given = await world({ services: 2 });
    const table = memoryTable();
    const rollout = await started(given, table);
    const refusing = {
      ...portsOf(given, table),
      orchestrator: {
        ...given.fleet,
        register: async () =>
          Promise.reject(
            new Refused('web', { action: 'ecs:RegisterTaskDefinition', text: 'not allowed', advice: 'allow it' }),
          ),
      },
    };
    await driveRollout(refusing, rollout);
    expect((await readRows(table, rollout)).map((row) => row.state)).toEqual(['failed', 'stopped']);
    expect(await holdDownsOf(table, given.ids[1]!, given.clock.date().toISOString())).toEqual([]);
  });
});
