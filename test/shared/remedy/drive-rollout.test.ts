import { describe, expect, it } from 'vitest';
import type { Orchestrator } from '#shared/fleet';
import {
  type DrivePorts,
  defaultLimits,
  driveRollout,
  holdDownsOf,
  noteRollbacks,
  type Pass,
  planNewer,
  readRollout,
  readRows,
  rollbackTold,
  startRollout,
  stopRollout,
  withdrawalsOf,
} from '#shared/remedy';
import { keys, memoryTable, type Table } from '#shared/store';
import { clean, fixed, old, problem, running, type World, world } from './given.ts';

const portsOf = (given: World, table: Table, over: Partial<DrivePorts> = {}): DrivePorts => ({
  table,
  orchestrator: given.fleet,
  proof: { inventoryHas: async (digest) => given.answers.get(digest) ?? { answer: 'unknown', why: 'not read yet' } },
  now: given.clock.date,
  driver: 'one',
  ...over,
});

/** Drives until done; between passes every deployment comes to its end. */
async function toTheEnd(given: World, ports: DrivePorts, rollout: string): Promise<Pass> {
  for (let pass = 0; pass < 100; pass++) {
    const result = await driveRollout(ports, rollout);
    if (result.done) return result;
    given.clock.pass(Math.max(1_000, Date.parse(result.waitUntil ?? '') - given.clock.now()));
    for (const id of given.ids) given.fleet.complete(id);
  }
  throw new Error('the rollout does not end');
}

const byUs = (given: World, id: string) => given.fleet.deploymentsOf(id).filter((one) => one.by === 'port');

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
