import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Key, Table } from '#shared/store';
import { type Database, startDatabase } from '../../../local/database.ts';
import { faultyTable } from '../../faults/table.ts';
import { dyingAt, ends, imageOf, keysIn, missingOf, type SweptWorld, sweptWorld } from './swept-world.ts';

let folder = '';
let database: Database;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'drydock-sweep-'));
  database = await startDatabase({ folder });
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

async function emptied(): Promise<Table> {
  const rows: Key[] = [];
  for await (const { pk, sk } of database.table.scan()) rows.push({ pk, sk });
  await database.table.batchWrite([], rows);
  return database.table;
}

/** One image that stays, and what is stored of it. */
async function begun(): Promise<SweptWorld & { readonly kept: string; readonly expected: readonly string[] }> {
  const made = sweptWorld({ table: await emptied() });
  const digest = made.push('app', '1', imageOf('kept'));
  await made.scan('app', '1');
  return { ...made, kept: digest, expected: await keysIn(made.table) };
}

/** Another one that was read, lost its tag, and is unused for so long that it goes with the next sweep. */
async function forgettable() {
  const made = await begun();
  const old = made.push('app', '0', imageOf('old'));
  await made.scan('app', '0');
  made.untag(old);
  await made.nights(1);
  made.wait(31);
  return { ...made, old };
}

describe('on the database of this machine', () => {
  it('what a cut scan leaves is taken away, wherever it was cut', async () => {
    let writes = 0;
    for (let ended = false; !ended; writes += 1) {
      const made = await begun();
      const cut = made.push('app', '2', imageOf('cut'));
      ended = await ends(made.scan('app', '2', dyingAt(made.table, writes)));
      await made.settle();
      const left = (await keysIn(made.table)).filter((key) => !made.expected.includes(key));
      if (!left.some((key) => key.startsWith('R#'))) expect(left, `cut at ${writes}`).toEqual([]);
      expect(await missingOf(made, made.kept as typeof cut, 'app'), `cut at ${writes}`).toEqual([]);
      await made.scan('app', '2');
      expect(await missingOf(made, cut, 'app'), `cut at ${writes}, read again`).toEqual([]);
    }
    expect(writes).toBeGreaterThan(10);
  });

  it('an image is forgotten whole, wherever the sweep was cut', async () => {
    let writes = 0;
    for (let ended = false; !ended; writes += 1) {
      const made = await forgettable();
      ended = await ends(made.sweep(dyingAt(made.table, writes)));
      await made.settle();
      expect(await keysIn(made.table), `cut at ${writes}`).toEqual(made.expected);
    }
    expect(writes).toBeGreaterThan(10);
  });

  it.each([1, 2, 3, 4])(
    'nothing is lost by stale reads, throttles, lost answers and half batches, seed %i',
    async (seed) => {
      const made = await forgettable();
      const faults = { seed, stale: 0.2, throttled: 0.02, lost: 0.02, partial: 0.05 };
      const fresh = made.push('app', '2', imageOf('fresh'));
      // a scan and a sweep by turns, each as often as it takes
      for (let tries = 0, scanned = false, swept = false; !(scanned && swept) && tries < 60; tries += 1) {
        scanned ||= await ends(made.scan('app', '2', faultyTable(made.table, { ...faults, seed: seed * 100 + tries })));
        swept = await ends(made.sweep(faultyTable(made.table, { ...faults, seed: seed * 1_000 + tries })));
        made.wait(0.02);
      }
      await made.scan('app', '2');
      for (const digest of [fresh, made.kept as typeof fresh]) expect(await missingOf(made, digest, 'app')).toEqual([]);
      await made.settle();
      for (const digest of [fresh, made.kept as typeof fresh]) expect(await missingOf(made, digest, 'app')).toEqual([]);
      const left = await keysIn(made.table);
      const only = await begun();
      only.push('app', '2', imageOf('fresh'));
      await only.scan('app', '2');
      expect(left, 'the old image is forgotten, and nothing else').toEqual(await keysIn(only.table));
    },
  );
});
