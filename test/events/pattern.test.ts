import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPattern, type Filter, matches, type Pattern, PatternError, wildcardMatches } from '#shared/events';

const one = (filter: Filter | readonly Filter[], value: unknown): boolean => {
  const pattern: Pattern = { f: Array.isArray(filter) ? (filter as readonly Filter[]) : [filter as Filter] };
  checkPattern(pattern);
  return matches(pattern, value === undefined ? {} : { f: value });
};

// EventBridge user guide, "Comparison operators for use in event patterns"
const cases: readonly (readonly [Filter | readonly Filter[], readonly unknown[], readonly unknown[]])[] = [
  ['a', ['a', ['b', 'a']], ['A', '', null, undefined, ['b'], { a: 1 }]],
  [null, [null], ['', 0, undefined, 'null']],
  ['', [''], [null, ' ', undefined]],
  [7, [7, 7.0, [7]], ['7', 70, null]],
  [true, [true], ['true', 1, false]],
  [{ prefix: 'ab' }, ['ab', 'abc'], ['a', 'Abc', 7, null]],
  [{ prefix: { 'equals-ignore-case': 'AB' } }, ['abc', 'ABc'], ['ba']],
  [{ suffix: '.gz' }, ['a.tar.gz', '.gz'], ['a.GZ', 'gz']],
  [{ suffix: { 'equals-ignore-case': '.GZ' } }, ['a.gz'], ['a.g']],
  [{ 'equals-ignore-case': 'Alice' }, ['aLICE'], ['alic', null]],
  [{ exists: true }, ['', 0, null, false, ['a']], [undefined, {}, { a: 1 }, []]],
  [{ exists: false }, [undefined, { a: 1 }], ['', null]],
  [
    ['a', { exists: false }],
    ['a', undefined],
    ['b', null],
  ],
  [{ numeric: ['=', 3] }, [3, 3.0], ['3', 4]],
  [{ numeric: ['>', 0, '<=', 5] }, [0.1, 5], [0, 5.1, null, '3']],
  [{ 'anything-but': 'a' }, ['b', '', null, 7, ['a', 'b']], ['a', undefined, ['a']]],
  [{ 'anything-but': ['a', 'b'] }, ['c'], ['a', 'b']],
  [{ 'anything-but': [1, 2] }, [3, '1'], [1, 2]],
  [{ 'anything-but': { prefix: 'ab' } }, ['ba', ''], ['abc', undefined]],
  [{ 'anything-but': { suffix: ['.a', '.b'] } }, ['x.c'], ['x.a', 'x.b']],
  [{ 'anything-but': { 'equals-ignore-case': ['A', 'B'] } }, ['c'], ['a', 'B']],
  [{ 'anything-but': { wildcard: ['*/lib/*', '*/bin/*'] } }, ['/etc/x'], ['/usr/lib/x', '/bin/x']],
  [{ wildcard: 'dir/*.png' }, ['dir/.png', 'dir/a/b.png'], ['dir.png', 'xdir/a.png', 'dir/a.PNG']],
  [{ wildcard: 'a\\*b\\\\*' }, ['a*b\\', 'a*b\\c'], ['axb\\', 'a*b']],
];

describe('a filter', () => {
  it.each(cases)('%j', (filter, yes, no) => {
    for (const value of yes) expect(one(filter, value), `${JSON.stringify(value)} must match`).toBe(true);
    for (const value of no) expect(one(filter, value), `${JSON.stringify(value)} must not match`).toBe(false);
  });
});

describe('a pattern', () => {
  it('needs every field, and any of $or', () => {
    const pattern: Pattern = {
      source: ['s'],
      $or: [{ detail: { a: [1] } }, { detail: { b: [{ numeric: ['>', 5] }] } }],
    };
    checkPattern(pattern);
    expect(matches(pattern, { source: 's', detail: { a: 1 } })).toBe(true);
    expect(matches(pattern, { source: 's', detail: { a: 2, b: 6 } })).toBe(true);
    expect(matches(pattern, { source: 's', detail: { a: 2, b: 5 } })).toBe(false);
    expect(matches(pattern, { source: 't', detail: { a: 1 } })).toBe(false);
  });

  it('wants all fields of a nested pattern in one element of an array', () => {
    const pattern: Pattern = { list: { a: [1], b: [2] } };
    expect(matches(pattern, { list: [{ a: 0 }, { a: 1, b: 2 }] })).toBe(true);
    expect(matches(pattern, { list: [{ a: 1 }, { b: 2 }] })).toBe(false);
  });

  it('reads own members only', () => {
    expect(matches({ constructor: [{ exists: true }] }, {})).toBe(false);
    expect(
      matches({ detail: { __proto__: null, toString: [{ exists: false }] } } as unknown as Pattern, { detail: {} }),
    ).toBe(true);
  });

  /** A naive reading of the guide: flatten the event, then every leaf of the pattern must find one of its values at its path. */
  const flatten = (value: unknown, path: string, into: Map<string, unknown[]>): Map<string, unknown[]> => {
    if (Array.isArray(value)) for (const element of value) flatten(element, path, into);
    else if (typeof value === 'object' && value !== null)
      for (const [field, member] of Object.entries(value)) flatten(member, `${path}/${field}`, into);
    else into.set(path, [...(into.get(path) ?? []), value]);
    return into;
  };
  const naiveFilter = (filter: Filter, value: unknown): boolean => {
    const text = JSON.stringify(filter);
    if (filter === null || typeof filter !== 'object') return value === filter;
    if ('prefix' in filter)
      return typeof value === 'string' && value.slice(0, (filter.prefix as string).length) === filter.prefix;
    if ('anything-but' in filter) return !JSON.parse(text)['anything-but'].includes(value);
    if ('wildcard' in filter)
      return typeof value === 'string' && new RegExp(`^${filter.wildcard.replaceAll('*', '[^]*')}$`).test(value);
    return 'numeric' in filter && typeof value === 'number' && value > filter.numeric[1];
  };
  const naive = (pattern: Pattern, leaves: Map<string, unknown[]>, path = ''): boolean =>
    Object.entries(pattern).every(([field, wanted]) => {
      if (field === '$or')
        return (wanted as readonly Pattern[]).some((alternative) => naive(alternative, leaves, path));
      if (!Array.isArray(wanted)) return naive(wanted as Pattern, leaves, `${path}/${field}`);
      const values = leaves.get(`${path}/${field}`) ?? [];
      return (wanted as readonly Filter[]).some((filter) =>
        typeof filter === 'object' && filter !== null && 'exists' in filter
          ? values.length > 0 === filter.exists
          : values.some((value) => naiveFilter(filter, value)),
      );
    });

  const field = fc.constantFrom('a', 'b', 'c');
  const scalar = fc.oneof(fc.constantFrom<string | number | boolean | null>('x', 'xy', 'y', '', 0, 1, 2, true, null));
  const event = fc.letrec<{ node: unknown; object: unknown }>((tie) => ({
    object: fc.dictionary(field, tie('node'), { maxKeys: 3 }),
    node: fc.oneof({ depthSize: 'small' }, scalar, fc.array(scalar, { maxLength: 3 }), tie('object')),
  })).object;
  const filter: fc.Arbitrary<Filter> = fc.oneof(
    scalar,
    fc.constantFrom<Filter>(
      { prefix: 'x' },
      { 'anything-but': ['x', 'y'] },
      { wildcard: 'x*' },
      { wildcard: '*y' },
      { wildcard: '*x*y*' },
      { exists: true },
      { exists: false },
      { numeric: ['>', 0] },
    ),
  );
  const leaf = fc.array(filter, { minLength: 1, maxLength: 3 });
  const flat = fc.dictionary(field, leaf, { minKeys: 1, maxKeys: 2 });
  const withOr = (inner: fc.Arbitrary<Pattern>): fc.Arbitrary<Pattern> =>
    fc.tuple(inner, inner, inner).map(([and, left, right]) => ({ ...and, $or: [left, right] }));
  const nested = fc.dictionary(field, fc.oneof(leaf, flat, withOr(flat)), { minKeys: 1, maxKeys: 2 });
  const pattern: fc.Arbitrary<Pattern> = fc.oneof(flat, nested, withOr(nested));

  it('matches as a naive reading of the guide does, whatever the event', () => {
    let matched = 0;
    fc.assert(
      fc.property(pattern, event, (wanted, given) => {
        checkPattern(wanted);
        const result = matches(wanted, given);
        if (result) matched += 1;
        expect(result).toBe(naive(wanted, flatten(given, '', new Map())));
      }),
      { numRuns: 5000 },
    );
    expect(matched).toBeGreaterThan(100);
  });

  it('takes no time for a wildcard made to hurt', () => {
    // (a*)^20 against a^10000: exponential by backtracking
    expect(wildcardMatches(`${'a*'.repeat(1000)}b`, 'a'.repeat(100_000))).toBe(false);
  });
});

describe('what EventBridge refuses', () => {
  it.each([
    [{}, '$'],
    [[], '$'],
    [{ a: 'x' }, '$.a'],
    [{ a: [] }, '$.a'],
    [{ a: { b: [{ nonsense: 'x' }] } }, '$.a.b[0]'],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, '$.a[0]'],
    [{ a: [{ prefix: '' }] }, '$.a[0]'],
    [{ a: [{ exists: 'yes' }] }, '$.a[0]'],
    [{ a: [{ numeric: ['>', 5, '<', 1] }] }, '$.a[0]'],
    [{ a: [{ numeric: ['!=', 5] }] }, '$.a[0]'],
    [{ a: [6e9] }, '$.a[0]'],
    [{ a: [{ 'anything-but': ['a', 1] }] }, '$.a[0]'],
    [{ a: [{ 'anything-but': { numeric: ['=', 1] } }] }, '$.a[0]'],
    [{ a: [{ wildcard: 'a**b' }] }, '$.a[0]'],
    [{ a: [{ wildcard: 'a\\b' }] }, '$.a[0]'],
    [{ $or: [{ a: [1] }] }, '$.$or'],
    [{ a: [{ cidr: '10.0.0.0/8' }] }, '$.a[0]'],
    [{ a: ['x'.repeat(4096)] }, '$'],
  ])('%j', (pattern, path) => {
    expect(() => checkPattern(pattern)).toThrow(PatternError);
    expect(() => checkPattern(pattern)).toThrow(expect.objectContaining({ path }));
  });
});
