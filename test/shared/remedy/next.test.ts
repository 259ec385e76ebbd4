import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeploymentObservation, Workload } from '#shared/fleet';
import {
  defaultLimits,
  endStates,
  gate,
  type InventoryAnswer,
  next,
  type RolloutRow,
  type RolloutState,
} from '#shared/remedy';
import { clean, digest, old, problem } from './given.ts';
import cases from './next-cases.json' with { type: 'json' };

interface Case {
  readonly name: string;
  readonly row: object & { readonly state: RolloutState; readonly containers?: readonly object[] };
  readonly workload?: object | 'gone';
  readonly deployment?: object;
  readonly inventory?: Readonly<Record<string, InventoryAnswer>>;
  readonly actor?: string;
  readonly done?: boolean;
  readonly expected: object;
}

const now = new Date('2026-03-01T12:00:00.000Z');
const expand = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replace(/d:([0-9a-f])(?=["\\ ])/g, (_, letter: string) => digest(letter)));

const change = {
  container: 'app',
  repository: 'registry.example/app',
  image: 'registry.example/app:1',
  reference: `registry.example/app:2@${clean}`,
  from: old,
  to: clean,
  accepted: [clean],
  leaving: [old],
  tag: '2',
  sameTag: false,
};

const plain: RolloutRow = {
  rollout: 'rollout-1',
  plan: 'plan-1',
  workload: 'web',
  wave: 1,
  rev: 1,
  state: 'planned',
  since: '2026-03-01T11:59:00.000Z',
  how: 'register',
  containers: [change],
  problem,
  history: [],
};

function rowOf(one: Case): RolloutRow {
  const begun =
    one.row.state === 'planned' ? {} : { definition: 'def:2', previous: { definition: 'def:1', deployment: 'dep:1' } };
  return {
    ...plain,
    ...begun,
    ...one.row,
    containers: (one.row.containers ?? [{}]).map((own) => ({ ...change, ...own })),
  };
}

function workloadOf(one: Case): Workload | 'gone' {
  if (one.workload === 'gone') return 'gone';
  const done = one.done === true ? { id: 'dep:2', definition: 'def:2' } : {};
  const deployment: DeploymentObservation = {
    id: 'dep:1',
    state: 'completed',
    definition: 'def:1',
    count: 1,
    ...done,
    ...one.deployment,
  };
  const digests = one.done === true ? clean : old;
  return {
    id: 'web',
    kind: 'ecs-service',
    account: '1',
    region: 'r',
    cluster: 'c',
    name: 'web',
    definition: deployment.definition,
    containers: [{ name: 'app', image: 'registry.example/app:1', digest: digests }],
    runningDigests: [digests],
    desired: 2,
    running: 2,
    tags: {},
    readAt: '2026-03-01T11:59:59.000Z',
    ...one.workload,
    deployment,
  };
}

const all = expand(cases.cases as unknown as readonly Case[]);

describe('next', () => {
  for (const one of all)
    it(one.name, () => {
      const observation = {
        workload: workloadOf(one),
        inventory: one.inventory ?? {},
        ...(one.actor === undefined ? {} : { actor: one.actor }),
      };
      expect(next(rowOf(one), observation, now, defaultLimits)).toMatchObject(one.expected);
    });

  it("never changes a workload whose deployment is somebody else's, and never verifies without absence", () => {
    const states = fc.constantFrom<DeploymentObservation['state']>(
      'in-progress',
      'completed',
      'failed',
      'rolled-back',
      'unknown',
    );
    const ids = fc.constantFrom('dep:1', 'dep:2', 'dep:3', 'dep:9');
    const definitions = fc.constantFrom('def:1', 'def:2', 'def:3', 'def:9');
    const answers = fc.constantFrom<InventoryAnswer['answer']>('absent', 'present', 'unknown');
    const digests = fc.subarray([old, clean, digest('9')]);
    const interrupted = fc.option(
      fc.record({
        how: fc.constantFrom('rollback' as const, 'stop' as const),
        by: fc.constantFrom('orchestrator' as const, 'person' as const, 'unknown' as const),
      }),
      { nil: undefined },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.record({ state: states, id: ids, definition: definitions, count: fc.integer({ min: 0, max: 3 }) }),
        interrupted,
        answers,
        digests,
        fc.integer({ min: 0, max: 9_000_000 }),
        (one, deployment, cut, answer, running, ago) => {
          const row: RolloutRow = { ...rowOf(one), since: new Date(now.getTime() - ago).toISOString() };
          const base = workloadOf({ ...one, workload: {}, done: false });
          if (base === 'gone') throw new Error('not gone');
          const workload: Workload = {
            ...base,
            definition: deployment.definition,
            runningDigests: running,
            deployment: { ...deployment, ...(cut === undefined ? {} : { interrupted: cut }) },
          };
          const step = next(row, { workload, inventory: { [clean]: { answer, why: 'x' } } }, now, defaultLimits);
          if (endStates.includes(row.state)) expect(step.kind).toBe('wait');
          if (step.kind === 'verify') {
            expect([answer, deployment.state, deployment.id, deployment.definition]).toEqual([
              'absent',
              'completed',
              row.deployment,
              row.definition,
            ]);
            expect(running).not.toContain(old);
          }
          if (
            step.kind === 'update' &&
            step.purpose === 'change' &&
            (row.state === 'planned' || row.state === 'registered')
          )
            expect([deployment.count <= 1, ['completed', 'rolled-back'].includes(deployment.state)]).toEqual([
              true,
              true,
            ]);
          // what a person cut short is not continued, except where it was over before we came
          if (
            cut?.by === 'person' &&
            row.state === 'updating' &&
            deployment.id === row.deployment &&
            step.kind !== 'mark'
          )
            expect(deployment.definition).not.toBe(row.definition);
          if (step.kind === 'wait') expect(Date.parse(step.until)).toBeGreaterThan(now.getTime());
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('the gate between waves', () => {
  const row = (
    workload: string,
    wave: number,
    state: RolloutState,
    since = '2026-03-01T11:00:00.000Z',
  ): RolloutRow => ({ ...plain, workload, wave, state, since });
  const limits = { ...defaultLimits, bakeMs: 30 * 60_000 };

  it('opens the next wave when all before it is verified or had nothing to do, and its bake time is over', () => {
    expect(gate({}, [row('a', 1, 'planned'), row('b', 2, 'planned')], now, limits)).toEqual({ open: 1 });
    expect(gate({}, [row('a', 1, 'updating'), row('b', 2, 'planned')], now, limits)).toEqual({ open: 1 });
    expect(gate({}, [row('a', 1, 'verified'), row('b', 2, 'planned')], now, limits)).toEqual({ open: 2 });
    expect(gate({}, [row('a', 1, 'skipped'), row('b', 2, 'planned')], now, limits)).toEqual({ open: 2 });
    const fresh = [row('a', 1, 'verified', '2026-03-01T11:45:00.000Z'), row('b', 2, 'planned')];
    expect(gate({}, fresh, now, limits)).toEqual({ until: '2026-03-01T12:15:00.000Z' });
  });

  it('stops what has not begun when one failed, was taken back or was stopped', () => {
    for (const state of ['failed', 'reverted', 'stopped'] as const) {
      const door = gate({}, [row('a', 1, state), row('b', 1, 'updating'), row('c', 2, 'planned')], now, limits);
      expect(door.open).toBeUndefined();
      expect(door.stop?.why).toContain(`a is ${state}`);
    }
    expect(gate({ stop: { by: 'alex', at: '' } }, [row('a', 1, 'planned')], now, limits)).toEqual({
      stop: { why: 'stopped by alex', person: { by: 'alex', at: '' }, failedThere: false },
    });
  });

  it('knows what a person did from what failed, and neither from what was stopped because of it', () => {
    const began = (from: RolloutState, to: RolloutState) => [{ at: '', from, to, why: '' }];
    const stop = (...rows: RolloutRow[]) => gate({}, [...rows, row('z', 2, 'planned')], now, limits).stop;
    const undone = { since: '', deployment: '', text: 'again exposed' };
    const notBegun = { ...row('a', 1, 'stopped'), history: began('planned', 'stopped') };
    const failed = { ...row('b', 1, 'failed'), deployment: 'ecs-svc/2' };
    expect(stop({ ...row('a', 1, 'stopped'), history: began('updating', 'stopped') })?.person).toBeDefined();
    expect(stop({ ...row('a', 1, 'verified'), exposedAgain: undone })).toMatchObject({
      person: {},
      why: expect.stringMatching(/again exposed/),
    });
    expect(stop(notBegun, failed)).toMatchObject({ failedThere: true, why: expect.stringMatching(/^b is failed/) });
    expect(stop(notBegun, failed)?.person).toBeUndefined();
    expect(stop(row('b', 1, 'failed'))?.failedThere).toBe(false);
  });

  it('says how the whole ended', () => {
    expect(gate({}, [row('a', 1, 'verified'), row('b', 1, 'skipped')], now, limits).ended?.state).toBe('verified');
    expect(gate({}, [row('a', 1, 'verified'), row('b', 1, 'stopped')], now, limits).ended?.state).toBe('stopped');
    expect(gate({}, [row('a', 1, 'stopped'), row('b', 1, 'reverted')], now, limits).ended?.state).toBe('failed');
  });
});
