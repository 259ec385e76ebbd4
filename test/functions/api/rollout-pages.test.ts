import { describe, expect, it } from 'vitest';
import { keepWorkload } from '#shared/findings';
import { forgetRollout, type Proof, type Rollout, type RolloutRow } from '#shared/remedy';
import { keys, memoryTable, type Table } from '#shared/store';
import { allRollouts, wholeRollout } from '../../../cli/api-lists.ts';
import { takeWorkload, writeRollout, writeRow } from '../../../shared/remedy/rollout-store.ts';
import { workload } from '../../shared/findings/world.ts';
import { asking, strangeCursors } from './asking.ts';

const problem = {
  key: { finding: 'DSA-1', shard: 'Debian:12', name: 'openssl' },
  vulnerability: 'CVE-2026-1',
  aliases: ['CVE-2026-1'],
  package: 'openssl',
  severity: 'critical',
} as const;
const digest = `sha256:${'a'.repeat(64)}` as const;
const idOf = (n: number) => `123456789012/eu-west-1/prod/service-${String(n).padStart(5, '0')}`;

const timeOf = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

const proof = (rollout: string, id: string): Proof => ({
  schemaVersion: 1,
  rollout,
  plan: 'plan-1',
  workload: id,
  vulnerability: 'CVE-2026-1',
  package: 'openssl',
  definition: `arn:aws:ecs:eu-west-1:123456789012:task-definition/${id}:8`,
  deployment: 'ecs-svc/1234567890123456789',
  digests: [digest],
  desired: 2,
  running: 2,
  inventories: [{ digest, answer: 'absent', generation: 3, why: 'openssl 3.0.15 is not affected by DSA-1' }],
  how: 'all tasks run the planned digest, and its inventory does not hold CVE-2026-1',
  observedAt: timeOf(0),
  provedAt: timeOf(1),
});

const row = (rollout: string, id: string, more: Partial<RolloutRow> = {}): RolloutRow => ({
  rollout,
  plan: 'plan-1',
  workload: id,
  wave: 1,
  rev: 1,
  state: 'verified',
  since: timeOf(0),
  how: 'force',
  containers: [],
  problem,
  proof: proof(rollout, id),
  history: ['planned', 'updating', 'verified'].map((to) => ({
    at: timeOf(0),
    from: 'planned',
    to: to as RolloutRow['state'],
    why: `it is its turn, and the deployment of ${id} goes on`,
  })),
  ...more,
});

const exposedAgain = { since: timeOf(9), deployment: 'd', text: 'again exposed: somebody went back' };

/** A rollout that ended, with its rows, as one that was driven leaves them. */
async function rolledOut(table: Table, minute: number, ids: readonly string[], back: readonly string[] = []) {
  const rollout = `rollout-${String(minute).padStart(6, '0')}`;
  for (const id of ids) await writeRow(table, row(rollout, id, back.includes(id) ? { exposedAgain } : {}), undefined);
  const head: Rollout = {
    rollout,
    plan: 'plan-1',
    problem,
    state: 'verified',
    workloads: ids.length,
    waves: 1,
    startedBy: 'ann',
    startedAt: timeOf(minute),
    endedAt: timeOf(minute + 1),
    rev: 1,
  };
  await writeRollout(table, head, undefined);
  return rollout;
}

const minutes = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe('the list of rollouts', () => {
  it('gives each once, the newest first, while others are started and forgotten', async () => {
    const table = memoryTable();
    const made: string[] = [];
    for (const minute of minutes(0, 450)) made.push(await rolledOut(table, minute, [idOf(minute)]));
    const gone = [made[449]!, made[300]!, made[10]!];
    let turn = 0;
    const { client, answers } = asking(table, {
      between: async () => {
        turn += 1;
        for (const minute of minutes(1_000 * turn, 1_000 * turn + 30)) await rolledOut(table, minute, [idOf(1)]);
        const head = await table.get(keys.rollout(gone[turn - 1] ?? ''));
        if (head !== undefined) await forgetRollout(table, head);
      },
    });
    const all = (await allRollouts(client)).map(({ id }) => id);
    expect(answers.map(({ path }) => path)).toEqual(Array.from({ length: 5 }, () => '/rollouts'));
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(all.toSorted().reverse());
    expect(all.filter((id) => !gone.includes(id))).toEqual(made.filter((id) => !gone.includes(id)).reverse());
  });

  it('reads no more for a page than it holds, however long the list is', async () => {
    const read: number[] = [];
    for (const length of [150, 1_500]) {
      const table = memoryTable();
      for (const minute of minutes(0, length)) await rolledOut(table, minute, [idOf(minute), idOf(minute + 1)]);
      const { ask, answers } = asking(table);
      const { next } = (await ask('GET', '/rollouts')).body as { next: string };
      await ask('GET', `/rollouts?after=${next}`);
      read.push(answers[0]!.items);
    }
    expect(read[0]).toBe(read[1]);
    expect(read[0]).toBeLessThan(400);
  });

  it('refuses a cursor that no answer gave, and what it does not know', async () => {
    const table = memoryTable();
    const id = await rolledOut(table, 1, [idOf(1)]);
    const { ask } = asking(table);
    for (const path of ['/rollouts', `/rollouts/${id}`])
      for (const cursor of strangeCursors)
        expect(await ask('GET', `${path}?after=${cursor}`), cursor.slice(0, 80)).toMatchObject({
          status: 400,
          body: { error: expect.stringContaining('after is not what an answer of this list gave as next') },
        });
    for (const path of ['/rollouts?page=2', `/rollouts/${id}?cursor=x`])
      expect((await ask('GET', path)).status).toBe(400);
  });
});

describe('a rollout of 5,000 workloads', () => {
  it('is in the list with its first rows and their number, and can be read whole', async () => {
    const table = memoryTable();
    const ids = minutes(0, 5_000).map(idOf);
    const id = await rolledOut(table, 1, ids, [ids[4_321]!]);
    await rolledOut(table, 2, ids.slice(0, 20));
    const { client, answers } = asking(table);
    const [small, large] = await allRollouts(client);
    expect(small).toMatchObject({ rows: ids.slice(0, 20).map((workload) => ({ workload })), total: { rows: 20 } });
    // what a person took back is said before all that went well
    expect(large?.rows.map(({ workload }) => workload)).toEqual([ids[4_321], ...ids.slice(0, 19)]);
    expect(large).toMatchObject({ rows: [{ reason: exposedAgain.text }, ...ids.slice(0, 19).map(() => ({}))] });
    expect(large?.total).toEqual({ rows: 5_000 });
    expect(answers[0]?.items).toBeLessThan(100);
    const whole = await wholeRollout(client, id);
    expect(whole?.rows.map(({ workload }) => workload)).toEqual(ids);
    expect(whole?.rows.every(({ proof: one }) => one !== undefined)).toBe(true);
    expect(answers.length).toBeGreaterThan(3);
    for (const { bytes, status } of answers) expect([status, bytes < 4_000_000]).toEqual([200, true]);
    expect(await wholeRollout(client, 'rollout-none')).toBeUndefined();
  }, 30_000);
});

describe('a repair that a person took back', () => {
  it('is said of its workload and counted, until another rollout has changed that', async () => {
    const table = memoryTable();
    for (const n of [0, 1])
      await keepWorkload(table, {
        ...workload(`service-${n}`, 'registry.test/shop:1', digest, timeOf(0)),
        id: idOf(n),
      });
    const id = await rolledOut(table, 1, [idOf(0), idOf(1)], [idOf(1)]);
    for (const n of [0, 1]) await takeWorkload(table, idOf(n), id);
    const { ask } = asking(table);
    const said = async () => {
      const { workloads } = (await ask('GET', '/workloads')).body as { workloads: { exposedAgain?: object }[] };
      const { rollouts } = (await ask('GET', '/overview')).body as { rollouts: object };
      return [workloads.map(({ exposedAgain: again }) => again), rollouts];
    };
    expect(await said()).toEqual([[undefined, { since: exposedAgain.since, rollout: id }], { active: 0, undone: 1 }]);
    await takeWorkload(table, idOf(1), await rolledOut(table, 2, [idOf(1)]));
    expect(await said()).toEqual([[undefined, undefined], { active: 0, undone: 0 }]);
  });
});
