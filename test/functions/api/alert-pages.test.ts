import { describe, expect, it } from 'vitest';
import { problemId } from '#shared/findings';
import { indexes, keys, memoryTable, type Table } from '#shared/store';
import { alert, problem } from '../../shared/alerts/given.ts';
import { asking, strangeCursors } from './asking.ts';

const keyOf = (n: number) => ({ finding: `DSA-${n}-1`, shard: 'Debian:12', name: 'openssl' });
const timeOf = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

/** The record of an alert as telling leaves it: where it stands in the list is when it changed. */
async function tell(table: Table, n: number, at: string): Promise<void> {
  const id = problemId(keyOf(n));
  const record = { alert: { ...alert(problem({ key: keyOf(n) })), id, at }, told: {}, rev: 1 };
  await table.put({ ...keys.alert(id), record, rev: 1, ix: indexes.alerts, ixs: `${at}#${id}` });
}

interface Listed {
  readonly alerts: readonly { readonly alert: { readonly id: string; readonly at: string }; readonly mail: object }[];
  readonly next?: string;
}

async function everyPage(ask: ReturnType<typeof asking>['ask']): Promise<Listed['alerts']> {
  const all: Listed['alerts'][number][] = [];
  let path = '/alerts';
  for (;;) {
    const { status, body } = await ask('GET', path);
    expect(status).toBe(200);
    const { alerts, next } = body as Listed;
    all.push(...alerts);
    if (next === undefined) return all;
    path = `/alerts?after=${next}`;
  }
}

describe('the list of alerts', () => {
  it('gives all, those that changed last first, in pages of which none grows with the list', async () => {
    const read: number[] = [];
    for (const length of [150, 1_000]) {
      const table = memoryTable();
      for (const n of numbers(0, length)) await tell(table, n, timeOf(n));
      const { ask, answers } = asking(table);
      const all = await everyPage(ask);
      expect(all.map((each) => each.alert.id)).toEqual(
        numbers(0, length)
          .map((n) => problemId(keyOf(n)))
          .reverse(),
      );
      expect(all[0]?.mail).toMatchObject({ subject: expect.any(String) });
      read.push(...answers.map(({ items }) => items));
    }
    expect(Math.max(...read)).toBeLessThan(130);
  });

  it('loses none that changes between two pages; of what comes twice the later is the newer', async () => {
    const table = memoryTable();
    for (const n of numbers(0, 350)) await tell(table, n, timeOf(n));
    let turn = 0;
    const { ask, answers } = asking(table, {
      between: async () => {
        turn += 1;
        if (turn > 3) return;
        // the oldest, which no page has given yet, one that was given, and a new one
        for (const n of [turn, 350 - turn, 1_000 + turn]) await tell(table, n, `2026-06-01T00:00:0${turn}.000Z`);
      },
    });
    const last = new Map((await everyPage(ask)).map((each) => [each.alert.id, each.alert.at]));
    expect([...last.keys()]).toEqual(expect.arrayContaining(numbers(0, 350).map((n) => problemId(keyOf(n)))));
    for (const n of [1, 2, 3])
      expect([last.get(problemId(keyOf(n))), last.get(problemId(keyOf(350 - n)))]).toEqual([
        `2026-06-01T00:00:0${n}.000Z`,
        `2026-06-01T00:00:0${n}.000Z`,
      ]);
    expect(answers.length).toBeLessThan(7);
  });

  it('is one answer while it is small', async () => {
    const table = memoryTable();
    await tell(table, 1, timeOf(1));
    expect(Object.keys((await asking(table).ask('GET', '/alerts')).body as object)).toEqual(['alerts']);
  });

  it('refuses a cursor that no answer gave, and what it does not know', async () => {
    const { ask } = asking(memoryTable());
    const time = '2026-01-01T00:00:00.000Z';
    const strange = [
      ['alerts', time, 'first', ''],
      ['alerts', time, 'third', `${time}#x`],
      ['alerts', 'yesterday', 'first', `${time}#x`],
      ['alerts', time, 'first', 'x'],
    ].map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'));
    for (const cursor of [...strangeCursors, ...strange])
      expect((await ask('GET', `/alerts?after=${cursor}`)).status, cursor.slice(0, 80)).toBe(400);
    expect((await ask('GET', '/alerts?page=2')).status).toBe(400);
  });
});
