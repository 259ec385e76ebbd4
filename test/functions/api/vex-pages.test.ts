import { describe, expect, it } from 'vitest';
import { keepVex, removeVex } from '#shared/findings';
import { memoryTable, type Table } from '#shared/store';
import { allVex } from '../../../cli/api-lists.ts';
import { asking, strangeCursors } from './asking.ts';

const now = new Date('2026-01-01T00:00:00.000Z');
const idOf = (n: number) => `https://vex.example/${String(n).padStart(5, '0')}#%`;
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

async function bring(table: Table, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const document = {
      id,
      form: 'openvex',
      author: 'team-a',
      at: now.toISOString(),
      statements: [],
      skipped: [],
    } as const;
    await keepVex(table, document, { by: 'ann', now });
  }
}

const takeBack = async (table: Table, ids: readonly string[]) => {
  for (const id of ids) await removeVex(table, id, { by: 'bob', now });
};

describe('the list of VEX documents', () => {
  it('gives each that stays once, while others are brought and taken back', async () => {
    const table = memoryTable();
    const kept = numbers(0, 700).filter((n) => n % 2 === 0);
    await bring(table, kept.map(idOf));
    let turn = 0;
    const between = async () => {
      turn += 1;
      await bring(table, [idOf(2 * turn + 1), idOf(701 + turn)]);
      await takeBack(table, [idOf(2 * turn), idOf(700 - 2 * turn)]);
    };
    const { client, answers } = asking(table, { between });
    const found = (await allVex(client, false)).map(({ id }) => id);
    expect(answers).toHaveLength(4);
    expect(new Set(found).size).toBe(found.length);
    const moved = new Set([1, 2, 3].flatMap((n) => [2 * n, 700 - 2 * n]));
    expect(found).toEqual(expect.arrayContaining(kept.filter((n) => !moved.has(n)).map(idOf)));
  });

  it('passes over what was taken back, some at a time, and names it when all is asked for', async () => {
    const table = memoryTable();
    const gone = numbers(0, 2_400).map(idOf);
    await bring(table, [...gone, idOf(5_000)]);
    await takeBack(table, gone);
    const { client, answers } = asking(table);
    expect((await allVex(client, false)).map(({ id }) => id)).toEqual([idOf(5_000)]);
    for (const { items } of answers) expect(items).toBeLessThanOrEqual(1_000);
    expect((await allVex(client, true)).map(({ id, removed }) => [id, removed?.by])).toEqual([
      ...gone.map((id) => [id, 'bob']),
      [idOf(5_000), undefined],
    ]);
  });

  it('refuses a cursor that no answer gave, and what it does not know', async () => {
    const table = memoryTable();
    await bring(table, [idOf(1)]);
    const { ask } = asking(table);
    const long = Buffer.from(JSON.stringify(['vex', '#'.repeat(900)])).toString('base64url');
    for (const cursor of [...strangeCursors, long])
      expect((await ask('GET', `/vex?after=${cursor}`)).status, cursor.slice(0, 80)).toBe(400);
    for (const query of ['page=2', 'all=1', 'all='])
      expect((await ask('GET', `/vex?${query}`)).status, query).toBe(400);
  });
});
