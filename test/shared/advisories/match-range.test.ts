import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchRange, type RangeEvent, versionOrderOf } from '#shared/advisories';

const order = versionOrderOf('Packagist')!;
const holds = (events: readonly RangeEvent[], version: string): boolean =>
  matchRange(order, { type: 'ECOSYSTEM', events }, version) !== undefined;

// CVE-2019-11512 of contao/contao as FriendsOfPHP writes it: one stretch for each branch, each beginning where the one before ends
const branches: readonly RangeEvent[] = [
  { introduced: '4.1.0' },
  { fixed: '4.4.39' },
  { introduced: '4.5.0' },
  { fixed: '4.6.0' },
  { introduced: '4.6.0' },
  { fixed: '4.7.0' },
  { introduced: '4.7.0' },
  { fixed: '4.7.5' },
];

describe('events at one version', () => {
  it('end the stretch that is open there, and begin the next', () => {
    const affected = ['4.1.0', '4.4.38', '4.5.3', '4.6.0', '4.6.9', '4.7.0', '4.7.4'];
    const clean = ['4.0.9', '4.4.39', '4.7.5', '4.8.0'];
    expect(affected.filter((version) => !holds(branches, version))).toEqual([]);
    expect(clean.filter((version) => holds(branches, version))).toEqual([]);
    expect(matchRange(order, { type: 'ECOSYSTEM', events: branches }, '4.7.3')?.words).toBe('>= 4.7.0 and < 4.7.5');
  });

  it('hold nothing where no stretch is open: what is introduced there is fixed there (osv.dev#4165)', () => {
    expect(holds([{ introduced: '0' }, { fixed: '0' }], '1.0')).toBe(false);
    expect(holds([{ fixed: '2.0' }, { introduced: '2.0' }], '2.5')).toBe(false);
  });

  it('go on behind the last affected version that the next stretch begins with', () => {
    const events: readonly RangeEvent[] = [
      { introduced: '1.0' },
      { last_affected: '2.0' },
      { introduced: '2.0' },
      { last_affected: '3.0' },
    ];
    expect(['0.9', '1.0', '2.0', '2.5', '3.0', '3.1'].map((version) => holds(events, version))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it('mean the same in any order of arrival, and as one range or as one for each stretch', () => {
    const version = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(
        fc.uniqueArray(version, { minLength: 2, maxLength: 6 }),
        version,
        fc.infiniteStream(fc.nat()),
        (cuts, at, random) => {
          const ends = [...cuts].sort((a, b) => a - b).map((cut) => `1.${cut}`);
          // every stretch begins where the one before ends
          const stretches = ends.slice(1).map((end, index) => [{ introduced: ends[index]! }, { fixed: end }] as const);
          const shuffled = stretches
            .flat()
            .map((event) => [random.next().value, event] as const)
            .sort(([a], [b]) => a - b)
            .map(([, event]) => event);
          expect(holds(shuffled, `1.${at}`)).toBe(stretches.some((stretch) => holds(stretch, `1.${at}`)));
        },
      ),
    );
  });
});

describe('a range', () => {
  // OSV's schema, "Evaluation", read literally: a version is affected if what stands last at or before it introduces, and it lies before a limit if there is any.
  const byTheLetter = (events: readonly RangeEvent[], version: number): boolean => {
    const numberOf = (text: string): number => (text === '0' ? -1 : Number(text.slice(2)));
    const at = (event: RangeEvent): number => numberOf(Object.values(event)[0]!);
    let affected = false;
    for (const event of [...events].sort((a, b) => at(a) - at(b))) {
      if ('introduced' in event && version >= at(event)) affected = true;
      if ('fixed' in event && version >= at(event)) affected = false;
      if ('last_affected' in event && version > at(event)) affected = false;
    }
    const limits = events.flatMap((event) => ('limit' in event ? [event.limit] : []));
    return affected && (limits.length === 0 || limits.some((limit) => limit === '*' || version < numberOf(limit)));
  };

  it('holds what OSV says that it holds, in any order of its events, whatever they are', () => {
    const kind = fc.constantFrom('introduced', 'fixed', 'last_affected');
    const events = fc
      .tuple(
        fc.uniqueArray(fc.integer({ min: -1, max: 12 }), { maxLength: 7 }),
        fc.array(kind, { minLength: 7, maxLength: 7 }),
        fc.array(fc.constantFrom('*', '1.0', '1.4', '1.9', '1.12'), { maxLength: 2 }),
      )
      .map(([places, kinds, limits]) => [
        ...places.map((place, index) => ({
          // "0" is no version that could be the last affected one
          [place < 0 && kinds[index] === 'last_affected' ? 'introduced' : kinds[index]!]:
            place < 0 ? '0' : `1.${place}`,
        })),
        ...limits.map((limit) => ({ limit })),
      ])
      .chain((list) => fc.shuffledSubarray(list, { minLength: list.length })) as fc.Arbitrary<RangeEvent[]>;
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 13 }), (list, version) => {
        expect(holds(list, `1.${version}`)).toBe(byTheLetter(list, version));
      }),
      { numRuns: 3_000 },
    );
  });
});
