import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '#local/database';
import type { Table } from '#shared/store';
import type { Retry } from '#shared/store/adapters/dynamo-retry';
import { dynamoTable, localClient } from '#shared/store/adapters/dynamo-table';
import { tableContract } from '../../contract/table.ts';
import { faultyClient, type WireFaults } from '../../faults/dynamo-client.ts';

let folder: string;
let database: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-faults-'));
  database = await startDatabase({ folder });
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const waits: number[] = [];
const patient: Retry = { attempts: 40, wait: async (ms) => void waits.push(ms), random: () => 0.5 };

function broken(
  faults: WireFaults,
  retry = patient,
): { table: Table; counts: ReturnType<typeof faultyClient>['counts']; close: () => Promise<void> } {
  const client = localClient(database.url);
  const { counts } = faultyClient(client, faults);
  return {
    table: dynamoTable({ client, tableName: database.tableName, retry }),
    counts,
    close: async () => client.destroy(),
  };
}

for (const seed of [1, 2, 3]) {
  describe(`on a bad wire, seed ${seed}`, () => {
    tableContract(
      `DynamoDB, a third of the calls throttled, a fifth of the answers lost, half of the batches partial (seed ${seed})`,
      async () => {
        const own = await mkdtemp(join(tmpdir(), 'drydock-faults-'));
        const fresh = await startDatabase({ folder: own });
        const client = localClient(fresh.url);
        faultyClient(client, { seed, throttled: 0.33, lost: 0.2, partial: 0.5 });
        return {
          table: dynamoTable({ client, tableName: fresh.tableName, retry: patient }),
          close: async () => {
            client.destroy();
            await fresh.close();
            await rm(own, { recursive: true, force: true });
          },
        };
      },
    );
  });
}

describe('a write whose answer is lost', () => {
  it('is written, not refused, when it is found by its token', async () => {
    const { table, counts, close } = broken({ seed: 7, lost: 0.5 });
    const results: string[] = [];
    for (let n = 0; n < 30; n += 1) results.push(await table.put({ pk: 'lost', sk: `k${n}`, n }, { absent: true }));
    await close();
    expect(counts.lost).toBeGreaterThan(5);
    expect(new Set(results)).toEqual(new Set(['written']));
  });

  it('is refused when another writer was first', async () => {
    await database.table.put({ pk: 'lost', sk: 'taken', n: 0 }, { absent: true });
    const { table, close } = broken({ seed: 8, lost: 0.5 });
    expect(await table.put({ pk: 'lost', sk: 'taken', n: 1 }, { absent: true })).toBe('refused');
    await close();
    expect((await database.table.get({ pk: 'lost', sk: 'taken' }))?.n).toBe(0);
  });

  it('takes each of many racing steps once: no two writers hear that they took the same one', async () => {
    const writers = [11, 12, 13].map((seed) => broken({ seed, throttled: 0.2, lost: 0.3 }));
    const key = { pk: 'steps', sk: 'A' };
    await database.table.put({ ...key, rev: 0 });
    const taken: number[] = [];
    await Promise.all(
      writers.map(async ({ table }) => {
        for (let done = 0; done < 15; ) {
          const rev = Number((await table.get(key, { consistent: true }))?.rev);
          if ((await table.put({ ...key, rev: rev + 1 }, { equals: { attribute: 'rev', value: rev } })) === 'refused')
            continue;
          done += 1;
          taken.push(rev + 1);
        }
      }),
    );
    for (const { close } of writers) await close();
    expect(new Set(taken).size).toBe(45);
    // a step may have been taken by a writer who heard 'refused': it was overwritten before the lost answer was looked into
    expect(Number((await database.table.get(key, { consistent: true }))?.rev)).toBeGreaterThanOrEqual(45);
  });

  it('is deleted, not refused, when it is gone after a lost answer', async () => {
    await database.table.batchWrite(Array.from({ length: 20 }, (_, n) => ({ pk: 'deleted', sk: `k${n}`, rev: 1 })));
    const { table, counts, close } = broken({ seed: 9, lost: 0.4 });
    for (let n = 0; n < 20; n += 1)
      expect(await table.delete({ pk: 'deleted', sk: `k${n}` }, { equals: { attribute: 'rev', value: 1 } })).toBe(
        'written',
      );
    expect(counts.lost).toBeGreaterThan(3);
    await close();
  });
});

describe('a table that stays away', () => {
  const twice: Retry = { attempts: 3, wait: async () => undefined, random: () => 1 };
  it.each([
    ['throttled', { seed: 1, throttled: 1 }],
    ['silent', { seed: 1, lost: 1 }],
    ['never done with a batch', { seed: 1, partial: 1 }],
  ] as const)('is unavailable after bounded attempts: %s', async (_, faults) => {
    const { table, counts, close } = broken(faults, twice);
    await expect(table.batchWrite([{ pk: 'away', sk: 'A' }])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(table.batchGet([{ pk: 'away', sk: 'A' }])).rejects.toMatchObject({ code: 'unavailable' });
    expect(counts.calls).toBe(6);
    await close();
  });

  it('says what was said, and does not insist where repeating cannot help', async () => {
    const client = localClient(database.url);
    const waited: number[] = [];
    const table = dynamoTable({
      client,
      tableName: 'no-such-table',
      retry: { ...twice, wait: async (ms) => void waited.push(ms) },
    });
    await expect(table.get({ pk: 'a', sk: 'b' })).rejects.toThrow(
      /item "a" \/ "b".*ResourceNotFoundException.*permissions/s,
    );
    await expect(table.put({ pk: 'a', sk: 'b' }, { absent: true })).rejects.toMatchObject({ code: 'unavailable' });
    expect(waited).toEqual([]);
    client.destroy();
  });

  it('is waited for longer and longer, with jitter, up to five seconds', async () => {
    waits.length = 0;
    const { table, close } = broken({ seed: 1, throttled: 1 }, { ...patient, attempts: 10 });
    await expect(table.get({ pk: 'a', sk: 'b' })).rejects.toMatchObject({ code: 'unavailable' });
    expect(waits).toEqual([25, 50, 100, 200, 400, 800, 1600, 2500, 2500]);
    await close();
  });
});
