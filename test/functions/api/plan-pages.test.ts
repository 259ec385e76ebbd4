import { describe, expect, it } from 'vitest';
import { changePlan, movePlan, type Plan, type PlannedChange, readPlan } from '#shared/remedy';
import { keys, memoryTable, type Table } from '#shared/store';
import { allPlans, isCutPlan, wholePlan } from '../../../cli/api-lists.ts';
import { writeNewPlan } from '../../../shared/remedy/plan-store.ts';
import { asking, strangeCursors } from './asking.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const;
const idOf = (n: number) => `123456789012/eu-west-1/prod/service-${String(n).padStart(5, '0')}`;
const timeOf = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const problem = {
  key: { finding: 'DSA-1', shard: 'Debian:12', name: 'openssl' },
  vulnerability: 'CVE-2026-1',
  aliases: [],
  package: 'openssl',
  severity: 'critical',
} as const;

const change = (workload: string, verdict: PlannedChange['verdict']): PlannedChange => ({
  workload,
  containers: [
    {
      container: 'app',
      repository: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop',
      image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1',
      reference: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:2@${digest('b')}`,
      from: digest('a'),
      to: digest('b'),
      accepted: [digest('b')],
      leaving: [digest('a')],
      tag: '2',
      sameTag: false,
    },
  ],
  how: 'register',
  mode: 'ask',
  verdict,
  asks: ['a person says yes'],
  asksForDigest: false,
  wave: 1,
  weight: 1,
  why: 'shop:2 is the newest clean image of the same application',
  rollback: `${workload} goes back to the definition that it stands on`,
  notes: [],
});

const services = (plan: { readonly changes: readonly { readonly workload: string }[] } | undefined) => [
  ...new Set(plan?.changes.map(({ workload }) => workload)),
];

/** Keeps a plan that is offered, for some workloads. */
async function offered(table: Table, minute: number, ids: readonly string[], more: Partial<Plan> = {}) {
  const plan: Plan = {
    id: `plan-${String(minute).padStart(6, '0')}`,
    remedy: 'newer',
    problem,
    verdict: 'needs-approval',
    summary: 'CVE-2026-1 in openssl: shop:2 is clean',
    changes: ids.map((id) => change(id, minute % 2 === 0 ? 'needs-approval' : 'observe-only')),
    waves: 1,
    wavePolicy: { canary: 1, percent: 50, max: 100 },
    rejected: [],
    unhelped: [],
    closes: [],
    remaining: [],
    vulnerabilities: 'v',
    madeAt: timeOf(minute),
    ...more,
  };
  const at = timeOf(minute);
  await writeNewPlan(table, {
    plan,
    state: 'offered',
    problems: [problem.key],
    offeredAt: at,
    announced: true,
    rev: 1,
  });
  return plan.id;
}

describe('the list of plans', () => {
  it('gives each that stays on offer once, the newest first, while others are offered and withdrawn', async () => {
    const table = memoryTable();
    const made: string[] = [];
    for (const minute of numbers(0, 350)) made.push(await offered(table, minute, [idOf(minute)]));
    const gone = [made[349]!, made[200]!, made[10]!];
    let turn = 0;
    const { client, answers } = asking(table, {
      between: async () => {
        turn += 1;
        for (const minute of numbers(1_000 * turn, 1_000 * turn + 30)) await offered(table, minute, [idOf(1)]);
        const state = turn === 1 ? 'started' : turn === 2 ? 'superseded' : 'moot';
        await movePlan(table, gone[turn - 1] ?? '', state);
      },
    });
    const all = (await allPlans(client)).map(({ id }) => id);
    expect(answers).toHaveLength(4);
    expect(all).toEqual(all.toSorted().reverse());
    expect(all.filter((id) => !gone.includes(id))).toEqual(made.filter((id) => !gone.includes(id)).reverse());
    expect(new Set(all).size).toBe(all.length);
    const { body } = await asking(table).ask('GET', '/overview');
    expect(body).toMatchObject({ plans: { offered: 350 + 90 - 3, waiting: 175 + 45 - 2 } });
  });

  it('reads no more for a page than it holds, and nothing of what a plan is kept in besides', async () => {
    const read: number[] = [];
    for (const length of [150, 900]) {
      const table = memoryTable();
      for (const minute of numbers(0, length)) await offered(table, minute, numbers(0, 30).map(idOf));
      const { ask, answers } = asking(table);
      await ask('GET', '/plans');
      read.push(answers[0]!.items);
    }
    expect(read).toEqual([101, 101]);
  });

  it('shows plans that were kept without what lists show', async () => {
    const table = memoryTable();
    const id = await offered(table, 2, [idOf(1)]);
    const { short: _, ...older } = (await table.get(keys.plan(id)))!;
    await table.put({ ...older, pk: keys.plan(id).pk, sk: keys.plan(id).sk });
    expect(await allPlans(asking(table).client)).toMatchObject([{ id, changes: [{ workload: idOf(1) }] }]);
  });

  it('refuses a cursor that no answer gave, and what it does not know', async () => {
    const table = memoryTable();
    const id = await offered(table, 1, [idOf(1)]);
    const { ask } = asking(table);
    const packed = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    for (const path of ['/plans', `/plans/${id}`])
      for (const cursor of [...strangeCursors, packed(['plan', '-1']), packed(['plan', '1e3']), packed(['plan', ''])])
        expect((await ask('GET', `${path}?after=${cursor}`)).status, `${path} ${cursor.slice(0, 80)}`).toBe(400);
    for (const path of ['/plans?page=2', `/plans/${id}?cursor=x`])
      expect((await ask('GET', path)).status, path).toBe(400);
    expect((await ask('GET', '/plans/plan-none')).status).toBe(404);
  });
});

describe('a plan for 5,000 workloads', () => {
  const ids = numbers(0, 5_000).map(idOf);
  const outcome = (n: number) => ({
    vulnerability: `CVE-2026-${n}`,
    package: 'openssl',
    severity: 'high' as const,
    workloads: 5_000,
  });
  const large = (table: Table) =>
    offered(table, 2, ids, {
      changes: ids.map((id) => {
        const { containers, ...rest } = change(id, 'needs-approval');
        return { ...rest, containers: [...containers, ...containers.map((one) => ({ ...one, container: 'proxy' }))] };
      }),
      closes: numbers(0, 3_000).map(outcome),
      remaining: numbers(3_000, 3_700).map(outcome),
      unhelped: numbers(5_000, 6_000).map((n) => ({ workload: idOf(n), container: 'app', why: 'no clean image' })),
      rejected: numbers(0, 300).map((n) => ({
        digest: digest('c'),
        repository: 'shop',
        tags: [String(n)],
        code: 'still-vulnerable' as const,
        text: 'CVE-2026-1 is in it, too',
        workloads: ids,
      })),
    });

  it('is in the list with the first of all that it names and their numbers, and can be read whole', async () => {
    const table = memoryTable();
    const id = await large(table);
    await offered(table, 4, ids.slice(0, 20));
    const { client, answers } = asking(table);
    const [small, first] = await allPlans(client);
    expect([isCutPlan(small!), isCutPlan(first!)]).toEqual([false, true]);
    expect(services(first)).toEqual(ids.slice(0, 20));
    expect(first).toMatchObject({
      approvable: true,
      total: { workloads: 5_000, changes: 10_000, closes: 3_000, remaining: 700, rejected: 300, unhelped: 1_000 },
    });
    for (const list of [first!.closes, first!.remaining, first!.rejected, first!.unhelped])
      expect(list).toHaveLength(20);
    expect(answers[0]!.bytes).toBeLessThan(100_000);
    const whole = await wholePlan(client, id);
    expect(whole?.changes).toHaveLength(10_000);
    expect(services(whole)).toEqual(ids);
    expect(whole?.closes).toEqual(numbers(0, 3_000).map((n) => `CVE-2026-${n} openssl (high)`));
    expect([whole?.remaining, whole?.rejected, whole?.unhelped].map((list) => list?.length)).toEqual([700, 300, 1_000]);
    // why, the question and each way back
    expect(whole?.reasons).toHaveLength(5_002);
    expect(answers.length).toBeGreaterThan(2);
    for (const { bytes, status } of answers) expect([status, bytes < 4_000_000]).toEqual([200, true]);
  }, 30_000);

  it('is approved and stopped in answers that fit and say how many there are', async () => {
    const table = memoryTable();
    const id = await large(table);
    const { ask, answers } = asking(table);
    const dry = await ask('POST', `/plans/${id}/approve?dryRun=true`, 'ann');
    expect(dry).toMatchObject({
      status: 200,
      body: { plan: { total: { workloads: 5_000 } }, total: { would: 5_000, left: 0 }, left: [] },
    });
    const { would } = dry.body as { would: { workload: string }[] };
    expect(would.length).toBeGreaterThan(100);
    expect(would.map(({ workload }) => workload)).toEqual(ids.slice(0, would.length));
    expect(answers[0]!.bytes).toBeLessThan(2_000_000);
  }, 30_000);

  it('keeps one place while it is on offer, and is the newest when it is offered anew', async () => {
    const table = memoryTable();
    const [first, second] = [await offered(table, 2, [idOf(1)]), await offered(table, 4, [idOf(2)])];
    const { client } = asking(table);
    await changePlan(table, first, { announced: false });
    expect((await allPlans(client)).map(({ id }) => id)).toEqual([second, first]);
    await movePlan(table, first, 'superseded');
    expect((await allPlans(client)).map(({ id }) => id)).toEqual([second]);
    expect(await wholePlan(client, first)).toMatchObject({ state: 'superseded' });
    await changePlan(table, first, { state: 'offered', offeredAt: timeOf(9) });
    expect((await allPlans(client)).map(({ id }) => id)).toEqual([first, second]);
    expect((await readPlan(table, first))?.plan.changes).toHaveLength(1);
  });
});
