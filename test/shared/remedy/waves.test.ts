import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutWaves, type WaveMember, waveSize } from '#shared/remedy';

const members = fc.uniqueArray(
  fc.record({ workload: fc.string({ minLength: 1, maxLength: 8 }), weight: fc.integer({ min: 0, max: 50 }) }),
  {
    selector: (member) => member.workload,
    maxLength: 300,
  },
);
const policy = fc.record({
  canary: fc.integer({ min: 0, max: 5 }),
  percent: fc.integer({ min: 1, max: 100 }),
  max: fc.integer({ min: 1, max: 60 }),
});

describe('cutting waves', () => {
  it('puts every workload into exactly one wave, none empty, none larger than policy allows, the lightest first', () => {
    fc.assert(
      fc.property(members, policy, (all, rules) => {
        const waves = cutWaves(all, rules);
        expect(waves.flat().sort()).toEqual(all.map((one) => one.workload).sort());
        const size = waveSize(all.length, rules);
        for (const [index, wave] of waves.entries()) {
          expect(wave.length).toBeGreaterThan(0);
          expect(wave.length).toBeLessThanOrEqual(rules.max);
          expect(wave.length).toBeLessThanOrEqual(
            index === 0 && rules.canary > 0 ? Math.min(rules.canary, rules.max) : size,
          );
        }
        const weight = new Map(all.map((one) => [one.workload, one.weight]));
        const order = waves.flat().map((id) => weight.get(id) ?? -1);
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }),
    );
  });

  it('cuts the same waves whatever the order of its input', () => {
    fc.assert(
      fc.property(
        members.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        policy,
        ([all, shuffled], rules) => {
          expect(cutWaves(shuffled, rules)).toEqual(cutWaves(all, rules));
        },
      ),
    );
  });

  it('stands nonsense in a policy: waves of at least one', () => {
    const two: WaveMember[] = [
      { workload: 'a', weight: 1 },
      { workload: 'b', weight: 2 },
    ];
    for (const bad of [Number.NaN, -3, 0, Number.POSITIVE_INFINITY]) {
      expect(cutWaves(two, { canary: bad, percent: bad, max: bad }).flat()).toEqual(['a', 'b']);
    }
  });
});
