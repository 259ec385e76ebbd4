import { describe, expect, it } from 'vitest';
import {
  changePlan,
  listPlans,
  movePlan,
  offerPlans,
  type Plan,
  readPlan,
  readRows,
  startRollout,
} from '#shared/remedy';
import { memoryTable } from '#shared/store';
import { writeNewPlan } from '../../../shared/remedy/plan-store.ts';
import { digest, world } from './given.ts';
import { bash, openssl, planning } from './planning.ts';

const offered = async (made: Awaited<ReturnType<typeof planning>>) => {
  const all = [];
  for await (const record of listPlans(made.made.table)) all.push(record);
  return all;
};

describe('plans that are offered', () => {
  it('are one for problems that one image closes, and none again for the same', async () => {
    const given = await planning({ services: 2 });
    await given.pushClean();
    const [record, ...others] = await offerPlans(given.ports, [openssl, bash]);
    expect(others).toEqual([]);
    expect(record?.problems).toEqual([openssl, bash]);
    expect(record?.plan.changes.map((change) => [change.workload, change.verdict])).toEqual(
      given.ids.map((id) => [id, 'needs-approval']),
    );
    await changePlan(given.made.table, record!.plan.id, { announced: true });
    expect(await offerPlans(given.ports, [openssl, bash])).toEqual([]);
    expect((await offered(given)).map(({ plan }) => plan.id)).toEqual([record?.plan.id]);
  });

  it('are given again to whoever was cut before telling of them', async () => {
    const given = await planning();
    await given.pushClean();
    const [first] = await offerPlans(given.ports, [openssl]);
    const [again] = await offerPlans(given.ports, [openssl]);
    expect(again?.plan.id).toBe(first?.plan.id);
    expect(again?.offeredAt).toBe(first?.offeredAt);
  });

  it('makes plans though policy calls a base by no name of a repository', async () => {
    const given = await planning();
    await given.pushClean();
    const policy = { ...(await given.ports.policy()), bases: ['registry.test/Ours/base', 'registry.test/base'] };
    expect(await offerPlans({ ...given.ports, policy: async () => policy }, [openssl])).toHaveLength(1);
  });

  it('makes plans though a service runs the image by no name of a repository, and says so of that one', async () => {
    const given = await planning();
    await given.run('a-first', given.old, {
      containers: [{ name: 'app', image: 'registry.test/Ours/checkout:1', digest: given.old }],
    });
    await given.pushClean();
    const [record, ...others] = await offerPlans(given.ports, [openssl]);
    expect(others).toEqual([]);
    expect(record?.plan.changes.map(({ workload }) => workload)).toEqual(given.ids);
    expect(record?.plan.unhelped).toEqual([
      {
        workload: '1/local/demo/a-first',
        container: 'app',
        why: '"registry.test/Ours/checkout" is no name of a repository, so no other image of it can be looked for',
      },
    ]);
  });

  it('are superseded by others and moot when nothing is left to do', async () => {
    const given = await planning({ services: 2 });
    await given.pushClean();
    const [first] = await offerPlans(given.ports, [openssl]);
    const clean = await given.pushClean();
    await given.run('checkout-0', clean);
    const [second] = await offerPlans(given.ports, [openssl]);
    expect((await readPlan(given.made.table, first!.plan.id))?.state).toBe('superseded');
    expect(second?.plan.changes.map((change) => change.workload)).toEqual([given.ids[1]]);
    await given.run('checkout-1', clean);
    expect(await offerPlans(given.ports, [openssl])).toEqual([]);
    expect((await readPlan(given.made.table, second!.plan.id))?.state).toBe('moot');
    expect(await offered(given)).toEqual([]);
  });

  it('leave out what a rollout is changing, and take it up again when that has ended', async () => {
    const given = await planning({ services: 4, mode: 'auto' });
    await given.pushClean();
    const [first] = await offerPlans(given.ports, [openssl]);
    const started = await startRollout(given.made.table, first!.plan, { now: given.made.ports.now() });
    expect(started.rows).toHaveLength(4);
    await changePlan(given.made.table, first!.plan.id, {
      state: 'started',
      rollout: started.head.rollout,
      announced: true,
    });
    // each service that goes a step is an event, and each event plans anew
    expect(await offerPlans(given.ports, [openssl])).toEqual([]);
    await expect(
      startRollout(given.made.table, { ...first!.plan, id: 'plan-other' }, { now: given.made.ports.now() }),
    ).rejects.toMatchObject({ code: 'under-way' });
    for (const row of await readRows(given.made.table, started.head.rollout))
      await given.made.table.put({
        pk: `O#${row.rollout}`,
        sk: `W#${row.workload}`,
        row: { ...row, state: 'failed', rev: 2 },
        rev: 2,
      });
    const head = await given.made.table.get({ pk: `O#${started.head.rollout}`, sk: 'A' });
    await given.made.table.put({
      ...head!,
      head: { ...(head!.head as object), state: 'failed', endedAt: given.made.ports.now().toISOString() },
    });
    const [again] = await offerPlans(given.ports, [openssl]);
    expect(again?.plan.id).toBe(first?.plan.id);
    expect(again?.state).toBe('offered');
    const second = await startRollout(given.made.table, again!.plan, { now: given.made.ports.now() });
    expect(second.head.rollout).not.toBe(started.head.rollout);
  });
});

describe('a plan for thousands of workloads', () => {
  it('outgrows a row and is kept whole', async () => {
    const { plan } = await world();
    const [change] = plan.changes;
    const many: Plan = {
      ...plan,
      changes: Array.from({ length: 6_000 }, (_, n) => ({
        ...change!,
        workload: `123456789012/eu-central-1/cluster-${n % 7}/${(n * 7919) % 99_991}-service`,
        why: `${digest(n.toString(16))} of ${Math.sin(n)}`,
      })),
    };
    const table = memoryTable();
    const record = {
      plan: many,
      state: 'offered',
      problems: Array.from({ length: 3_000 }, (_, n) => ({
        finding: `DSA-${n}-1`,
        shard: 'Debian:7',
        name: `lib${n}`,
      })),
      offeredAt: many.madeAt,
      announced: false,
      rev: 1,
    } as const;
    expect(await writeNewPlan(table, record)).toBe(true);
    expect(await writeNewPlan(table, record)).toBe(false);
    expect(await readPlan(table, plan.id)).toEqual(record);
    await movePlan(table, plan.id, 'started');
    expect(await readPlan(table, plan.id)).toEqual({ ...record, state: 'started', rev: 2 });
  });
});
