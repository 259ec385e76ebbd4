import { beforeAll, describe, expect, it } from 'vitest';
import { makeApi } from '#functions/api';
import { memoryBook } from '#shared/advisories';
import { problemId } from '#shared/findings';
import { memoryBlobs } from '#shared/store';
import { makeApi as clientOf } from '../../../cli/api.ts';
import { allProblems, allWorkloads, isCut, wholeProblem } from '../../../cli/api-lists.ts';
import { whereText } from '../../../cli/commands/problems.ts';
import { answerOf } from '../../../functions/api/function-url.ts';
import { bash, openssl, planning } from '../../shared/remedy/planning.ts';
import { flaw, largeFleet } from './large-fleet.ts';

const services = 5_000;
const flaws = 200;

interface Answer {
  readonly path: string;
  readonly bytes: number;
  readonly calls: number;
  readonly rows: number;
}

/** The api of a fleet, asked as clients ask it; every answer is what a function URL sends. `between` is called before every page but the first. */
function asked(fleet: Awaited<ReturnType<typeof largeFleet>>, between: () => Promise<void> = async () => undefined) {
  const api = makeApi({
    table: fleet.table,
    blobs: memoryBlobs(),
    book: memoryBook([]),
    now: fleet.now,
    bases: async () => [],
    policyChanged: async () => undefined,
    remedy: {
      plans: async () => ({ plans: [] }),
      plan: async () => undefined,
      rollouts: async () => ({ rollouts: [] }),
      rollout: async () => undefined,
      approve: async () => undefined,
      stop: async () => undefined,
    },
  });
  const answers: Answer[] = [];
  const ask = async (method: string, path: string) => {
    const url = new URL(path, 'http://api');
    if (url.searchParams.has('after')) await between();
    const before = { ...fleet.read };
    const answer = answerOf(await api({ method, path: url.pathname, query: Object.fromEntries(url.searchParams) }));
    answers.push({
      path: url.pathname,
      bytes: Buffer.byteLength(answer.body),
      calls: fleet.read.calls - before.calls,
      rows: fleet.read.rows - before.rows,
    });
    return { status: answer.statusCode, body: JSON.parse(answer.body) as unknown };
  };
  return { ask, answers, client: clientOf('the stack', ({ method, path }) => ask(method, path)) };
}

const idOf = (n: number) => problemId(flaw(n));
const names = (all: readonly { readonly key: { finding: string; shard: string; name: string } }[]) =>
  all.map(({ key }) => problemId(key));

describe('the lists of a fleet of 5,000 services that all have 200 flaws', () => {
  let fleet: Awaited<ReturnType<typeof largeFleet>>;
  beforeAll(async () => {
    fleet = await largeFleet(services, flaws);
    fleet.at('2026-01-01T12:00:00.000Z');
  });

  it('give every problem in answers that fit, the worst first, with counts and reach of all services', async () => {
    const { client, answers } = asked(fleet);
    const all = await allProblems(client);
    expect(names(all).toSorted()).toEqual(Array.from({ length: flaws }, (_, n) => idOf(n)).toSorted());
    const order = ['critical', 'high', 'medium', 'low'];
    const levels = all.map(({ severity }) => order.indexOf(severity.level));
    expect(levels).toEqual(levels.toSorted());
    for (const problem of all) {
      expect([problem.workloads.length, problem.exposures.length, isCut(problem)]).toEqual([20, 20, true]);
      expect(problem).toMatchObject({
        total: { workloads: services, acceptedBy: 0 },
        exposed: { reach: 'internet' },
        risk: { factors: expect.arrayContaining([expect.objectContaining({ text: `runs in ${services} services` })]) },
      });
    }
    expect(whereText(all[0]!)).toMatch(/^prod\/service-0000, .*prod\/service-0019 and 4980 more \(internet\)$/);
    expect(answers.length).toBeGreaterThan(1);
    for (const { bytes, calls, rows } of answers) {
      expect(bytes).toBeLessThan(4_000_000);
      // of each problem 20 exposures, the plan that is offered and what its alert says
      expect(rows).toBeLessThan(3_500);
      expect(calls).toBeLessThan(60);
    }
  });

  it('give every service, with how many problems are open there', async () => {
    const { client, answers } = asked(fleet);
    const all = await allWorkloads(client);
    expect(all.map(({ id }) => id)).toEqual(fleet.ids);
    for (const each of all) expect(each).toMatchObject({ problems: { open: flaws, exploited: 0 } });
    expect(answers.length).toBeGreaterThan(1);
    for (const { bytes, calls } of answers) {
      expect(bytes).toBeLessThan(4_000_000);
      expect(calls).toBeLessThan(200);
    }
  });

  it('give all that is exposed to one problem', async () => {
    const { client, answers } = asked(fleet);
    const [first] = await allProblems(client);
    answers.length = 0;
    const whole = await wholeProblem(client, first!);
    expect(whole.workloads).toEqual(fleet.ids);
    expect(whole.exposures.map(({ workload }) => workload)).toEqual(fleet.ids);
    expect(
      whole.exposures.filter(({ exposed }) => exposed?.reach === 'internet').map(({ workload }) => workload),
    ).toEqual([fleet.ids[4321]]);
    for (const { bytes, calls } of answers) {
      expect(bytes).toBeLessThan(4_000_000);
      expect(calls).toBeLessThan(100);
    }
  });

  it('refuse a cursor that nobody gave, and one of another list', async () => {
    const { ask } = asked(fleet);
    const packed = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { body } = await ask('GET', '/workloads');
    const { next } = body as { next: string };
    const time = '2026-01-01T00:00:00.000Z';
    const key = new URLSearchParams({ ...flaw(0) }).toString();
    for (const cursor of [
      '',
      'x',
      '{}',
      `${next}=`,
      next,
      packed(null),
      packed('problems'),
      packed(['problems', time, 'first', '']),
      packed(['problems', time, 'first', 'I#sha256:0']),
      packed(['problems', time, 'third', '0#1#0#x']),
      packed(['problems', 'yesterday', 'first', '0#1#0#x']),
      packed(['problems', time, 'first', `0#1#0#${'x'.repeat(1_100)}`]),
      packed(['problems', time, 'first', 7]),
      packed(['problems', time, 'first', '0#1#0#\ud800']),
      packed(['problems', ...Array.from({ length: 5_000 }, () => 'x')]),
      'A'.repeat(100_000),
    ]) {
      const after = `after=${encodeURIComponent(cursor)}`;
      const lists =
        cursor === next ? ['/problems?', `/exposures?${key}&`] : ['/problems?', '/workloads?', `/exposures?${key}&`];
      for (const list of lists)
        expect(await ask('GET', `${list}${after}`), `${list} ${cursor.slice(0, 80)}`).toEqual({
          status: 400,
          body: {
            error: 'after is not what an answer of this list gave as next; leave it out to begin at the first page',
          },
        });
    }
    const long = packed(['workloads', '#'.repeat(900)]);
    for (const wrong of [
      `/workloads?after=${long}`,
      '/problems?cursor=x',
      '/workloads?page=2',
      '/problems?workload=',
      `/problems?workload=${'x'.repeat(3_000)}`,
      '/exposures',
      '/exposures?finding=DSA-1&shard=Debian:12',
      `/exposures?finding=${'x'.repeat(3_000)}&shard=Debian:12&name=x`,
    ])
      expect((await ask('GET', wrong)).status, wrong.slice(0, 80)).toBe(400);
    expect((await ask('GET', '/exposures?finding=DSA-1&shard=Debian:12&name=none')).status).toBe(404);
  });

  it('lose no problem that becomes the worst between two pages', async () => {
    const moved = flaws - 1;
    let turns = 0;
    const { client } = asked(fleet, async () => {
      turns += 1;
      if (turns > 1) return;
      fleet.at('2026-01-02T12:00:10.000Z');
      await fleet.exploited(moved);
    });
    fleet.at('2026-01-02T12:00:00.000Z');
    const all = await allProblems(client);
    expect(new Set(names(all))).toEqual(new Set(Array.from({ length: flaws }, (_, n) => idOf(n))));
    expect(all.find(({ key }) => problemId(key) === idOf(moved))).toMatchObject({ kev: { dateAdded: '2026-01-02' } });
    // and the next listing has it in its place
    expect(names(await allProblems(client))[0]).toBe(idOf(moved));
  });
});

describe('the problems of one service', () => {
  it('are all that it is a member of, each with what is exposed there', async () => {
    const { made, ids } = await planning({ services: 3 });
    const { client, answers } = asked({
      ...({} as Awaited<ReturnType<typeof largeFleet>>),
      table: made.table,
      now: made.ports.now,
      read: { calls: 0, rows: 0 },
    });
    const here = await allProblems(client, ids[1]);
    expect(names(here).toSorted()).toEqual([openssl, bash].map(problemId).toSorted());
    for (const problem of here)
      expect(problem).toMatchObject({
        workloads: [ids[1]],
        total: { workloads: 3 },
        exposures: [{ workload: ids[1], since: expect.any(String) }],
      });
    expect(answers).toHaveLength(1);
    expect(await allProblems(client, '1/local/demo/nobody')).toEqual([]);
  });
});
