import { describe, expect, it } from 'vitest';
import { listAlerts, tellProblem } from '#shared/alerts';
import { keepWorkload, readProblem, readWorkload, reconcileWorkload, rematch } from '#shared/findings';
import { memoryTable, type Table } from '#shared/store';
import { checkout } from '../../../local/demo/images.ts';
import { faultyTable } from '../../faults/table.ts';
import { recording } from '../alerts/given.ts';
import { critical, debian, debianRecord, high, other, story } from './story.ts';
import { dsa, heartbleed, world } from './world.ts';

// One flaw that is known by another record's name from some day on: nobody is told that it is gone and that there is a new one.

const curl = () => debian('12', { curl: '7.88.1-10+deb12u3' });
const fixed = '7.88.1-10+deb12u4';
const cve = 'CVE-2023-38545';
const notice = debianRecord('DSA-5523-1', '12', 'curl', fixed, cve, high);
const tracker = debianRecord('DEBIAN-CVE-2023-38545', '12', 'curl', fixed, cve, high);
const rest = [other('7'), other('12')];
const keyOf = (finding: string) => ({ finding, shard: 'Debian:12', name: 'curl' });
const named = (...upstream: readonly string[]) => ({ ...notice, upstream });

describe('a flaw that its judge of record speaks of later than others', () => {
  it('is the same problem with its story; who has heard of it hears nothing', async () => {
    const made = await story({ app: curl(), web: curl() });
    expect(await made.publish([...rest, notice])).toEqual([`${cve} NEW`]);
    const before = await readProblem(made.table, keyOf('DSA-5523-1'));

    expect(await made.publish([...rest, notice, tracker])).toEqual([]);
    expect(await made.open()).toEqual([`${cve} app,web -> ${fixed}`]);
    const now = await readProblem(made.table, keyOf('DEBIAN-CVE-2023-38545'));
    expect(now).toMatchObject({ firstSeen: before?.firstSeen, history: before?.history, was: keyOf('DSA-5523-1') });
    expect(await readProblem(made.table, keyOf('DSA-5523-1'))).toMatchObject({
      state: 'resolved',
      workloads: [],
      goesOnAs: keyOf('DEBIAN-CVE-2023-38545'),
    });
  });

  it('goes back when that is withdrawn, and is gone when all of them are', async () => {
    const made = await story({ app: curl() });
    await made.publish([...rest, notice]);
    await made.publish([...rest, notice, tracker]);
    expect(await made.publish([...rest, notice])).toEqual([]);
    expect(await readProblem(made.table, keyOf('DSA-5523-1'))).toMatchObject({
      state: 'open',
      was: keyOf('DEBIAN-CVE-2023-38545'),
    });
    expect(await made.publish(rest)).toEqual([`${cve} WITHDRAWN`]);
  });

  it('tells what is different besides: a severity that is higher', async () => {
    const made = await story({ app: curl() });
    await made.publish([...rest, notice]);
    const worse = debianRecord('DEBIAN-CVE-2023-38545', '12', 'curl', fixed, cve, critical);
    expect(await made.publish([...rest, notice, worse])).toEqual([`${cve} ESCALATED`]);
  });

  it('spreads to nobody, however many services have it, in however many steps', async () => {
    const made = await story({ app: curl() });
    const workload = (await readWorkload(made.table, '1/local/demo/app'))!;
    const ids = Array.from({ length: 620 }, (_, n) => `1/local/demo/app-${n}`);
    for (const id of ids) await keepWorkload(made.table, { ...workload, id });
    await made.look(ids);
    await made.publish([...rest, notice]);
    expect(await made.publish([...rest, notice, tracker])).toEqual([]);
    expect((await readProblem(made.table, keyOf('DEBIAN-CVE-2023-38545')))?.workloads).toHaveLength(621);
  });
});

describe('a record that is given CVE ids later', () => {
  it('one moves nothing; a second is a new flaw, and the first stays what it was', async () => {
    const made = await story({ app: curl() });
    expect(await made.publish([...rest, named()])).toEqual(['DSA-5523-1 NEW']);
    expect(await made.publish([...rest, named('CVE-2023-2222')])).toEqual([]);
    expect(await made.publish([...rest, named('CVE-2023-2222', 'CVE-2023-1111')])).toEqual(['CVE-2023-1111 NEW']);
    expect(await made.open()).toEqual([`CVE-2023-1111 app -> ${fixed}`, `CVE-2023-2222 app -> ${fixed}`]);
    expect(await made.publish([...rest, named('CVE-2023-2222')])).toEqual(['CVE-2023-1111 WITHDRAWN']);
  });
});

describe('a problem that goes on while somebody else writes', () => {
  const old = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };
  const heir = { ...old, finding: 'DEBIAN-CVE-2014-0160' };
  const own = dsa(heir.finding, 'openssl', '1.0.1e-2+deb7u5', ['CVE-2014-0160']);
  /** Services that had it as the notice's, when the tracker speaks, too. */
  const judgedAgain = async (names: readonly string[], table: Table = memoryTable()) => {
    const made = world({ records: [heartbleed], table });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    for (const name of names) {
      await made.run(name, 'checkout', digest);
      await reconcileWorkload(made.ports, `1/local/demo/${name}`);
    }
    made.told.length = 0;
    made.book.turn([heartbleed, own]);
    await rematch(made.ports, [{ shard: 'Debian:7', names: ['openssl'] }]);
    const state = async () => ({
      told: made.told.flatMap(({ transitions }) => transitions),
      old: (await readProblem(table, old))?.state,
      heir: (await readProblem(table, heir))?.workloads,
    });
    return { ...made, state };
  };

  it('comes to the same and tells nothing, wherever it is cut', async () => {
    let crashes = 0;
    for (let crashAt = 0; ; crashAt += 1) {
      let seen = -1;
      const table = faultyTable(memoryTable(), {
        seed: 1,
        beforeWrite: () => {
          if (seen >= 0 && seen++ === crashAt) throw new Error('crash');
        },
      });
      const made = await judgedAgain(['checkout'], table);
      seen = 0;
      const id = '1/local/demo/checkout';
      await reconcileWorkload(made.ports, id).catch(() => reconcileWorkload(made.ports, id));
      expect(await made.state(), `crash before write ${crashAt}`).toEqual({ told: [], old: 'resolved', heir: [id] });
      if (seen <= crashAt) break;
      crashes += 1;
    }
    expect(crashes).toBeGreaterThanOrEqual(6);
  });

  it('tells nothing when services are looked at one after another, in any order', async () => {
    const ids = ['a', 'b', 'c'].map((name) => `1/local/demo/${name}`);
    for (const order of [ids, [...ids].reverse()]) {
      const made = await judgedAgain(['a', 'b', 'c']);
      for (const id of order) await reconcileWorkload(made.ports, id);
      expect(await made.state()).toEqual({ told: [], old: 'resolved', heir: ids });
    }
  });
});

describe('another flaw of the same package', () => {
  it('is none that goes on: the one is withdrawn, the other new', async () => {
    const made = await story({ app: curl() });
    await made.publish([...rest, notice]);
    const another = debianRecord('DEBIAN-CVE-2024-0001', '12', 'curl', fixed, 'CVE-2024-0001', high);
    expect(await made.publish([...rest, another])).toEqual(['CVE-2023-38545 WITHDRAWN', 'CVE-2024-0001 NEW']);
  });
});

describe('messages of a problem that goes on', () => {
  it('go on as well: none is sent anew, and the next edits the first', async () => {
    const made = await story({ app: curl() });
    const bot = recording('bot', true);
    const hook = recording('hook', false);
    const ports = {
      table: made.table,
      channels: [bot.channel, hook.channel],
      threshold: async () => ({ severity: 'high', kev: true }) as const,
      modes: async () => ({}),
      now: () => new Date('2026-01-02T00:00:00Z'),
    };
    await made.publish([...rest, notice]);
    await tellProblem(ports, keyOf('DSA-5523-1'), [{ transition: 'NEW', text: '' }]);
    await made.publish([...rest, notice, tracker]);
    for (const finding of ['DSA-5523-1', 'DEBIAN-CVE-2023-38545', 'DSA-5523-1'])
      await tellProblem(ports, keyOf(finding), []);
    expect([bot.sent.length, hook.sent.length]).toEqual([1, 1]);
    const keys = [];
    for await (const { alert } of listAlerts(made.table)) keys.push(alert.key.finding);
    expect(keys).toEqual(['DEBIAN-CVE-2023-38545']);

    await made.publish(rest);
    await tellProblem(ports, keyOf('DEBIAN-CVE-2023-38545'), [{ transition: 'WITHDRAWN', text: '' }]);
    expect(bot.sent.at(-1)).toMatchObject({ state: 'WITHDRAWN', earlier: 'ts-1' });
    expect(hook.sent.map(({ state }) => state)).toEqual(['NEW', 'WITHDRAWN']);
  });

  it('stay those of the other where both stand: each is told by its own, and sends none anew', async () => {
    const made = await story({ app: curl(), web: debian('12', { curl: '7.88.1-10+deb12u1' }) });
    const hook = recording('hook', false);
    const bot = recording('bot', true);
    const ports = {
      table: made.table,
      channels: [hook.channel, bot.channel],
      threshold: async () => ({ severity: 'high', kev: true }) as const,
      modes: async () => ({}),
      now: () => new Date('2026-01-02T00:00:00Z'),
    };
    await made.publish([...rest, notice]);
    await tellProblem(ports, keyOf('DSA-5523-1'), [{ transition: 'NEW', text: '' }]);
    // what the tracker says concerns the older of the two only
    const older = debianRecord('DEBIAN-CVE-2023-38545', '12', 'curl', '7.88.1-10+deb12u2', cve, high);
    expect(await made.publish([...rest, notice, older])).toEqual([]);
    const both = ['DEBIAN-CVE-2023-38545', 'DSA-5523-1'];
    for (const finding of [...both, ...both, ...both]) await tellProblem(ports, keyOf(finding), []);
    expect(hook.sent).toHaveLength(1);
    // the first message stays the one's, and is edited: it is of one service now; the other has its own
    expect(bot.sent.map(({ earlier }) => earlier)).toEqual([undefined, undefined, 'ts-1']);
    const kept = [];
    for await (const { alert } of listAlerts(made.table)) kept.push(alert.key.finding);
    expect(kept.toSorted()).toEqual(both);
  });
});
