import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beginTouch,
  type ProblemChange,
  readProblem,
  readWorkload,
  reconcileWorkloads,
  rematch,
  tellLateTouches,
} from '#shared/findings';
import { memoryTable, type Table } from '#shared/store';
import { checkout } from '../../../local/demo/images.ts';
import { faultyTable } from '../../faults/table.ts';
import { dsa, heartbleed, isReconciled, world } from './world.ts';

const key = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };
const change = ['advisories', 2, 1, 'changes/2'];

/** So many services run an image; then heartbleed becomes known, and its re-match is cut into parts of so many services. */
async function spreading(services: number, perPart: number, table: Table = memoryTable()) {
  const made = world({ records: [], table });
  const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
  await made.scan('checkout', '1');
  for (let n = 0; n < services; n += 1) await made.run(`service-${n}`, 'checkout', digest);
  const ids = Array.from({ length: services }, (_, n) => `1/local/demo/service-${n}`).sort();
  await reconcileWorkloads(made.ports, ids);
  made.book.turn([heartbleed]);
  const { workloads } = await rematch(made.ports, [{ shard: 'Debian:7', names: ['openssl'] }]);
  expect(workloads).toEqual(ids);
  const parts = await beginTouch(table, change, workloads, made.ports.now(), perPart);
  const handle = ({ workloads: some, part }: (typeof parts)[number]) => reconcileWorkloads(made.ports, some, part);
  const transitions = () => made.told.flatMap(({ transitions }) => transitions.map(({ transition }) => transition));
  return { ...made, ids, parts, handle, transitions };
}

const left = async (table: Table): Promise<string[]> => {
  const rows: string[] = [];
  for await (const { sk } of table.query({ pk: 'TOUCHED', consistent: true })) rows.push(sk);
  return rows;
};

describe('a vulnerability that touches very many services at once', () => {
  it('is told once, with how many it touches', async () => {
    const made = await spreading(230, 100);
    expect(made.parts.map(({ workloads }) => workloads.length)).toEqual([100, 100, 30]);
    for (const part of made.parts) await made.handle(part);
    expect(made.told).toHaveLength(1);
    const [{ problem, transitions }] = made.told as [ProblemChange];
    expect(transitions).toEqual([{ transition: 'NEW', text: expect.stringMatching(/and 222 more$/) }]);
    expect(problem.workloads).toEqual(made.ids);
    expect(problem.history).toHaveLength(1);
    expect(await left(made.table)).toEqual([]);
  });

  it('stands in the store as soon as the first services have been looked at, and is not told then', async () => {
    const made = await spreading(120, 120);
    const table = faultyTable(made.table, {
      seed: 1,
      beforeWrite: (_, [at]) => {
        if (at?.pk.startsWith('P#') === true && at.sk === 'A') seen.push(made.told.length);
      },
    });
    const seen: number[] = [];
    await reconcileWorkloads({ ...made.ports, table }, made.ids);
    expect(seen, 'kept for the first, kept for all, told').toEqual([0, 0, 1]);
    expect(made.told.map(({ problem }) => problem.workloads.length)).toEqual([120]);
  });

  it('is told once in whatever order, however often and however many at once its messages are handled', async () => {
    const orders = fc
      .shuffledSubarray([0, 1, 2, 0, 1, 2, 0, 1, 2], { minLength: 6 })
      .filter((order) => new Set(order).size === 3);
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 1, max: 4 }), async (order, handlers) => {
        const made = await spreading(6, 2);
        const queue = order.values();
        const worker = async () => {
          for (const at of queue) await made.handle(made.parts[at]!);
        };
        await Promise.all(Array.from({ length: handlers }, worker));
        expect(
          new Set(made.told.map(({ problem, transitions }) => JSON.stringify([problem.rev, transitions]))).size,
        ).toBe(1);
        expect(made.told[0]?.problem.workloads).toEqual(made.ids);
        expect((await readProblem(made.table, key))?.workloads).toEqual(made.ids);
        expect(await left(made.table)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('loses nothing to a crash between any two writes of any part', async () => {
    let crashes = 0;
    for (let crashAt = 0; ; crashAt += 1) {
      let writes = 0;
      let armed = false;
      let crashed = false;
      const table = faultyTable(memoryTable(), {
        seed: 1,
        beforeWrite: () => {
          if (!armed || crashed) return;
          writes += 1;
          if (writes <= crashAt) return;
          crashed = true;
          throw new Error('crash');
        },
      });
      const made = await spreading(6, 2, table);
      armed = true;
      for (const part of made.parts) await made.handle(part).catch(() => made.handle(part));
      const at = `crash before write ${crashAt}`;
      expect(made.transitions()[0], at).toBe('NEW');
      expect(
        made
          .transitions()
          .slice(1)
          .every((transition) => transition === 'SPREAD' || transition === 'NEW'),
        at,
      ).toBe(true);
      expect(made.told.at(-1)?.problem.workloads, at).toEqual(made.ids);
      expect((await readProblem(table, key))?.workloads, at).toEqual(made.ids);
      for (const id of made.ids)
        expect(await isReconciled(table, (await readWorkload(table, id))!, made.ports.now()), at).toBe(true);
      expect(await left(table), at).toEqual([]);
      if (!crashed) break;
      crashes += 1;
    }
    expect(crashes).toBeGreaterThan(15);
  });

  it('is told without a part whose message was lost, when that has had its time', async () => {
    const made = await spreading(6, 2);
    for (const part of made.parts.slice(1)) await made.handle(part);
    expect(made.transitions()).toEqual([]);
    await tellLateTouches(made.ports, new Date('2025-12-31'));
    expect(made.transitions()).toEqual([]);
    await tellLateTouches(made.ports, new Date('2026-12-31'));
    expect(made.told.map(({ problem }) => problem.workloads.length)).toEqual([4]);
    await made.handle(made.parts[0]!);
    expect(made.transitions()).toEqual(['NEW', 'SPREAD']);
    expect(made.told.at(-1)?.problem.workloads).toEqual(made.ids);
    expect(await left(made.table)).toEqual([]);
  });

  it('is withdrawn once too', async () => {
    const made = await spreading(6, 2);
    for (const part of made.parts) await made.handle(part);
    made.book.turn([dsa('DSA-2896-1', 'openssl', '1.0.1e-1', ['CVE-2014-0160'])]);
    const { workloads } = await rematch(made.ports, [{ shard: 'Debian:7', names: ['openssl'] }]);
    for (const { workloads: some, part } of await beginTouch(made.table, ['next'], workloads, made.ports.now(), 2))
      await reconcileWorkloads(made.ports, some, part);
    expect(made.transitions()).toEqual(['NEW', 'WITHDRAWN']);
    expect(made.told.at(-1)?.problem).toMatchObject({ state: 'resolved', workloads: [] });
  });
});
