import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eligibleTags, tagRule } from '#shared/policy';
import { plainRegexp } from '../../shared/policy/plain-regexp.ts';
import { compareVersions, inRange, parseRange, parseVersion } from '../../shared/policy/semver-range.ts';

const within = (range: string, version: string): boolean => inRange(parseRange(range), parseVersion(version)!);

describe('a semver range', () => {
  // the examples of npm's documentation of ranges (node-semver README)
  it.each([
    ['^1.2.3', ['1.2.3', '1.9.0', 'v1.3.0'], ['1.2.2', '2.0.0', '2.0.0-rc.1', '1.3.0-alpine']],
    ['^0.2.3', ['0.2.3', '0.2.9'], ['0.3.0', '1.0.0']],
    ['^0.0.3', ['0.0.3'], ['0.0.4']],
    ['^1.x', ['1.0.0', '1.9.9'], ['2.0.0', '0.9.0']],
    ['^0.0', ['0.0.0', '0.0.9'], ['0.1.0']],
    ['^0', ['0.0.0', '0.9.9'], ['1.0.0']],
    ['^1.2.3-beta.2', ['1.2.3-beta.2', '1.2.3-beta.4', '1.2.3', '1.9.0'], ['1.2.3-beta.1', '1.2.4-beta.2']],
    ['~1.2.3', ['1.2.3', '1.2.9'], ['1.3.0']],
    ['~1.2', ['1.2.0', '1.2.9'], ['1.3.0']],
    ['~1', ['1.0.0', '1.9.0'], ['2.0.0']],
    ['1.2.x', ['1.2.0'], ['1.3.0']],
    ['1', ['1.0.0', '1.9.0', '1'], ['2.0.0']],
    ['*', ['0.0.0', '99.0.0'], ['1.0.0-rc']],
    ['1.2.3', ['1.2.3', '1.2.3+build'], ['1.2.4']],
    ['>=1.2 <2', ['1.2.0', '1.9.9'], ['1.1.9', '2.0.0', '2.0.0-a']],
    ['>= 1.2.0, < 1.4', ['1.3.9'], ['1.4.0']],
    ['>1.2', ['1.3.0'], ['1.2.9']],
    ['<=1.2', ['1.2.9'], ['1.3.0']],
    ['<1.2', ['1.1.9'], ['1.2.0']],
    ['1.2.3 - 2.3.4', ['1.2.3', '2.3.4'], ['2.3.5']],
    ['1.2 - 2', ['1.2.0', '2.9.9'], ['3.0.0']],
    ['^1.2 || ^3', ['1.5.0', '3.1.0'], ['2.0.0']],
    ['<*', [], ['0.0.0', '1.0.0']],
    ['>=2024.1', ['2024.01.15', '2025.3.0'], ['2023.12.31']],
  ])('%s', (range, yes, no) => {
    for (const version of yes) expect(within(range, version), version).toBe(true);
    for (const version of no) expect(within(range, version), version).toBe(false);
  });

  it.each(['', ' ', 'latest', '^', '^1.2.3.4', '1.2 ||', '>=<1', 'x'.repeat(501)])('is refused: %s', (range) => {
    expect(() => parseRange(range)).toThrow(expect.objectContaining({ code: 'bad-range' }));
  });

  it('orders versions as semver.org does', () => {
    const order = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.1',
      '1.1.0',
      '2.0.0',
    ].map((text) => parseVersion(text)!);
    for (const [at, a] of order.entries())
      for (const [other, b] of order.entries()) expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(at - other));
    for (const text of ['latest', '1.2.3.4', '', '-1', '1.2.3-', 'v', '1'.repeat(16), `1.${'0'.repeat(128)}`])
      expect(parseVersion(text), text).toBeUndefined();
  });

  it('never lets a later major through a caret, nor an older version through', () => {
    const version = fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)).map((numbers) => numbers.join('.'));
    fc.assert(
      fc.property(version, version, (low, candidate) => {
        const [a, b] = [parseVersion(low)!, parseVersion(candidate)!];
        const first = a.numbers.findIndex((number) => number > 0);
        const fixed = first < 0 ? 3 : first + 1;
        const expected =
          compareVersions(b, a) >= 0 && a.numbers.slice(0, fixed).join() === b.numbers.slice(0, fixed).join();
        expect(within(`^${low}`, candidate)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a plain regular expression', () => {
  it('matches as JavaScript does', () => {
    const atom = fc.constantFrom('a', 'b', '.', '\\d', '\\w', '[ab]', '[^a]', '[a-c]', '1', '-', '\\.', '\\-');
    const expression = fc.letrec<{ sequence: string; piece: string }>((tie) => ({
      sequence: fc.array(tie('piece'), { maxLength: 3 }).map((pieces) => pieces.join('')),
      piece: fc.oneof(
        { depthSize: 'small' },
        atom,
        fc.tuple(atom, fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{0,}', '*?')).map((parts) => parts.join('')),
        fc
          .tuple(tie('sequence'), tie('sequence'), fc.constantFrom('', '?', '*'))
          .map(([a, b, repeat]) => `(${a}|${b})${repeat}`),
      ),
    })).sequence;
    const source = fc
      .tuple(fc.boolean(), expression, fc.boolean())
      .map(([start, middle, end]) => `${start ? '^' : ''}${middle}${end ? '$' : ''}`);
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '2', '-', '.'), maxLength: 8 });
    let matched = 0;
    fc.assert(
      fc.property(source, text, (wanted, given) => {
        const expected = new RegExp(wanted).test(given);
        if (expected) matched += 1;
        expect(plainRegexp(wanted)(given)).toBe(expected);
      }),
      { numRuns: 4000 },
    );
    expect(matched).toBeGreaterThan(100);
  });

  it('takes no time for what takes JavaScript for ever', () => {
    expect(plainRegexp('^(a+)+$')(`${'a'.repeat(100)}!`)).toBe(false);
    expect(plainRegexp('^(a|a)*(.*)*x$')('a'.repeat(128))).toBe(false);
  });

  it.each([
    '(',
    ')',
    '(?=a)',
    '(?<n>a)',
    '\\1',
    '\\b',
    '[b-a]',
    '[a',
    '*a',
    'a{3,1}',
    'a**',
    '\\',
    '{',
    '^*',
    '((a{99}){99}){99}',
    'a'.repeat(301),
    '('.repeat(100),
  ])('refuses %s', (source) => {
    expect(() => plainRegexp(source)).toThrow(expect.objectContaining({ code: 'bad-regexp' }));
  });
});

describe('eligible tags', () => {
  const tags = [
    '1.2.0',
    'latest',
    '1.10.0',
    'v1.3.0',
    '2.0.0',
    '1.4.0-rc.1',
    '1.4.0-alpine',
    `sha256-${'a'.repeat(64)}`,
    `sha256-${'a'.repeat(64)}.sig`,
    '20260101',
  ];
  it.each([
    ['^1.2', ['1.10.0', 'v1.3.0', '1.2.0']],
    ['semver:>=2 <3', ['2.0.0']],
    ['glob:1.4.*', ['1.4.0-rc.1', '1.4.0-alpine']],
    ['glob:**', ['1.2.0', 'latest', '1.10.0', 'v1.3.0', '2.0.0', '1.4.0-rc.1', '1.4.0-alpine', '20260101']],
    ['regexp:^\\d{8}$', ['20260101']],
    ['regexp:-alpine$', ['1.4.0-alpine']],
  ])('%s', (rule, expected) => {
    expect(eligibleTags({ repository: '**', tags: rule }, tags)).toEqual(expected);
  });

  it('follow the first rule that names the repository', () => {
    const newer = [
      { repository: 'team/app', tags: '^1' },
      { repository: 'team/*', tags: 'glob:x' },
    ];
    expect(tagRule({ newer }, 'team/app')?.tags).toBe('^1');
    expect(tagRule({ newer }, 'team/web')?.tags).toBe('glob:x');
    expect(tagRule({ newer }, 'other/app')).toBeUndefined();
  });
});
