import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DrivenPass,
  type DriveRequest,
  type Durable,
  executionLimits,
  executionName,
  makeRemediate,
} from '../../../functions/remediate/handler.ts';

/** A context with a history: a step that has a result there is passed over, as in a replay; a wait ends the invocation when it is new. */
class Suspended extends Error {}

function execution() {
  const history: { readonly kind: 'step' | 'wait'; readonly name: string; readonly result?: string }[] = [];
  let invocations = 0;
  return {
    history,
    get invocations() {
      return invocations;
    },
    async run<T>(work: (durable: Durable) => Promise<T>): Promise<T> {
      for (;;) {
        invocations += 1;
        let at = 0;
        const expectSame = (kind: string, name: string) => {
          const known = history[at];
          if (known !== undefined) expect([known.kind, known.name]).toEqual([kind, name]);
          at += 1;
          return known;
        };
        try {
          return await work({
            async step(name, step) {
              const known = expectSame('step', name);
              if (known !== undefined) return JSON.parse(known.result ?? 'null');
              const result = JSON.stringify((await step()) ?? null);
              history.push({ kind: 'step', name, result });
              return JSON.parse(result);
            },
            async wait(seconds) {
              if (expectSame('wait', String(seconds)) !== undefined) return;
              history.push({ kind: 'wait', name: String(seconds) });
              throw new Suspended();
            },
          });
        } catch (error) {
          if (!(error instanceof Suspended)) throw error;
        }
      }
    },
  };
}

function ports(passes: readonly (DrivenPass | Error)[]) {
  const driven: string[] = [];
  const started: { readonly execution: string; readonly request: DriveRequest }[] = [];
  const left = [...passes];
  return {
    driven,
    started,
    pass: async ({ rollout }: DriveRequest) => {
      driven.push(rollout);
      const next = left.shift() ?? { done: true, waitSeconds: 0, changes: 0 };
      if (next instanceof Error) throw next;
      return next;
    },
    succeed: async (execution: string, request: DriveRequest) => void started.push({ execution, request }),
  };
}

const waiting = (changes = 0, waitSeconds = 15): DrivenPass => ({ done: false, waitSeconds, changes });

describe('the driver of a rollout in AWS', () => {
  it('passes and waits until the rollout is done, each pass once however often it is replayed', async () => {
    const given = ports([waiting(2), waiting(), { done: true, waitSeconds: 0, changes: 0 }]);
    const execute = execution();
    const driven = await execute.run((durable) => makeRemediate(given)({ rollout: 'rollout-1' }, durable));
    expect(driven).toEqual({ state: 'done' });
    expect(given.driven).toEqual(['rollout-1', 'rollout-1', 'rollout-1']);
    expect(execute.invocations).toBe(3);
    expect(execute.history.map((entry) => entry.kind)).toEqual(['step', 'wait', 'step', 'wait', 'step']);
  });

  it('hands on to its successor by name after some 200 changes', async () => {
    const given = ports([waiting(150), waiting(49), waiting(1), waiting(1)]);
    const driven = await execution().run((durable) => makeRemediate(given)({ rollout: 'rollout-1', part: 4 }, durable));
    expect(driven).toEqual({ state: 'handed-on', to: 'rollout-1-part-5' });
    expect(given.driven).toHaveLength(3);
    expect(given.started).toEqual([{ execution: 'rollout-1-part-5', request: { rollout: 'rollout-1', part: 5 } }]);
  });

  it('stays far below the operations that one execution may have', async () => {
    const given = ports(Array.from({ length: executionLimits.passes + 10 }, () => waiting()));
    const seen = { operations: 0 };
    // replaying a thousand passes in full would only repeat the first test: here the context never suspends
    const driven = await makeRemediate(given)(
      { rollout: 'r' },
      {
        step: async (_name, work) => {
          seen.operations += 2;
          return work();
        },
        wait: async () => undefined,
      },
    );
    expect(driven).toEqual({ state: 'handed-on', to: 'r-part-2' });
    expect(seen.operations).toBeLessThan(2_500);
  });

  it('waits a second at least and a day at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true }), async (seconds) => {
        const waits: number[] = [];
        const given = ports([waiting(0, seconds)]);
        await makeRemediate(given)(
          { rollout: 'r' },
          { step: async (_name, work) => work(), wait: async (s) => void waits.push(s) },
        );
        expect(waits).toHaveLength(1);
        expect(Number.isInteger(waits[0])).toBe(true);
        expect(waits[0]).toBeGreaterThanOrEqual(1);
        expect(waits[0]).toBeLessThanOrEqual(86_400);
      }),
    );
  });

  it('does not touch the rollout when the request is none', async () => {
    const given = ports([]);
    for (const event of [
      {},
      { rollout: '' },
      { rollout: 'a/b' },
      { rollout: 'x'.repeat(51) },
      { rollout: 'r', part: 0 },
      null,
    ])
      await expect(
        makeRemediate(given)(event, { step: (_name, work) => work(), wait: async () => undefined }),
      ).rejects.toThrow();
    expect(given.driven).toEqual([]);
  });

  it('names executions as Lambda takes them, the first by the rollout itself', () => {
    const rollout = 'rollout-0123456789abcdef0123';
    expect(executionName({ rollout, part: 1 })).toBe(rollout);
    expect(executionName({ rollout: 'x'.repeat(50), part: 10_000 })).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });
});
