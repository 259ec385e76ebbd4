import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounds, breakerThreshold, type LiveTask, planRolling } from '#local/fleet/rolling';

interface SimTask extends LiveTask {
  running: boolean;
  readonly old: boolean;
}

const breaker = (type: 'BOUNDED_PERCENT' | 'UNBOUNDED_PERCENT' | 'COUNT', value: number) => ({
  enable: true,
  rollback: true,
  resetOnHealthyTask: true,
  threshold: { type, value },
});

describe('planRolling', () => {
  it('rounds the minimum up and the maximum down', () => {
    expect(bounds(3, { minimumHealthyPercent: 50, maximumPercent: 150 })).toEqual({ least: 2, most: 4 });
    expect(bounds(1, { minimumHealthyPercent: 100, maximumPercent: 199 })).toEqual({ least: 1, most: 1 });
    expect(bounds(0, { minimumHealthyPercent: 100, maximumPercent: 200 })).toEqual({ least: 0, most: 0 });
  });

  it('never falls below the minimum, never exceeds the maximum, and ends, whatever fails on the way', () => {
    const scenario = fc.record({
      desired: fc.integer({ min: 1, max: 14 }),
      minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
      maximumPercent: fc.integer({ min: 100, max: 300 }),
      // each step: which pending task moves, and whether it fails to start
      moves: fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(scenario, ({ desired, moves, ...rules }) => {
        const { least, most } = bounds(desired, rules);
        let serial = 0;
        let tasks: SimTask[] = Array.from({ length: desired }, () => {
          serial += 1;
          return { arn: `old${serial}`, running: true, createdAt: serial, old: true };
        });
        const look = (): boolean => {
          const plan = planRolling({
            desired,
            rules,
            primary: tasks.filter((task) => !task.old),
            others: tasks.filter((task) => task.old),
            frozen: false,
          });
          expect(new Set(plan.stop).size).toBe(plan.stop.length);
          tasks = tasks.filter((task) => !plan.stop.includes(task.arn));
          for (let n = 0; n < plan.start; n += 1) {
            serial += 1;
            tasks.push({ arn: `new${serial}`, running: false, createdAt: serial, old: false });
          }
          expect(tasks.filter((task) => task.running).length).toBeGreaterThanOrEqual(least);
          expect(tasks.length).toBeLessThanOrEqual(Math.max(most, desired));
          return plan.stuck;
        };
        let stuck = look();
        for (const [which, fails] of moves) {
          const pending = tasks.filter((task) => !task.running);
          const task = pending[which % Math.max(1, pending.length)];
          if (task === undefined) break;
          if (fails) tasks = tasks.filter((other) => other !== task);
          else task.running = true;
          stuck = look();
        }
        // From here on everything starts: the update has to come to its end unless no step is possible at all.
        for (let round = 0; round < 10 * desired && !stuck; round += 1) {
          for (const task of tasks) task.running = true;
          stuck = look();
        }
        if (stuck) expect(most === desired && least === desired).toBe(true);
        else expect(tasks.map((task) => [task.old, task.running])).toEqual(Array(desired).fill([false, true]));
      }),
    );
  });

  it('lets only the surplus go when the new deployment has failed, its own tasks first', () => {
    const old = [1, 2].map((n) => ({ arn: `old${n}`, running: true, createdAt: n }));
    const failed = [{ arn: 'new', running: true, createdAt: 9 }];
    const view = {
      rules: { minimumHealthyPercent: 100, maximumPercent: 200 },
      primary: failed,
      others: old,
      frozen: true,
    };
    expect(planRolling({ ...view, desired: 2 })).toEqual({ stop: ['new'], start: 0, stuck: false });
    expect(planRolling({ ...view, desired: 1 })).toEqual({ stop: ['new', 'old1'], start: 0, stuck: false });
    expect(planRolling({ ...view, desired: 5 })).toEqual({ stop: [], start: 0, stuck: false });
  });

  it('clamps the breaker threshold to 3 and 200 unless told otherwise', () => {
    const thresholds = [1, 6, 7, 25, 1000].map((desired) => breakerThreshold(desired, breaker('BOUNDED_PERCENT', 50)));
    expect(thresholds).toEqual([3, 3, 4, 13, 200]);
    expect(breakerThreshold(1000, breaker('UNBOUNDED_PERCENT', 50))).toBe(500);
    expect(breakerThreshold(1, breaker('UNBOUNDED_PERCENT', 50))).toBe(1);
    expect(breakerThreshold(1000, breaker('COUNT', 7))).toBe(7);
  });
});
