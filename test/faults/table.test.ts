import { describe, expect, it } from 'vitest';
import { memoryTable } from '#shared/store';
import { tableContract } from '../contract/table.ts';
import { faultyTable } from './table.ts';

tableContract('a faulty table without faults', async () => ({ table: faultyTable(memoryTable(), { seed: 1 }) }));

describe('a faulty table', () => {
  const key = { pk: 'a', sk: 'b' };

  it('reads the past unless asked to be consistent', async () => {
    const table = faultyTable(memoryTable(), { seed: 1, stale: 1 });
    await table.put({ ...key, n: 1 });
    expect(await table.get(key)).toBeUndefined();
    await table.put({ ...key, n: 2 });
    expect(await table.get(key)).toEqual({ ...key, n: 1 });
    expect(await table.batchGet([key])).toEqual([{ ...key, n: 1 }]);
    expect(await table.get(key, { consistent: true })).toEqual({ ...key, n: 2 });
    table.quiet();
    expect(await table.get(key)).toEqual({ ...key, n: 2 });
  });

  it('throttles without doing, loses answers after doing, stops in the middle of a batch', async () => {
    const inner = memoryTable();
    await expect(faultyTable(inner, { seed: 1, throttled: 1 }).put(key)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await inner.get(key)).toBeUndefined();
    await expect(faultyTable(inner, { seed: 1, lost: 1 }).put(key)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await inner.get(key)).toEqual(key);
    const items = Array.from({ length: 50 }, (_, n) => ({ pk: 'batch', sk: `k${n}` }));
    await expect(faultyTable(inner, { seed: 1, partial: 1 }).batchWrite(items)).rejects.toMatchObject({
      code: 'unavailable',
    });
    const written = (await inner.batchGet(items)).length;
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(50);
  });

  it('does the same again with the same seed', async () => {
    const run = async (seed: number): Promise<string> => {
      const table = faultyTable(memoryTable(), { seed, throttled: 0.3, lost: 0.3 });
      let story = '';
      for (let n = 0; n < 40; n += 1) {
        story += await table.put({ pk: 'a', sk: `k${n}` }).then(
          () => '.',
          (error: Error) => (error.message.startsWith('throttled') ? 't' : 'l'),
        );
      }
      return story;
    };
    expect(await run(5)).toBe(await run(5));
    expect(await run(5)).not.toBe(await run(6));
    expect(await run(5)).toMatch(/t.*l|l.*t/);
  });

  it('can crash before a chosen write', async () => {
    const table = faultyTable(memoryTable(), {
      seed: 1,
      beforeWrite: (write) => {
        if (write === 1) throw new Error('crash');
      },
    });
    await table.put(key);
    await expect(table.put({ pk: 'c', sk: 'd' })).rejects.toThrow('crash');
  });
});
