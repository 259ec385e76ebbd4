import { describe, expect, it } from 'vitest';
import { makeStartRollout } from '#functions/start-rollout';
import { memoryBook } from '#shared/advisories';
import type { Orchestrator } from '#shared/fleet';
import { heartbeats, readRollout, readRows, resumeRollouts, startRollout } from '#shared/remedy';
import { memoryBlobs, memoryTable, type Table } from '#shared/store';
import { makeDriver } from '../../../functions/remediate/driver.ts';
import { type DriveRequest, executionName, makeRemediate } from '../../../functions/remediate/handler.ts';
import { seeded } from '../../faults/seeded.ts';
import { faultyTable } from '../../faults/table.ts';
import { type World, world } from '../../shared/remedy/given.ts';
import { batch, envelope } from '../envelopes.ts';

const minute = 60_000;
const tick = envelope('Scheduled Event', {}, { source: 'aws.events' });

/** Never settles: what a process is when it is gone. */
const gone = <T>(): Promise<T> => new Promise<T>(() => undefined);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** How an execution fares: before each of its steps, writes and changes it may die, or freeze and wake much later. */
type Fate = (execution: string, at: number) => 'live' | 'die' | { readonly freezeMinutes: number };

/** Lambda as far as a durable function knows it: executions by name, waits on the clock, each with a fate. */
function lambda(given: World, table: Table, fate: Fate) {
  const names: string[] = [];
  const alarms: { readonly at: number; readonly wake: () => void }[] = [];
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => void alarms.push({ at: given.clock.now() + ms, wake: resolve }));
  const told: string[] = [];
  const start = async (rollout: string, part: number): Promise<void> => {
    const name = executionName({ rollout, part });
    if (names.includes(name)) return;
    names.push(name);
    let at = 0;
    const meets = async (): Promise<void> => {
      const what = fate(name, at++);
      if (what === 'die') return gone();
      if (what !== 'live') await sleep(what.freezeMinutes * minute);
    };
    // what an execution does takes turns, so that two of them mix
    const after =
      <A extends unknown[], R>(pause: () => Promise<void>, call: (...what: A) => Promise<R>) =>
      async (...what: A): Promise<R> => {
        await pause();
        return call(...what);
      };
    const slowly: Orchestrator = {
      ...given.fleet,
      describe: after(turn, given.fleet.describe),
      register: after(meets, given.fleet.register),
      update: after(meets, given.fleet.update),
    };
    const written: Table = { ...table, put: after(meets, table.put) };
    const drive = makeDriver({
      table: written,
      orchestrator: slowly,
      proof: { inventoryHas: async (digest) => given.answers.get(digest) ?? { answer: 'unknown', why: 'not read' } },
      now: given.clock.date,
      driver: name,
      emit: async (type) => void told.push(type),
    });
    const pass = async ({ rollout: of, part: by }: DriveRequest) => {
      const { done, waitUntil } = await drive(of, by);
      return { done, changes: 0, waitSeconds: (Date.parse(waitUntil ?? '') - given.clock.now()) / 1_000 || 0 };
    };
    const remediate = makeRemediate({ pass, succeed: async (_, next) => start(next.rollout, next.part) });
    void remediate(
      { rollout, part },
      {
        step: async (_name, work) => {
          await meets();
          return work();
        },
        wait: (seconds) => sleep(seconds * 1_000),
      },
    );
  };
  return {
    names,
    told,
    start,
    /** Lets a quarter of a minute pass: whoever is to wake wakes, and what is deployed is done. */
    async pass(): Promise<void> {
      given.clock.pass(minute / 4);
      for (const alarm of alarms.splice(0))
        if (alarm.at <= given.clock.now()) alarm.wake();
        else alarms.push(alarm);
      for (let turns = 0; turns < 40; turns++) await turn();
      for (const id of given.ids) given.fleet.complete(id);
    },
  };
}

const scheduled = (table: Table, given: World, drive: (rollout: string, part: number) => Promise<void>) =>
  makeStartRollout({
    table,
    blobs: memoryBlobs(),
    book: memoryBook([]),
    policy: async () => ({ mode: () => 'observe', named: () => new Map(), waves: given.plan.wavePolicy, bases: [] }),
    approvals: async () => [],
    holdDowns: async () => [],
    now: given.clock.date,
    emit: async () => undefined,
    drive,
    report: () => undefined,
  });

/** A rollout of three services under a fate, with the schedule as it is; its end. */
async function underFate(fate: Fate) {
  const given = await world({ services: 3 });
  const table = memoryTable();
  const cloud = lambda(given, table, fate);
  const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
  await cloud.start(head.rollout, 1);
  const handle = scheduled(table, given, cloud.start);
  for (let quarter = 1; quarter < 4 * 60 * 12; quarter++) {
    await cloud.pass();
    if (quarter % 20 === 0) await handle(batch(tick));
    if (cloud.told.includes('RolloutEnded')) break;
  }
  // what has ended is forgotten at one of the next turns
  for (let quarter = 1; quarter <= 4 * 60; quarter++) {
    await cloud.pass();
    if (quarter % 20 === 0) await handle(batch(tick));
  }
  const left = [];
  for await (const each of heartbeats(table)) left.push(each);
  return { given, table, cloud, left, head: await readRollout(table, head.rollout) };
}

const byUs = (given: World) =>
  given.ids.map((id) => given.fleet.deploymentsOf(id).filter((one) => one.by === 'port').length);

describe('a rollout whose driver died', () => {
  it('gets another one by itself, whatever step, write or change of the first was the last', async () => {
    for (let last = 0; ; last++) {
      const { given, table, cloud, left, head } = await underFate((name, at) =>
        name.includes('-part-') || at !== last ? 'live' : 'die',
      );
      expect([last, head?.state, byUs(given), left]).toEqual([last, 'verified', [1, 1, 1], []]);
      expect((await readRows(table, head?.rollout ?? '')).map((row) => row.state)).toEqual(
        given.ids.map(() => 'verified'),
      );
      if (cloud.names.length === 1) {
        expect(last).toBeGreaterThan(30);
        break;
      }
      expect(cloud.names).toEqual([head?.rollout, `${head?.rollout}-part-2`]);
    }
  });

  it('comes to its end through any deaths and late awakenings, with one deployment for each service', async () => {
    let drivers = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const random = seeded(seed);
      const { given, cloud, left, head } = await underFate(() => {
        const luck = random();
        if (luck < 0.02) return 'die';
        return luck < 0.05 ? { freezeMinutes: 1 + Math.floor(random() * 60) } : 'live';
      });
      expect([seed, head?.state, byUs(given)]).toEqual([seed, 'verified', [1, 1, 1]]);
      expect(left).toEqual([]);
      drivers += cloud.names.length;
    }
    // the fates were hard enough: most rollouts lost a driver
    expect(drivers).toBeGreaterThan(40);
  });

  it('gets none while its driver lives, nor when it has ended', async () => {
    const { cloud, head } = await underFate(() => 'live');
    expect([head?.state, cloud.names]).toEqual(['verified', [head?.rollout]]);
  });
});

describe('those who look for lost drivers', () => {
  const lost = async () => {
    const given = await world();
    const table = memoryTable();
    const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
    given.clock.pass(7 * minute);
    return { given, table, rollout: head.rollout };
  };

  it('start one driver when they look at the same moment', async () => {
    const { given, table, rollout } = await lost();
    const started: string[] = [];
    const drive = async (of: string, part: number) => void started.push(executionName({ rollout: of, part }));
    await Promise.all(Array.from({ length: 5 }, () => scheduled(table, given, drive)(batch(tick))));
    expect(started).toEqual([`${rollout}-part-2`]);
  });

  it('make up for a start that was cut, whatever write or call was the last', async () => {
    for (let crash = 0; ; crash++) {
      const { given, table, rollout } = await lost();
      const started = new Set<string>();
      let died = true;
      const dying = faultyTable(table, {
        seed: 1,
        beforeWrite: (write) => {
          if (write === crash) throw new Error('died');
        },
      });
      const cutCall = crash === 1;
      await resumeRollouts(dying, given.clock.date(), async (of, part) => {
        if (cutCall) throw new Error('died');
        started.add(executionName({ rollout: of, part }));
      }).then(
        () => {
          died = false;
        },
        () => undefined,
      );
      given.clock.pass(7 * minute);
      await resumeRollouts(
        table,
        given.clock.date(),
        async (of, part) => void started.add(executionName({ rollout: of, part })),
      );
      expect([...started].at(-1)).toBe(`${rollout}-part-${crash === 0 ? 2 : 3}`);
      if (!died) {
        expect(crash).toBe(2);
        break;
      }
    }
  });

  it('keep no other rollout from its driver when one cannot be started', async () => {
    const { given, table, rollout } = await lost();
    const other = await startRollout(
      table,
      {
        ...given.plan,
        id: 'plan-other',
        changes: given.plan.changes.map((change) => ({ ...change, workload: '1/r/c/other' })),
      },
      { now: given.clock.date() },
    );
    given.clock.pass(7 * minute);
    const tried: string[] = [];
    await expect(
      resumeRollouts(table, given.clock.date(), async (of) => {
        tried.push(of);
        if (tried.length === 1) throw new Error('throttled');
      }),
    ).rejects.toThrow('1 rollouts could not be given a driver');
    expect(tried.sort()).toEqual([rollout, other.head.rollout].sort());
  });
});
