import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Problem, type RiskFacts, riskOf, riskOfProblem } from '#shared/findings';

const now = new Date('2026-11-28T00:00:00Z');
const facts = (more: Partial<RiskFacts> = {}): RiskFacts => ({
  severity: { level: 'high', score: 7.5, source: 'CVSS 3.1' },
  malicious: false,
  running: 0,
  ...more,
});
const kev = { dateAdded: '2022-05-04', ransomware: false };

describe('a risk', () => {
  it.each<[string, Partial<RiskFacts>, number]>([
    ['severity alone', {}, 30],
    ['a word without a score', { severity: { level: 'critical', source: 's' } }, 38],
    ['unknown severity, which is not none', { severity: { level: 'unknown', source: 's' } }, 22],
    ['an exploit that is known', { kev }, 62],
    ['by ransomware too', { kev: { ...kev, ransomware: true } }, 65],
    ['an exploit that is likely', { epss: { score: 0.25, percentile: 0.97 } }, 45],
    ['one that runs once', { running: 1 }, 36],
    ['one that runs everywhere', { running: 100_000 }, 40],
    ['a fix since today', { fixedIn: '2', fixableSince: '2026-11-28T00:00:00Z' }, 32],
    ['a fix that waits', { fixedIn: '2', fixableSince: '2026-08-01T00:00:00Z' }, 35],
    ['what can be reached and is used', { exposed: true, inUse: true }, 40],
    ['malware', { malicious: true }, 100],
    [
      'everything at once',
      {
        severity: { level: 'critical', score: 10, source: 's' },
        kev: { ...kev, ransomware: true },
        running: 1_000,
        fixedIn: '2',
        fixableSince: '2020-01-01T00:00:00Z',
        exposed: true,
        inUse: true,
      },
      100,
    ],
  ])('of %s', (_, more, score) => {
    expect(riskOf(facts(more), now).score).toBe(score);
  });

  it('says what it is made of', () => {
    const { factors } = riskOf(facts({ kev, running: 3, fixedIn: '1.2', fixableSince: '2026-11-18T00:00:00Z' }), now);
    expect(factors).toEqual([
      { name: 'severity', points: 30, text: 'high, CVSS 7.5' },
      { name: 'exploit', points: 32, text: 'known to be exploited since 2022-05-04 (CISA KEV)' },
      { name: 'running', points: 6, text: 'runs in 3 services' },
      { name: 'fix', points: 2, text: 'fixed in 1.2, for 10 days' },
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
        exposed: fc.boolean(),
        inUse: fc.boolean(),
      },
      { requiredKeys: ['severity', 'malicious', 'running'] },
    ) as fc.Arbitrary<RiskFacts>;
    fc.assert(
      fc.property(some, (given) => {
        const { score, factors } = riskOf(given, now);
        expect(score).toBe(factors.reduce((sum, { points }) => sum + points, 0));
        expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
        const worse: Partial<RiskFacts>[] = [
          { running: given.running + 1 },
          { severity: { ...given.severity, score: 10 } },
          { kev: { dateAdded: '2022-05-04', ransomware: true } },
          { fixedIn: '2', fixableSince: '2020-01-01T00:00:00Z' },
          { exposed: true },
          { inUse: true },
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
    const texts = (given: Problem) => riskOfProblem(given, undefined, now).factors.map(({ text }) => text);
    expect(texts(problem)).toEqual(['high, CVSS 7.5', 'runs in 1 service', 'fixed in 2, for 1 day']);
    expect(texts({ ...problem, history: [] })[2]).toBe('fixed in 2, for 331 days');
    expect(texts({ ...problem, workloads: [] })[1]).toBe('runs in 1 service');
  });
});
