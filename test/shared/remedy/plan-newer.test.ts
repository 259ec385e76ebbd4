import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Workload } from '#shared/fleet';
import {
  type Approval,
  type HoldDown,
  type Plan,
  type PlanInput,
  planNewer,
  type ScannedImage,
  vulnerabilitySet,
  type Withdrawal,
} from '#shared/remedy';
import { digest, fixed, old, problem, running } from './given.ts';
import cases from './plan-newer-cases.json' with { type: 'json' };

interface Case {
  readonly name: string;
  readonly problem?: object;
  readonly current?: object;
  readonly candidates?: readonly object[];
  readonly image?: string;
  readonly mode?: 'observe' | 'ask' | 'auto' | null;
  readonly notChangeable?: string;
  readonly named?: Record<string, string>;
  readonly approvals?: readonly object[];
  readonly withdrawals?: readonly object[];
  readonly holdDowns?: readonly object[];
  readonly expected: object;
}

const id = '111122223333/eu-central-1/main/web';

const workload: Workload = {
  id,
  kind: 'ecs-service',
  account: '111122223333',
  region: 'eu-central-1',
  cluster: 'main',
  name: 'web',
  definition: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:3',
  containers: [{ name: 'app', image: 'registry.example/app:1', digest: old }],
  runningDigests: [old],
  desired: 2,
  running: 2,
  deployment: {
    id: 'ecs-svc/1',
    state: 'completed',
    definition: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:3',
    count: 1,
  },
  tags: {},
  readAt: '2026-03-01T00:00:00.000Z',
};

/** `d:x` in the case file is the digest made of x. */
const expand = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replace(/d:([0-9a-f])(?=["\\])/g, (_, letter: string) => digest(letter)));

/** null in the case file takes a member away. */
const over = <T extends object>(base: T, change: object | undefined): T =>
  Object.fromEntries(Object.entries({ ...base, ...change }).filter(([, value]) => value !== null)) as T;

function inputOf(one: Case): PlanInput {
  const current = over<ScannedImage>(running, one.current);
  return {
    problem: over(problem, one.problem),
    affected: [
      {
        workload: {
          ...workload,
          containers: [{ name: 'app', image: one.image ?? 'registry.example/app:1', digest: old }],
          ...(one.notChangeable === undefined ? {} : { notChangeable: one.notChangeable }),
        },
        container: 'app',
        current,
      },
    ],
    candidates: (one.candidates ?? [{}]).map((candidate) => over<ScannedImage>(fixed, candidate)),
    policy: {
      modes: one.mode === null ? {} : { [id]: one.mode ?? 'auto' },
      named: one.named ?? {},
      waves: { canary: 1, percent: 25, max: 50 },
    },
    holdDowns: (one.holdDowns ?? []).map((hold) =>
      over<HoldDown>(
        {
          workload: id,
          digest: digest('b'),
          kind: 'person',
          reason: 'REVERTED_BY: somebody',
          rollout: 'rollout-1',
          since: '2026-02-01T00:00:00.000Z',
          until: '',
        },
        hold,
      ),
    ),
    withdrawals: (one.withdrawals ?? []).map((withdrawal) =>
      over<Withdrawal>(
        {
          workload: id,
          vulnerabilities: vulnerabilitySet(problem),
          remedy: 'newer',
          by: 'ann',
          at: '2026-02-10T00:00:00.000Z',
          reason: 'ann stopped rollout rollout-1',
          rollout: 'rollout-1',
          digests: [],
        },
        withdrawal,
      ),
    ),
    approvals: (one.approvals ?? []).map((approval) =>
      over<Approval>(
        {
          workload: id,
          vulnerabilities: vulnerabilitySet(problem),
          remedy: 'newer',
          by: '',
          at: '2026-02-01T00:00:00.000Z',
          digests: [],
        },
        approval,
      ),
    ),
    now: '2026-03-01T00:00:00.000Z',
  };
}

describe('planNewer', () => {
  for (const one of expand(cases.cases as readonly Case[]))
    it(one.name, () => {
      const plan = planNewer(inputOf(one));
      expect(plan).toMatchObject(one.expected);
      expect(plan.summary.length).toBeGreaterThan(10);
      for (const change of plan.changes)
        expect([change.why, change.rollback].every((text) => text.length > 10)).toBe(true);
      for (const rejection of plan.rejected)
        expect(rejection).toMatchObject({ workloads: [id], text: expect.stringMatching(/.{10}/) });
    });

  it('gives the same plan for the same facts in any order, and another one for other facts', () => {
    const base = inputOf({ name: '', expected: {} });
    const others = ['b', 'c', 'd'].map((letter, index) => ({ ...fixed, digest: digest(letter), tags: [`2.${index}`] }));
    const workloads = ['web', 'api', 'job'].map((name) => ({
      ...base.affected[0]!,
      workload: { ...workload, id: `1/r/c/${name}` },
    }));
    const make = (candidates: readonly ScannedImage[], affected: PlanInput['affected'], now: string): Plan =>
      planNewer({ ...base, candidates, affected, now });
    const plan = make(others, workloads, base.now);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(others, { minLength: 3 }),
        fc.shuffledSubarray(workloads, { minLength: 3 }),
        (candidates, affected) => {
          expect(make(candidates, affected, '2026-03-05T00:00:00.000Z').id).toBe(plan.id);
        },
      ),
      { numRuns: 30 },
    );
    expect(make(others.slice(1), workloads, base.now).id).not.toBe(plan.id);
    expect(make(others, workloads.slice(1), base.now).id).not.toBe(plan.id);
  });

  it('joins the containers of one workload into one change, and says what stays', () => {
    const base = inputOf({ name: '', expected: {} });
    const two: Workload = {
      ...workload,
      containers: [
        ...workload.containers,
        { name: 'job', image: 'registry.example/job:1', digest: digest('7') },
        { name: 'proxy', image: 'registry.example/proxy:7' },
      ],
    };
    const job: ScannedImage = { ...running, repository: 'registry.example/job', digest: digest('7') };
    const plan = planNewer({
      ...base,
      affected: [
        { workload: two, container: 'app', current: running },
        { workload: two, container: 'job', current: job },
      ],
      candidates: [
        { ...fixed, tags: ['1'] },
        { ...fixed, repository: 'registry.example/job', digest: digest('8'), tags: ['1.1'] },
      ],
    });
    expect(plan.changes).toMatchObject([
      {
        how: 'register',
        containers: [
          { container: 'app', reference: `registry.example/app:1@${digest('b')}` },
          { container: 'job', reference: `registry.example/job:1.1@${digest('8')}` },
        ],
      },
    ]);
    expect(plan.changes[0]?.notes).toContain('the deployment resolves the tags of proxy again too');
  });

  it('carries hostile names as text and never as members of its own', () => {
    const base = inputOf({ name: '', expected: {} });
    const evil = '__proto__';
    const plan = planNewer({
      ...base,
      affected: [
        {
          ...base.affected[0]!,
          workload: { ...workload, id: evil, containers: [{ name: 'constructor', image: 'x', digest: old }] },
          container: 'constructor',
        },
      ],
      candidates: [{ ...fixed, tags: ['<b>&|;`'] }],
    });
    expect(plan.changes).toMatchObject([
      { workload: evil, mode: 'observe', containers: [{ container: 'constructor', tag: '<b>&|;`' }] },
    ]);
  });
});
