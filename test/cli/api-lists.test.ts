import { describe, expect, it } from 'vitest';
import { makeApi } from '../../cli/api.ts';
import { allProblems, allWorkloads, isCutPlan, wholePlan, wholeProblem, wholeRollout } from '../../cli/api-lists.ts';
import type { ProblemView } from '../../cli/api-shapes.ts';

const key = { finding: 'GHSA-1 & co', shard: 'npm', name: '@scope/name' };
const problem = (finding: string, more: object = {}) => ({
  key: { ...key, finding },
  state: 'open',
  vulnerability: 'CVE-2026-1',
  aliases: [],
  records: [],
  package: '@scope/name',
  packages: [],
  severity: { level: 'high', source: 'x' },
  malicious: false,
  why: '',
  workloads: ['1/eu/prod/a'],
  acceptedBy: [],
  total: { workloads: 1, acceptedBy: 0 },
  firstSeen: '',
  history: [],
  ...more,
});
const exposure = (workload: string, more: object = {}) => ({ workload, packages: [], why: '', since: '', ...more });

/** A stack that answers what is written down, and nothing else; `asked` is what it was asked for. */
function stack(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const api = makeApi('the stack', async ({ path }) => {
    asked.push(path);
    return path in answers ? { status: 200, body: answers[path] } : { status: 404, body: {} };
  });
  return { api, asked };
}

describe('lists of the api', () => {
  it('are read until there is no next; of what comes twice the later counts', async () => {
    const { api } = stack({
      '/problems': { problems: [problem('a'), problem('b')], next: 'x=&1' },
      '/problems?after=x%3D%261': { problems: [problem('c')], next: 'y' },
      '/problems?after=y': { problems: [problem('b', { state: 'accepted' })] },
    });
    expect((await allProblems(api)).map((each) => [each.key.finding, each.state])).toEqual([
      ['a', 'open'],
      ['b', 'accepted'],
      ['c', 'open'],
    ]);
  });

  it('that do not end are given up', async () => {
    const { api, asked } = stack({
      '/workloads': { workloads: [], next: 'x' },
      '/workloads?after=x': { workloads: [], next: 'x' },
    });
    await expect(allWorkloads(api)).rejects.toThrow('the stack answers GET /workloads with pages that do not end');
    expect(asked).toHaveLength(2);
  });

  it('name the first workloads of a problem; all of them are asked for when there are more', async () => {
    const query = 'finding=GHSA-1+%26+co&shard=npm&name=%40scope%2Fname';
    const { api, asked } = stack({
      [`/exposures?${query}`]: { exposures: [exposure('1/eu/prod/a'), exposure('1/eu/prod/b')], next: 'n' },
      [`/exposures?${query}&after=n`]: {
        exposures: [exposure('1/eu/prod/c', { accepted: { reason: 'known', until: '2027-01-01' } })],
      },
    });
    const named = { ...problem(key.finding), exposures: [] } as unknown as ProblemView;
    expect(await wholeProblem(api, named)).toBe(named);
    expect(asked).toEqual([]);
    const whole = await wholeProblem(api, { ...named, total: { workloads: 2, acceptedBy: 1 } });
    expect(whole).toMatchObject({
      workloads: ['1/eu/prod/a', '1/eu/prod/b'],
      acceptedBy: ['1/eu/prod/c'],
      exposures: [{ workload: '1/eu/prod/a' }, { workload: '1/eu/prod/b' }, { workload: '1/eu/prod/c' }],
    });
  });

  it('join the pages of one plan and of one rollout, and know none that is not there', async () => {
    const change = (workload: string) => ({
      workload,
      container: 'app',
      from: 'a',
      to: 'b',
      how: '',
      wave: 1,
      verdict: '',
    });
    const total = { workloads: 2, changes: 2, closes: 1, remaining: 0, rejected: 0, unhelped: 0 };
    const plan = { id: 'plan-1', state: 'offered', title: '', verdict: '', approvable: true, madeAt: '', total };
    const none = { reasons: [], changes: [], closes: [], remaining: [], rejected: [] };
    const row = (workload: string) => ({ workload, wave: 1, state: 'verified', history: [] });
    const head = { id: 'r', title: '', state: '', ended: true, startedBy: '', startedAt: '', total: { rows: 2 } };
    const { api } = stack({
      '/plans/plan-1': { ...plan, ...none, changes: [change('a')], next: 'x' },
      '/plans/plan-1?after=x': { ...plan, ...none, changes: [change('b')], closes: ['CVE-1'], reasons: ['why'] },
      '/rollouts/r': { ...head, rows: [row('a')], next: 'x' },
      '/rollouts/r?after=x': { ...head, rows: [row('b')] },
      '/rollouts/gone': { ...head, rows: [row('a')], next: 'x' },
    });
    const whole = await wholePlan(api, 'plan-1');
    expect(whole).toMatchObject({
      changes: [{ workload: 'a' }, { workload: 'b' }],
      closes: ['CVE-1'],
      reasons: ['why'],
    });
    expect([isCutPlan(whole!), isCutPlan({ ...whole!, changes: [] })]).toEqual([false, true]);
    expect((await wholeRollout(api, 'r'))?.rows.map(({ workload }) => workload)).toEqual(['a', 'b']);
    expect([await wholePlan(api, 'none'), await wholeRollout(api, 'none')]).toEqual([undefined, undefined]);
    // one that is forgotten between two pages is not taken for the whole
    await expect(wholeRollout(api, 'gone')).rejects.toThrow('the stack has no /rollouts/gone?after=x');
  });
});
