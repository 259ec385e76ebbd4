import { describe, expect, it } from 'vitest';
import type { Orchestrator } from '#shared/fleet';
import {
  type DrivePorts,
  defaultLimits,
  driveRollout,
  holdDownsOf,
  readRollout,
  readRows,
  startRollout,
  withdrawalsOf,
} from '#shared/remedy';
import { keys, memoryTable, type Table } from '#shared/store';
import { byUs, portsOf, toTheEnd } from './driving.ts';
import { clean, old, type World, world } from './given.ts';

class Crash extends Error {}

/** Breaks the k-th call, before or after its effect; all later ones work: the process died once and another took over. */
function crashing(
  given: World,
  table: Table,
  k: number,
  when: 'before' | 'after',
): { ports: DrivePorts; calls: () => number } {
  let calls = 0;
  const wrap =
    <A extends unknown[], R>(call: (...input: A) => Promise<R>) =>
    async (...input: A): Promise<R> => {
      const mine = ++calls;
      if (mine === k && when === 'before') throw new Crash(`before call ${mine}`);
      const result = await call(...input);
      if (mine === k) throw new Crash(`after call ${mine}`);
      return result;
    };
  const broken: Table = {
    ...table,
    get: wrap(table.get.bind(table)),
    put: wrap(table.put.bind(table)),
    query: table.query.bind(table),
    list: table.list.bind(table),
    delete: wrap(table.delete.bind(table)),
    batchGet: wrap(table.batchGet.bind(table)),
    batchWrite: wrap(table.batchWrite.bind(table)),
  };
  const orchestrator: Orchestrator = {
    list: given.fleet.list,
    describe: wrap(given.fleet.describe),
    register: wrap(given.fleet.register),
    update: wrap(given.fleet.update),
  };
  return { ports: portsOf(given, broken, { orchestrator, concurrency: 1 }), calls: () => calls };
}

describe('a driver that dies', () => {
  for (const sameTag of [false, true])
    for (const when of ['before', 'after'] as const)
      it(`${when} any call (${sameTag ? 'new deployment of the same tag' : 'new revision'}): another goes on, no second deployment`, async () => {
        let crashed = 0;
        for (let k = 1; ; k++) {
          const given = await world({ services: 2, sameTag });
          const table = memoryTable();
          const { ports, calls } = crashing(given, table, k, when);
          let rollout = '';
          let broke = false;
          for (let attempt = 0; attempt < 3; attempt++) {
            try {
              rollout = (await startRollout(ports.table, given.plan, { now: given.clock.date() })).head.rollout;
              const end = await toTheEnd(given, ports, rollout);
              expect(end.rollout?.state).toBe('verified');
              break;
            } catch (error) {
              if (!(error instanceof Crash)) throw error;
              broke = true;
            }
          }
          for (const id of given.ids) expect(byUs(given, id), `call ${k}`).toHaveLength(1);
          expect(
            (await readRows(table, rollout)).map((row) => row.state),
            `call ${k}`,
          ).toEqual(['verified', 'verified']);
          expect(given.fleet.registered()).toHaveLength(sameTag ? 2 : 4);
          if (broke) crashed++;
          if (k > calls()) break;
        }
        // the wrapper really broke calls of every kind, not only the first few
        expect(crashed).toBeGreaterThan(25);
      });

  for (const sameTag of [false, true])
    for (const when of ['before', 'after'] as const)
      it(`${when} any call of the way back (${sameTag ? 'from a new deployment of the same tag' : 'from a new revision'}): another goes back, once`, async () => {
        let crashed = 0;
        for (let k = 1; ; k++) {
          const given = await world({ services: 1, sameTag });
          const [id] = given.ids;
          const table = memoryTable();
          const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
          await driveRollout(portsOf(given, table), head.rollout);
          given.fleet.fail(id!);
          const { ports, calls } = crashing(given, table, k, when);
          let broke = false;
          for (let attempt = 0; attempt < 3; attempt++)
            try {
              await toTheEnd(given, ports, head.rollout);
              break;
            } catch (error) {
              if (!(error instanceof Crash)) throw error;
              broke = true;
            }
          expect((await readRows(table, head.rollout))[0]?.state, `call ${k}`).toBe('reverted');
          expect(byUs(given, id!), `call ${k}`).toHaveLength(2);
          const workload = await given.fleet.describe(id!);
          expect(workload?.containers.find((one) => one.name === 'app')?.digest, `call ${k}`).toBe(old);
          expect(await holdDownsOf(table, id!, given.clock.date().toISOString())).toMatchObject([{ digest: clean }]);
          if (broke) crashed++;
          if (k > calls()) break;
        }
        expect(crashed).toBeGreaterThan(10);
      });

  for (const when of ['before', 'after'] as const)
    it(`${when} any call while a person goes back: nobody fights it, and it is remembered`, async () => {
      let crashed = 0;
      for (let k = 1; ; k++) {
        const given = await world({ services: 2 });
        const [id] = given.ids;
        const before = (await given.fleet.describe(id!))!.definition;
        const table = memoryTable();
        const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
        await driveRollout(portsOf(given, table), head.rollout);
        given.fleet.personDeploys(id!, before);
        const { ports, calls } = crashing(given, table, k, when);
        let broke = false;
        for (let attempt = 0; attempt < 3; attempt++)
          try {
            await toTheEnd(given, ports, head.rollout);
            break;
          } catch (error) {
            if (!(error instanceof Crash)) throw error;
            broke = true;
          }
        const rows = await readRows(table, head.rollout);
        expect(
          rows.map((row) => row.state),
          `call ${k}`,
        ).toEqual(['stopped', 'stopped']);
        expect(
          given.ids.map((each) => byUs(given, each).length),
          `call ${k}`,
        ).toEqual([1, 0]);
        expect(await holdDownsOf(table, id!, given.clock.date().toISOString())).toMatchObject([{ kind: 'person' }]);
        for (const each of given.ids) expect(await withdrawalsOf(table, [each]), `call ${k}`).toHaveLength(1);
        if (broke) crashed++;
        if (k > calls()) break;
      }
      expect(crashed).toBeGreaterThan(8);
    });

  it('under another name: the next driver waits until the claim is over, then goes on', async () => {
    const given = await world({ sameTag: true });
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    const dying = portsOf(given, table, {
      driver: 'dying',
      orchestrator: { ...given.fleet, update: async () => Promise.reject(new Crash('died in the call')) },
    });
    await expect(driveRollout(dying, head.rollout)).rejects.toThrow(Crash);
    const other = portsOf(given, table, { driver: 'other' });
    const waiting = await driveRollout(other, head.rollout);
    expect(byUs(given, given.ids[0]!)).toHaveLength(0);
    expect(waiting.waitUntil).toBe(new Date(given.clock.now() + defaultLimits.claimMs).toISOString());
    given.clock.pass(defaultLimits.claimMs);
    expect((await toTheEnd(given, other, head.rollout)).rollout?.state).toBe('verified');
    expect(byUs(given, given.ids[0]!)).toHaveLength(1);
  });
});

/** Looks first and calls later, as an adapter to a far orchestrator must: what it saw may be old by then. */
const unhurried = (given: World, look: number, call: number): Orchestrator => {
  const pause = async (turns: number): Promise<void> => {
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    ...given.fleet,
    describe: async (id) => {
      await pause(look);
      return given.fleet.describe(id);
    },
    update: async (change, definition, { force, knownDeploymentBefore }) => {
      const seen = await given.fleet.describe(change.workload);
      await pause(call);
      if (seen !== undefined && seen.deployment.id !== knownDeploymentBefore)
        return { deploymentId: seen.deployment.id };
      return given.fleet.update(change, definition, { force });
    },
  };
};

describe('two drivers at once', () => {
  for (const sameTag of [false, true])
    it(`start one deployment (${sameTag ? 'same tag' : 'new revision'})`, async () => {
      for (let delay = 0; delay < 12; delay++) {
        const given = await world({ services: 3, sameTag });
        const table = memoryTable();
        const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
        const one = portsOf(given, table, { driver: 'one', orchestrator: unhurried(given, 0, 6) });
        const two = portsOf(given, table, { driver: 'two', orchestrator: unhurried(given, delay, 6) });
        for (let pass = 0; pass < 40; pass++) {
          const [a, b] = await Promise.all([driveRollout(one, head.rollout), driveRollout(two, head.rollout)]);
          if (a.done && b.done) break;
          given.clock.pass(20_000);
          for (const id of given.ids) given.fleet.complete(id);
        }
        expect((await readRollout(table, head.rollout))?.state).toBe('verified');
        for (const id of given.ids) expect(byUs(given, id)).toHaveLength(1);
      }
    });
});

describe('two rollouts of one workload', () => {
  it('do not overlap, and the second finds nothing to do', async () => {
    for (let delay = 0; delay < 12; delay++) {
      const given = await world();
      const table = memoryTable();
      const one = await startRollout(table, given.plan, { now: given.clock.date() });
      const other = { ...given.plan, id: 'plan-other' };
      await expect(startRollout(table, other, { now: given.clock.date() })).rejects.toMatchObject({
        code: 'under-way',
      });
      // two that start at the same moment may both not see each other yet
      for (const id of given.ids) await table.delete(keys.workloadPlanned(id));
      const two = await startRollout(table, other, { now: given.clock.date() });
      expect(two.head.rollout).not.toBe(one.head.rollout);
      const first = portsOf(given, table, { driver: 'one', orchestrator: unhurried(given, 0, 6) });
      const second = portsOf(given, table, { driver: 'two', orchestrator: unhurried(given, delay, 6) });
      for (let pass = 0; pass < 40; pass++) {
        const [a, b] = await Promise.all([
          driveRollout(first, one.head.rollout),
          driveRollout(second, two.head.rollout),
        ]);
        if (a.done && b.done) break;
        given.clock.pass(20_000);
        given.fleet.complete(given.ids[0]!);
      }
      const ends = [await readRollout(table, one.head.rollout), await readRollout(table, two.head.rollout)];
      expect(ends.map((end) => JSON.stringify(end?.counts)).sort()).toEqual(['{"skipped":1}', '{"verified":1}']);
      expect(byUs(given, given.ids[0]!)).toHaveLength(1);
    }
  });
});
