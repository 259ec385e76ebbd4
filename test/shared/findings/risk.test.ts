import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Problem, type Risk, type RiskFacts, riskOf, riskOfProblem } from '#shared/findings';

const now = new Date('2026-11-28T00:00:00Z');

interface Case {
  readonly name: string;
  readonly given: RiskFacts;
  readonly expected: { readonly score: number; readonly says?: readonly string[] };
}
const cases = JSON.parse(readFileSync(path.join(import.meta.dirname, 'risk-cases.json'), 'utf8')) as readonly Case[];
const textsOf = ({ factors }: Risk): string[] => factors.map(({ name, points, text }) => `${name} ${points}: ${text}`);

describe('a risk', () => {
  it.each(cases)('of $name', ({ given, expected: { score, says = [] } }) => {
    const risk = riskOf(given, now);
    expect(risk.score).toBe(score);
    expect(textsOf(risk)).toEqual(expect.arrayContaining([...says]));
  });

  it('has every factor in its result, those that add nothing too', () => {
    for (const { given } of cases.filter((each) => !each.given.malicious))
      expect(riskOf(given, now).factors.map(({ name }) => name)).toEqual([
        'severity',
        'kev',
        'epss',
        'exposed',
        'running',
        'in use',
        'fix',
      ]);
  });

  it('is the sum of its parts, within 0 and 100, and more of anything never lowers it', () => {
    const some: fc.Arbitrary<RiskFacts> = fc.record(
      {
        severity: fc.record({
          level: fc.constantFrom('critical', 'high', 'medium', 'low', 'negligible', 'unknown' as const),
          score: fc.integer({ min: 0, max: 100 }).map((tenths) => tenths / 10),
          source: fc.constant('s'),
        }),
        malicious: fc.constant(false),
        running: fc.nat({ max: 1_000_000 }),
        kev: fc.record({ dateAdded: fc.constant('2022-05-04'), ransomware: fc.boolean() }),
        epss: fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), percentile: fc.constant(0.5) }),
        fixedIn: fc.constant('2'),
        fixableSince: fc.constantFrom('2026-01-01T00:00:00Z', '2030-01-01T00:00:00Z', 'no time'),
        exposed: fc.record({
          reach: fc.constantFrom('internet', 'internal', 'unknown', 'none' as const),
          why: fc.string(),
        }),
        inUse: fc.record({ state: fc.constantFrom('yes', 'unknown', 'not seen' as const), why: fc.string() }),
      },
      { requiredKeys: ['severity', 'malicious'] },
    ) as fc.Arbitrary<RiskFacts>;
    fc.assert(
      fc.property(some, (given) => {
        const { score, factors } = riskOf(given, now);
        expect(score).toBe(factors.reduce((sum, { points }) => sum + points, 0));
        expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
        const worse: Partial<RiskFacts>[] = [
          { running: (given.running ?? 0) + 1 },
          { severity: { ...given.severity, score: 10 } },
          { kev: { dateAdded: '2022-05-04', ransomware: true } },
          { fixedIn: '2', fixableSince: '2020-01-01T00:00:00Z' },
          { exposed: { reach: 'internet', why: '' } },
          { inUse: { state: 'yes', why: '' } },
          { malicious: true },
        ];
        for (const more of worse) expect(riskOf({ ...given, ...more }, now).score).toBeGreaterThanOrEqual(score);
      }),
    );
  });
});

describe('the risk of a problem', () => {
  it('counts a fix from when it was seen, and what has accepted it only where nothing else runs it', () => {
    const problem: Problem = {
      key: { finding: 'DSA-1-1', shard: 'Debian:12', name: 'curl' },
      state: 'open',
      vulnerability: 'CVE-2026-1',
      aliases: [],
      records: ['DSA-1-1'],
      package: 'curl',
      packages: ['curl 1'],
      severity: { level: 'high', score: 7.5, source: 's' },
      malicious: false,
      fixedIn: '2',
      why: '1 < 2',
      workloads: ['1/local/demo/a'],
      acceptedBy: ['1/local/demo/b'],
      firstSeen: '2026-01-01T00:00:00Z',
      history: [{ at: '2026-11-27T00:00:00Z', transition: 'FIX_AVAILABLE', text: 'fixed in 2' }],
      baseline: false,
      rev: 1,
    };
    const said = (given: Problem) =>
      Object.fromEntries(riskOfProblem(given, undefined, now).factors.map(({ name, text }) => [name, text]));
    expect(said(problem)).toMatchObject({ running: 'runs in 1 service', fix: 'fixed in 2, for 1 day' });
    expect(said({ ...problem, history: [] }).fix).toBe('fixed in 2, for 331 days');
    expect(said({ ...problem, workloads: [] }).running).toBe('runs in 1 service');
    const near: Problem = {
      ...problem,
      exposed: { reach: 'internet', why: 'load balancer shop-alb' },
      inUse: { state: 'not seen', why: 'nothing that nginx starts or needs is of it' },
    };
    expect(said(near)).toMatchObject({
      exposed: 'from the internet: load balancer shop-alb',
      'in use': 'not seen: nothing that nginx starts or needs is of it',
    });
  });
});
