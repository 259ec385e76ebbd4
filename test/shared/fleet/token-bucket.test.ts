import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BucketState, fullBucket, shareOf, takeToken } from '#shared/fleet';

describe('a token bucket', () => {
  it('lets the burst through at once and then one at a time, in the order of asking', () => {
    const quota = { perSecond: 4, burst: 3 };
    let state: BucketState = fullBucket(quota, 0);
    const waits: number[] = [];
    for (let call = 0; call < 6; call++) {
      const taken = takeToken(state, quota, 0);
      state = taken.state;
      waits.push(taken.waitMs);
    }
    expect(waits).toEqual([0, 0, 0, 250, 500, 750]);
    expect(takeToken(state, quota, 10_000).waitMs).toBe(0);
  });

  it('never lets more through in any window than burst and rate allow, whatever the clock does', () => {
    const quota = { perSecond: 5, burst: 10 };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -300, max: 900 }), { minLength: 1, maxLength: 200 }), (steps) => {
        let now = 0;
        let latest = 0;
        let state = fullBucket(quota, 0);
        const passed: number[] = [];
        for (const step of steps) {
          now += step;
          latest = Math.max(latest, now);
          const taken = takeToken(state, quota, now);
          state = taken.state;
          passed.push(latest + taken.waitMs);
        }
        passed.sort((a, b) => a - b);
        for (let from = 0; from < passed.length; from++)
          for (let to = from; to < passed.length; to++) {
            const seconds = ((passed[to] ?? 0) - (passed[from] ?? 0)) / 1000;
            expect(to - from + 1).toBeLessThanOrEqual(quota.burst + seconds * quota.perSecond + 1);
          }
      }),
    );
  });

  it('of which we take a share, and always at least one', () => {
    expect(shareOf({ perSecond: 5, burst: 50 }, 0.8)).toEqual({ perSecond: 4, burst: 40 });
    expect(shareOf({ perSecond: 1, burst: 1 }, 0.5)).toEqual({ perSecond: 0.5, burst: 1 });
  });
});
