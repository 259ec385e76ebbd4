import { describe, expect, it } from 'vitest';
import { type ApiRequest, makeApi } from '#functions/api';
import { policyState } from '#shared/policy';
import { listRollouts, movePlan, offerPlans, readPlan, readRollout, startRollout } from '#shared/remedy';
import { indexes, keys } from '#shared/store';
import { remedyDesk } from '../../../functions/api/remedy-desk.ts';
import { problem } from '../../shared/alerts/given.ts';
import { allOf } from '../../shared/all-of.ts';
import { openssl, planning } from '../../shared/remedy/planning.ts';
import { listening } from '../envelopes.ts';

const setUp = async () => {
  const given = await planning({ mode: 'ask', services: 2 });
  await given.pushClean();
  const [record] = await offerPlans(given.ports, [openssl]);
  const heard = listening();
  let policies = 0;
  const { table, ports } = given.made;
  const api = makeApi({
    ...ports,
    bases: async () => [],
    policyChanged: async () => {
      policies += 1;
    },
    remedy: remedyDesk({ table, emit: heard.emit, now: ports.now }),
  });
  const ask = (method: string, path: string, more: Partial<ApiRequest> = {}) =>
    api({ method, path, query: {}, ...more });
  const ann = { principal: 'ann' };
  return { given, table, heard, ask, ann, plan: record!.plan, policies: () => policies };
};

const paths = [
  '/overview',
  '/images',
  '/problems',
  '/workloads',
  '/timeline',
  '/alerts',
  '/plans',
  '/rollouts',
  '/advisories',
  '/policy',
  '/vex',
];

describe('the api', () => {
  it('answers every list, also to HEAD, and acts on none', async () => {
    const { ask, heard, table, policies } = await setUp();
    for (const path of paths)
      for (const method of ['GET', 'HEAD']) expect((await ask(method, path)).status, `${method} ${path}`).toBe(200);
    expect([heard.types(), policies(), await allOf(listRollouts(table))]).toEqual([[], 0, []]);
  });

  it('shows what there is', async () => {
    const { ask, given, plan } = await setUp();
    expect((await ask('GET', '/overview')).body).toMatchObject({
      problems: { open: 2 },
      fleet: { workloads: 2, runningImages: 1 },
    });
    expect((await ask('GET', `/images/${given.old}`)).body).toMatchObject({
      digest: given.old,
      names: [{ registry: 'registry.test', repository: 'checkout', tags: ['1'] }],
      base: { why: expect.stringContaining('nothing says what it is built on') },
    });
    expect((await ask('GET', '/plans')).body).toMatchObject({
      plans: [{ id: plan.id, state: 'offered', approvable: true }],
    });
  });

  it('counts every problem, also those that are more than one list holds', async () => {
    const { ask, table } = await setUp();
    const { body: before } = await ask('GET', '/overview');
    const rows = Array.from({ length: 2_400 }, (_, n) => ({
      ...keys.problem(`DSA-${n}-1`, 'Debian:7', 'openssl'),
      problem: problem({
        key: { finding: `DSA-${n}-1`, shard: 'Debian:7', name: 'openssl' },
        ...(n % 3 === 2 ? { state: 'accepted' } : {}),
        severity: { level: n % 3 === 0 ? 'critical' : 'low', source: 'CVSS 3.1' },
      }),
      ix: indexes.problems,
      ixs: `${n % 3 === 2 ? 1 : 0}#1#${n}`,
    }));
    await table.batchWrite(rows);
    const { problems } = before as { problems: Record<string, number> };
    expect((await ask('GET', '/overview')).body).toMatchObject({
      problems: {
        ...problems,
        open: problems.open! + 1_600,
        critical: problems.critical! + 800,
        fixable: problems.fixable! + 1_600,
        accepted: problems.accepted! + 800,
      },
    });
  });

  it('rates the findings of an image by what runs it, the greatest risk first', async () => {
    const { ask, given } = await setUp();
    const { body } = await ask('GET', `/images/${given.old}`);
    const { findings } = body as {
      findings: { risk: { score: number; factors: { name: string; text: string }[] } }[];
    };
    const scores = findings.map(({ risk }) => risk.score);
    expect(scores.length).toBeGreaterThan(0);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(findings[0]?.risk.factors).toContainEqual({ name: 'running', points: 6, text: 'runs in 2 services' });
  });

  it('says what is known of an id beside findings: the CVE List, and what was withdrawn', async () => {
    const { ask, given } = await setUp();
    expect((await ask('GET', '/advisories/CVE-2014-0160')).body).toEqual({ id: 'CVE-2014-0160', withdrawn: [] });
    const trace = {
      id: 'GHSA-1',
      aliases: [],
      source: 'osv',
      at: '2026-01-01T00:00:00Z',
      how: 'gone',
      shards: ['npm'],
    } as const;
    given.made.book.withdrawn = async (id) => (id === 'GHSA-1' ? [trace] : []);
    expect((await ask('GET', '/advisories/GHSA-1')).body).toEqual({ id: 'GHSA-1', withdrawn: [trace] });
    const entry = {
      cve: 'CVE-2014-0160',
      state: 'PUBLISHED',
      disputed: true,
      cna: 'redhat',
      ratings: [],
      updated: '2024-06-01T00:00:00Z',
    } as const;
    given.made.book.turn([], [entry]);
    expect((await ask('GET', '/advisories/cve-2014-0160')).body).toEqual({
      id: 'cve-2014-0160',
      cve: entry,
      withdrawn: [],
    });
  });

  it('never acts by GET, and says which method is not possible', async () => {
    const { ask, ann, plan, heard, table } = await setUp();
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'get'])
      expect((await ask(method, `/plans/${plan.id}/approve`, ann)).status, method).toBe(405);
    expect((await ask('POST', '/policy', { ...ann, body: 'mode: auto' })).status).toBe(405);
    expect([heard.types(), await allOf(listRollouts(table)), (await policyState(table)).rev]).toEqual([[], [], 0]);
  });

  it('acts for nobody without a principal', async () => {
    const { ask, plan, heard, table } = await setUp();
    for (const [method, path] of [
      ['POST', `/plans/${plan.id}/approve`],
      ['POST', '/rollouts/rollout-1/stop'],
      ['PUT', '/policy'],
    ] as const) {
      const answer = await ask(method, path, { body: 'alert: {}' });
      expect(answer).toMatchObject({ status: 401, body: { error: expect.stringContaining('token') } });
    }
    expect([heard.types(), (await policyState(table)).rev]).toEqual([[], 0]);
  });

  it('says 404 for what is not there', async () => {
    const { ask, ann } = await setUp();
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['GET', '/'],
      ['GET', '/plans/'],
      ['GET', '/rollouts/rollout-1'],
      ['GET', `/images/sha256:${'0'.repeat(64)}`],
      ['POST', '/plans/plan-1/approve'],
      ['POST', '/rollouts/rollout-1/stop'],
    ] as const)
      expect((await ask(method, path, ann)).status, path).toBe(404);
    const long = await ask('GET', `/${'x'.repeat(100_000)}`);
    expect(JSON.stringify(long.body).length).toBeLessThan(400);
  });

  it('says 400 for what cannot be understood, and does nothing then', async () => {
    const { ask, ann, plan, heard, table } = await setUp();
    const approve = `/plans/${plan.id}/approve`;
    for (const [method, path, more] of [
      ['GET', '/rollouts/%E0%A4%A', {}],
      ['POST', '/plans/%/approve', {}],
      ['POST', approve, { query: { dryRun: '1' } }],
      ['POST', approve, { query: { dryRun: '' } }],
      ['POST', approve, { query: { 'dry-run': 'true' } }],
      ['POST', '/rollouts/rollout-1/stop', { query: { dryRun: 'yes' } }],
      ['PUT', '/policy', {}],
      ['PUT', '/policy', { body: {} }],
      ['PUT', '/policy', { body: { text: 7 } }],
      ['PUT', '/policy', { body: ['mode: auto'] }],
      ['PUT', '/policy', { body: null }],
      ['GET', '/timeline', { query: { day: '../../etc' } }],
      ['GET', '/timeline', { query: { day: 'x'.repeat(10_000) } }],
    ] as const)
      expect(
        (await ask(method, path, { ...ann, ...more })).status,
        `${path} ${JSON.stringify(more).slice(0, 80)}`,
      ).toBe(400);
    expect([heard.types(), (await policyState(table)).rev]).toEqual([[], 0]);
  });

  it('says what an approval would start, and then says on the bus that it was given', async () => {
    const { ask, ann, plan, heard, given } = await setUp();
    const dry = await ask('POST', `/plans/${plan.id}/approve`, { ...ann, query: { dryRun: 'true' } });
    expect(dry).toMatchObject({
      status: 200,
      body: { dryRun: true, would: given.ids.map((workload) => ({ workload })) },
    });
    expect(heard.types()).toEqual([]);
    expect((await ask('POST', `/plans/${plan.id}/approve`, ann)).body).toMatchObject({ approved: plan.id, by: 'ann' });
    expect(heard.emitted).toEqual([
      { type: 'PlanApproved', detail: { plan: plan.id, by: 'ann', at: expect.stringMatching(/^2026-.*Z$/) } },
    ]);
  });

  it.each(['superseded', 'moot'] as const)('refuses a yes to a plan that is %s', async (state) => {
    const { ask, ann, plan, heard, table } = await setUp();
    await movePlan(table, plan.id, state);
    expect(await ask('POST', `/plans/${plan.id}/approve`, ann)).toMatchObject({
      status: 409,
      body: { code: 'stale-plan' },
    });
    expect(heard.types()).toEqual([]);
    expect((await readPlan(table, plan.id))?.state).toBe(state);
  });

  it('says what a stop would leave alone, and stops only when it is meant', async () => {
    const { ask, ann, plan, table, given } = await setUp();
    const { head } = await startRollout(table, plan, { now: given.made.ports.now(), approval: { by: 'ann' } });
    const stop = `/rollouts/${head.rollout}/stop`;
    expect((await ask('POST', stop, { ...ann, query: { dryRun: 'true' } })).body).toMatchObject({
      dryRun: true,
      would: given.ids.map((workload) => ({ workload })),
    });
    expect((await readRollout(table, head.rollout))?.stop).toBeUndefined();
    await ask('POST', stop, ann);
    expect((await readRollout(table, head.rollout))?.stop).toMatchObject({ by: 'ann' });
  });

  it('takes a policy, shows the errors of one that is none, and saves nothing on a dry run', async () => {
    const { ask, ann, table, policies } = await setUp();
    const text = 'alert:\n  severity: critical\n';
    const put = (body: unknown, query: Record<string, string> = {}) => ask('PUT', '/policy', { ...ann, body, query });
    expect((await put(text, { dryRun: 'true' })).body).toMatchObject({ dryRun: true, saved: false });
    expect((await put('alert: 7')).body).toMatchObject({ saved: false, errors: [{ line: 1 }] });
    expect([(await policyState(table)).rev, policies()]).toEqual([0, 0]);
    expect((await put({ text })).body).toMatchObject({ saved: true });
    expect([(await policyState(table)).text, policies()]).toEqual([text, 1]);
  });
});
