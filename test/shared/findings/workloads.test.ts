import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  forgetWorkload,
  keepWorkload,
  listWorkloads,
  readWorkload,
  workloadsOfRepository,
  workloadsRunning,
  workloadTold,
} from '#shared/findings';
import type { Digest } from '#shared/oci';
import { keys, memoryTable, type Table } from '#shared/store';
import { faultyTable } from '../../faults/table.ts';
import { workload } from './world.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const at = (minute: number): string => new Date(Date.parse('2026-01-01T00:00:00Z') + minute * 60_000).toISOString();
const reading = (minute: number, letter: string | undefined) =>
  workload('app', 'registry.test/app:1', letter === undefined ? undefined : digest(letter), at(minute));
const id = reading(0, 'a').id;
const running = (table: Table, ...all: string[]) =>
  Promise.all(all.map(async (letter) => (await workloadsRunning(table, digest(letter))).length));

/** A table before whose `call`-th call somebody else does all of his. */
function beforeCall(inner: Table, call: number, meet: () => Promise<void>): Table {
  let calls = 0;
  const turn = async (): Promise<void> => {
    calls += 1;
    if (calls === call + 1) await meet();
  };
  return {
    ...inner,
    get: async (...given) => turn().then(() => inner.get(...given)),
    put: async (...given) => turn().then(() => inner.put(...given)),
    delete: async (...given) => turn().then(() => inner.delete(...given)),
    batchWrite: async (...given) => turn().then(() => inner.batchWrite(...given)),
  };
}

describe('readings of a workload', () => {
  it('in any order, and repeated, end in the newest', async () => {
    const readings = [reading(1, 'a'), reading(2, 'b'), reading(3, 'a'), reading(4, 'c')];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...readings, ...readings], { minLength: 8, maxLength: 8 }),
        async (order) => {
          const table = memoryTable();
          for (const each of order) await keepWorkload(table, each);
          expect((await readWorkload(table, id))?.runningDigests).toEqual([digest('c')]);
          expect((await running(table, 'c'))[0]).toBe(1);
        },
      ),
    );
  });

  it('write nothing when they say the same, and are noted again after some hours', async () => {
    const table = faultyTable(memoryTable(), { seed: 1 });
    const first = await keepWorkload(table, reading(0, 'a'));
    expect(first.changed).toBe(true);
    await workloadTold(table, first.workload);
    const before = table.counts.writes;
    expect((await keepWorkload(table, reading(15, 'a'))).changed).toBe(false);
    expect(table.counts.writes).toBe(before);
    expect((await keepWorkload(table, reading(7 * 60, 'a'))).changed).toBe(false);
    expect((await readWorkload(table, id))?.readAt).toBe(at(7 * 60));
  });

  it('are a change until it was told', async () => {
    const table = memoryTable();
    await keepWorkload(table, reading(0, 'a'));
    const second = await keepWorkload(table, reading(1, 'a'));
    expect(second.changed).toBe(true);
    await workloadTold(table, second.workload);
    expect((await keepWorkload(table, reading(2, 'a'))).changed).toBe(false);
  });

  it('move the edges of what runs, and remember when', async () => {
    const table = memoryTable();
    await keepWorkload(table, reading(0, 'a'));
    await keepWorkload(table, reading(1, 'b'));
    expect(await running(table, 'a', 'b')).toEqual([0, 1]);
    expect(await table.get(keys.workloadHistory(id, at(1)))).toMatchObject({ from: [digest('a')], to: [digest('b')] });
    expect(await workloadsOfRepository(table, 'registry.test', 'app')).toEqual([id]);
  });

  it('of what is gone take it from the list, until it is back', async () => {
    const table = memoryTable();
    const list = async () => {
      const found: string[] = [];
      for await (const each of listWorkloads(table)) found.push(each.id);
      return found;
    };
    await keepWorkload(table, reading(0, 'a'));
    expect(await list()).toEqual([id]);
    await forgetWorkload(table, reading(0, 'a'), at(1));
    expect([await list(), await running(table, 'a')]).toEqual([[], [0]]);
    await keepWorkload(table, reading(2, 'a'));
    expect([await list(), await running(table, 'a')]).toEqual([[id], [1]]);
  });

  it('leave the edges of a newer reading alone, whenever it comes in between', async () => {
    const list = async (table: Table) => {
      const found: string[] = [];
      for await (const each of listWorkloads(table)) found.push(each.id);
      return found;
    };
    const readings = [reading(1, 'b'), { ...reading(1, undefined), containers: [], notChangeable: 'it is gone' }];
    for (const older of readings) {
      for (let call = 0; ; call += 1) {
        const table = memoryTable();
        await keepWorkload(table, reading(0, 'a'));
        let met = false;
        const meeting = beforeCall(table, call, async () => {
          met = true;
          await keepWorkload(table, reading(2, 'a'));
        });
        await keepWorkload(meeting, older);
        if (!met) break;
        const where = `before call ${call} of the reading that runs ${older.runningDigests[0] ?? 'nothing'}`;
        expect((await readWorkload(table, id))?.readAt, where).toBe(at(2));
        expect([await list(table), await running(table, 'a')], where).toEqual([[id], [1]]);
      }
    }
  });

  it('lists hundreds of them, by id', async () => {
    const table = memoryTable();
    for (let n = 0; n < 230; n += 1)
      await keepWorkload(table, workload(`s${1_000 + n}`, 'registry.test/app:1', digest('a'), at(0)));
    const found: string[] = [];
    for await (const each of listWorkloads(table)) found.push(each.name);
    expect(found).toEqual(Array.from({ length: 230 }, (_, n) => `s${1_000 + n}`));
  });
});
