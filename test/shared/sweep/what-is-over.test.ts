import { describe, expect, it } from 'vitest';
import { forgetWorkload, keepVex, readWorkload, removeVex } from '#shared/findings';
import { type RolloutRow, readRow } from '#shared/remedy';
import { type Item, keys, type Table } from '#shared/store';
import { keepApproval } from '../../../shared/remedy/approvals.ts';
import { holdDown, writeRow } from '../../../shared/remedy/rollout-store.ts';
import { began, idOf, planned, problem, rolled } from './past-rollouts.ts';
import { dyingAt, ends, imageOf, keysIn, type SweptWorld, sweptWorld } from './swept-world.ts';

const problemRow = (name: string, state: object): Item => ({
  ...keys.problem(problem.finding, problem.shard, name),
  problem: { key: { ...problem, name }, ...state },
  rev: 3,
});

/** Runs two images one after the other, so that there is something that it ran before. */
async function changed(made: SweptWorld, name: string, repository: string) {
  for (const version of ['1', '2']) {
    const digest = made.push(repository, version, imageOf(`${repository}${version}`));
    await made.scan(repository, version);
    await made.run(name, repository, digest);
  }
}

/** Everything that can be over, or go on, once each; the names of the rows say which of them are to stay. */
async function longAgo(): Promise<SweptWorld> {
  const made = sweptWorld();
  const { table } = made;
  made.state.policy = { ...made.state.policy, keepDays: 90 };
  await changed(made, 'shop', 'shop');
  await changed(made, 'batch', 'batch');
  await made.run('pay', 'pay', undefined);
  const batch = await readWorkload(table, idOf('batch'));
  await rolled(table, 'first', 'verified', ['shop', 'batch']);
  await rolled(table, 'last', 'verified', ['shop']);
  await rolled(table, 'running', 'running', ['pay']);
  await rolled(table, 'of-the-gone', 'verified', ['batch']);
  await writeRow(table, { rollout: 'cut', workload: 'w', since: began, rev: 1 } as unknown as RolloutRow, undefined);
  for (const state of ['offered', 'superseded', 'moot'] as const) await planned(table, `plan-${state}`, state);
  await table.put(problemRow('openssl', { state: 'resolved', resolvedAt: began }));
  await table.put(problemRow('open', { state: 'open' }));
  await table.put(problemRow('accepted', { state: 'accepted' }));
  for (const name of ['openssl', 'open']) {
    await table.put({ ...keys.alert(name), record: { alert: { key: { ...problem, name } } }, rev: 1 });
    await table.put({ ...keys.problemPlan(problem.finding, problem.shard, name), plan: 'plan-moot' });
  }
  await table.put({ ...keys.alert('baseline slack'), at: began });
  for (const vulnerabilities of ['of/nobody/now', 'a/b/c'])
    await keepApproval(table, {
      workload: idOf('shop'),
      vulnerabilities,
      remedy: 'newer',
      by: 'ann',
      at: began,
      ...(vulnerabilities === 'a/b/c' ? { until: '2030-01-01T00:00:00.000Z' } : {}),
      digests: [],
    });
  const hold = { workload: idOf('shop'), kind: 'person', reason: '', rollout: 'first', since: began } as const;
  await holdDown(table, { ...hold, digest: `sha256:${'a'.repeat(64)}`, until: '2026-01-15T00:00:00.000Z' });
  await holdDown(table, { ...hold, digest: `sha256:${'b'.repeat(64)}`, until: '2029-01-15T00:00:00.000Z' });
  const document = { form: 'openvex', author: 'ann', at: began, statements: [], skipped: [] } as const;
  for (const id of ['kept', 'removed']) await keepVex(table, { ...document, id }, { by: 'ann', now: new Date(began) });
  await removeVex(table, 'removed', { by: 'ann', now: new Date(began) });
  if (batch !== undefined) await forgetWorkload(table, batch, made.now().toISOString());
  return made;
}

/** What of it stands after years, by keys without what images and their packages brought. */
const rest = async (table: Table): Promise<string[]> =>
  (await keysIn(table)).filter((key) => !/^([ISNR]#|REPOSITORIES)/.test(key));

const [shop, pay] = [idOf('shop'), idOf('pay')];
const stays = [
  'A#baseline slack / A',
  'A#open / A',
  'E#2026-01-01 / 2026-01-01T00:00:00.000Z#last',
  'E#2026-01-01 / 2026-01-01T00:00:00.000Z#running',
  `FLEET / W#${shop}`,
  `FLEET / W#${pay}`,
  `W#${pay} / A`,
  `W#${pay} / R`,
  'L#plan-of-last / A',
  'L#plan-of-last / B#0000',
  'L#plan-of-running / A',
  'L#plan-of-running / B#0000',
  'L#plan-offered / A',
  'L#plan-offered / B#0000',
  'O#last / A',
  'O#last / T',
  `O#last / W#${shop}`,
  'O#running / A',
  'O#running / T',
  `O#running / W#${pay}`,
  'P#DSA-1#Debian:12#accepted / A',
  'P#DSA-1#Debian:12#open / A',
  'VEX / kept',
  `W#${shop} / A`,
  `W#${shop} / D#sha256:${'b'.repeat(64)}`,
  `W#${shop} / K#a/b/c#newer`,
  `W#${shop} / R`,
].toSorted();

const isHistory = (key: string): boolean => key.startsWith(`W#${shop} / H#`);

describe('what came to its end', () => {
  it('stays for as long as policy keeps history, and is gone soon after, but for what is open or proves what runs', async () => {
    const made = await longAgo();
    const before = await rest(made.table);
    made.wait(80);
    await made.nights(3);
    expect(await rest(made.table)).toEqual(before);
    made.wait(280);
    await made.settle();
    // a workload that is gone is kept as long as an image that nobody uses
    const gone = `W#${idOf('batch')} `;
    expect(before.filter((key) => key.startsWith(gone)).length).toBeGreaterThan(2);
    expect(await rest(made.table)).toEqual(before.filter((key) => !key.startsWith(gone)));
    made.wait(100);
    await made.settle();
    const left = await rest(made.table);
    expect(left.filter((key) => !isHistory(key))).toEqual(stays);
    expect(left.filter(isHistory), 'what it would go back to').toHaveLength(1);
    made.wait(2_000);
    await made.settle();
    expect((await rest(made.table)).length).toBe(left.length - 2);
  });

  it('comes to the same end wherever a sweep was cut', async () => {
    for (let cut = 0, done = false; !done; cut += 1) {
      const made = await longAgo();
      made.wait(500);
      done = await ends(made.sweep(dyingAt(made.table, cut)));
      // a rollout without its head has no row left that another attempt under its name would take for its own
      if ((await made.table.get(keys.rollout('first'))) === undefined)
        expect(await readRow(made.table, 'first', shop), `cut at ${cut}`).toBeUndefined();
      await made.settle();
      expect(
        (await rest(made.table)).filter((key) => !isHistory(key)),
        `cut at ${cut}`,
      ).toEqual(stays);
    }
  });
});
