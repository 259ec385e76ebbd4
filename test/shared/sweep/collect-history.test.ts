import { describe, expect, it } from 'vitest';
import type { eventDetails } from '#shared/events';
import { type Item, keys, type Table } from '#shared/store';
import { historyOfNight } from '../../../shared/sweep/collect-history.ts';
import { noCounts, writeRun } from '../../../shared/sweep/run.ts';
import { dyingAt, ends, keysIn, sweptWorld } from './swept-world.ts';

const problem = { finding: 'DSA-1', shard: 'Debian:12', name: 'openssl' };
const ended = { finding: 'DSA-2', shard: 'Debian:12', name: 'bash' };

const isNew = { transition: 'NEW', text: '' };

let count = 0;
const event = (day: string, type: keyof typeof eventDetails, detail: object): Item => {
  count += 1;
  const time = `${day}T12:00:00.000Z`;
  const id = `event-${count}`;
  return { ...keys.timeline(day, time, id), event: { id, time, type, detail } };
};

const problemRow = (key: typeof problem, state: object): Item => ({
  ...keys.problem(key.finding, key.shard, key.name),
  problem: { key, ...state },
  pending: [],
  rev: 3,
});

/** A stack of 2026-01-01 with a timeline of the day before, which tells of everything that it can tell of. */
async function told() {
  const made = sweptWorld();
  const day = '2025-12-31';
  const rows = {
    read: event(day, 'ImageScanned', { digest: 'sha256:a' }),
    open: event(day, 'ProblemChanged', { key: problem, transitions: [isNew] }),
    spread: event(day, 'ProblemChanged', { key: problem, transitions: [{ transition: 'SPREAD', text: '' }] }),
    ended: event(day, 'ProblemChanged', { key: ended, transitions: [isNew] }),
    gone: event(day, 'ProblemChanged', { key: { ...problem, name: 'gone' }, transitions: [isNew] }),
    approved: event(day, 'PlanApproved', { plan: 'p-kept', by: 'somebody' }),
    step: event(day, 'RolloutStep', { rollout: 'r-kept', workload: 'w', from: 'planned', to: 'updating' }),
    over: event(day, 'RolloutEnded', { rollout: 'r-gone', plan: 'p-gone', state: 'verified' }),
  };
  for (const row of Object.values(rows)) await made.table.put(row);
  await made.table.put(problemRow(problem, { state: 'open' }));
  await made.table.put(problemRow(ended, { state: 'resolved', resolvedAt: '2026-01-02T00:00:00.000Z' }));
  await made.table.put({ ...keys.rollout('r-kept'), head: { rollout: 'r-kept', state: 'running' }, rev: 1 });
  await made.table.put({ ...keys.plan('p-kept'), state: 'offered', offeredAt: `${day}T12:00:00.000Z`, rev: 1 });
  return { ...made, rows };
}

const left = async (table: Table, rows: Readonly<Record<string, Item>>): Promise<string[]> => {
  const stored = new Set(await keysIn(table));
  return Object.entries(rows).flatMap(([name, { pk, sk }]) => (stored.has(`${pk} / ${sk}`) ? [name] : []));
};

describe('the timeline', () => {
  it('stays whole for as many days as policy says, and goes the night after, but for what is open or proves something', async () => {
    const { table, rows, wait, sweep } = await told();
    wait(399);
    expect(await sweep()).toMatchObject({ history: 0 });
    expect(await left(table, rows)).toEqual(Object.keys(rows));
    wait(2);
    expect(await sweep()).toMatchObject({ history: 6 });
    expect(await left(table, rows)).toEqual(['open', 'approved', 'step']);
    expect(await sweep()).toMatchObject({ history: 0 });
  });

  it('is kept as long as policy says, whether images are forgotten or not', async () => {
    const made = await told();
    made.state.policy = { ...made.state.policy, forget: false, keepHistoryDays: 30 };
    made.wait(32);
    expect(await made.sweep()).toMatchObject({ history: 6 });
  });

  it('says since when there is a problem until that has ended, and everybody heard of it', async () => {
    const { table, rows, wait, sweep } = await told();
    wait(500);
    await sweep();
    const resolved = problemRow(problem, { state: 'resolved', resolvedAt: '2027-05-01T00:00:00.000Z' });
    await table.put({ ...resolved, owed: true });
    await sweep();
    expect(await left(table, rows)).toContain('open');
    await table.put(resolved);
    await sweep();
    expect(await left(table, rows)).not.toContain('open');
  });

  it('comes to the same end wherever a sweep of it was cut', async () => {
    const whole = await told();
    whole.wait(500);
    await whole.settle();
    const expected = (await keysIn(whole.table)).filter((key) => !key.startsWith('E#'));
    let writes = 0;
    for (let done = false; !done; writes += 1) {
      const made = await told();
      made.wait(500);
      done = await ends(made.sweep(dyingAt(made.table, writes)));
      await made.settle();
      expect(await left(made.table, made.rows), `cut at ${writes}`).toEqual(['open', 'approved', 'step']);
      expect((await keysIn(made.table)).filter((key) => !key.startsWith('E#'))).toEqual(expected);
    }
    expect(writes).toBeGreaterThan(8);
  });

  it('of years goes night by night, so many rows each', async () => {
    const made = sweptWorld();
    for (let at = 0; at < 2_500; at += 1) await made.table.put(event('2020-01-01', 'ImageScanned', {}));
    // a sweep that is under way, and whose turns have nearly taken a night's worth
    const counts = { ...noCounts, history: historyOfNight - 1_300 };
    const run = { began: made.now().toISOString(), stage: 'rows', until: '', turns: 1, counts } as const;
    expect(await writeRun(made.table, run, undefined)).toBeDefined();
    expect(await made.sweep()).toMatchObject({ history: historyOfNight });
    expect(await made.sweep()).toMatchObject({ history: 1_200 });
  });

  it('that is of no day, or of one to come, is left as it is', async () => {
    const made = sweptWorld();
    const odd = { odd: event('no-day', 'ImageScanned', {}), ahead: event('2999-01-01', 'ImageScanned', {}) };
    for (const row of Object.values(odd)) await made.table.put(row);
    made.wait(3_000);
    await made.sweep();
    expect(await left(made.table, odd)).toEqual(['odd', 'ahead']);
  });
});

describe('what the sweep notes of each day', () => {
  it('goes as the timeline does', async () => {
    const made = sweptWorld();
    const days = async () => {
      const found: string[] = [];
      for await (const { sk } of made.table.query({ pk: 'SWEEP' })) if (/^\d/.test(sk)) found.push(sk);
      return found.length;
    };
    made.state.policy = { ...made.state.policy, keepHistoryDays: 30 };
    await made.nights(60);
    expect(await days()).toBe(31);
  });
});
