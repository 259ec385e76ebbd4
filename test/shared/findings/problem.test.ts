import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Exposure, evaluateProblem, type Problem, type ProblemFacts } from '#shared/findings';

const key = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };

const exposure = (workload: string, more: Partial<Exposure> = {}): Exposure => ({
  workload: `1/local/demo/${workload}`,
  digests: [`sha256:${'a'.repeat(64)}`],
  packages: ['openssl 1.0.1e-2'],
  severity: { level: 'high', score: 7.5, source: 'CVSS 3.1 of DSA-2896-1' },
  status: 'affected',
  fixedIn: '1.0.1e-2+deb7u5',
  vulnerability: 'CVE-2014-0160',
  aliases: ['CVE-2014-0160'],
  records: ['DSA-2896-1'],
  malicious: false,
  why: '1.0.1e-2 < 1.0.1e-2+deb7u5 (dpkg)',
  since: '2026-01-01T00:00:00.000Z',
  ...more,
});

const facts = (exposures: readonly Exposure[], more: Partial<ProblemFacts> = {}): ProblemFacts => ({
  key,
  exposures,
  kev: undefined,
  baseline: false,
  withdrawn: false,
  now: '2026-01-02T00:00:00.000Z',
  ...more,
});

const told = (before: Problem | undefined, after: ProblemFacts) =>
  evaluateProblem(before, after)?.transitions.map((entry) => entry.transition);
const stateAfter = (before: Problem | undefined, next: ProblemFacts): Problem => {
  const change = evaluateProblem(before, next);
  if (change !== undefined) return change.problem;
  if (before === undefined) throw new Error('nothing came of it');
  return before;
};

describe('a problem', () => {
  it('is new once, and the same facts again tell nothing', () => {
    const first = evaluateProblem(undefined, facts([exposure('checkout')]));
    expect(first?.transitions).toEqual([{ transition: 'NEW', text: 'runs in checkout' }]);
    expect(evaluateProblem(first?.problem, facts([exposure('checkout')]))).toBeUndefined();
  });

  it('spreads, shrinks without a word, resolves, and is reopened', () => {
    const one = stateAfter(undefined, facts([exposure('checkout')]));
    expect(told(one, facts([exposure('checkout'), exposure('reports')]))).toEqual(['SPREAD']);
    const two = stateAfter(one, facts([exposure('checkout'), exposure('reports')]));
    expect(told(two, facts([exposure('reports')]))).toEqual([]);
    const gone = stateAfter(two, facts([]));
    expect(gone).toMatchObject({ state: 'resolved', workloads: [], resolvedAt: '2026-01-02T00:00:00.000Z' });
    expect(told(gone, facts([]))).toBeUndefined();
    expect(told(gone, facts([exposure('checkout')]))).toEqual(['REOPENED']);
  });

  it('of which nobody has heard is told as new with all that it has come to since, and when it was first seen', () => {
    const first = evaluateProblem(undefined, facts([exposure('checkout')]))!;
    const later = facts([exposure('checkout'), exposure('reports')], { now: '2026-01-03T00:00:00.000Z' });
    const change = evaluateProblem(first.problem, later, first.transitions);
    expect(change?.transitions).toEqual([{ transition: 'NEW', text: 'runs in checkout, reports' }]);
    expect(change?.problem.history).toEqual([
      { at: '2026-01-02T00:00:00.000Z', transition: 'NEW', text: 'runs in checkout, reports' },
    ]);
    expect(change?.problem).toMatchObject({ firstSeen: '2026-01-02T00:00:00.000Z', rev: 2 });
    expect(
      evaluateProblem(first.problem, facts([]), first.transitions)?.transitions.map((one) => one.transition),
    ).toEqual(['NEW', 'RESOLVED']);
  });

  it('tells what was not told yet before what is new', () => {
    const one = stateAfter(undefined, facts([exposure('checkout', { severity: { level: 'low', source: 'x' } })]));
    const raised = evaluateProblem(one, facts([exposure('checkout')]))!;
    const both = facts([exposure('checkout'), exposure('reports')]);
    const change = evaluateProblem(raised.problem, both, raised.transitions);
    expect(change?.transitions.map(({ transition }) => transition)).toEqual(['ESCALATED', 'SPREAD']);
    expect(change?.problem.history.map(({ transition }) => transition)).toEqual(['NEW', 'ESCALATED', 'SPREAD']);
  });

  it('escalates once when an exploit becomes as likely as policy says, and keeps the score of that day', () => {
    const at = (score: number, from = 0.5) => facts([exposure('checkout')], { likelihood: { score, from } });
    const unlikely = stateAfter(undefined, at(0.1));
    expect(unlikely.likely).toBeUndefined();
    const change = evaluateProblem(unlikely, at(0.6));
    expect(change?.transitions).toEqual([
      { transition: 'ESCALATED', text: 'an exploit has become likely: EPSS 0.6, told from 0.5 on' },
    ]);
    const likely = change?.problem;
    expect(likely?.likely).toEqual({ score: 0.6, from: 0.5 });
    expect(evaluateProblem(likely, at(0.7)), 'another score is no news').toBeUndefined();
    expect(told(likely, at(0.4))).toEqual([]);
    expect(stateAfter(likely, at(0.4)).likely).toBeUndefined();
    expect(told(stateAfter(likely, at(0.4)), at(0.5))).toEqual(['ESCALATED']);
    expect(told(likely, at(0.7, 0.65)), 'another threshold is no news').toEqual([]);
  });

  it('says withdrawn when the advisory went, not the workload', () => {
    const one = stateAfter(undefined, facts([exposure('checkout')]));
    expect(told(one, facts([], { withdrawn: true }))).toEqual(['WITHDRAWN']);
  });

  it('escalates when severity rises or exploitation becomes known, never when severity falls', () => {
    const medium = stateAfter(undefined, facts([exposure('checkout', { severity: { level: 'medium', source: 'x' } })]));
    expect(told(medium, facts([exposure('checkout')]))).toEqual(['ESCALATED']);
    expect(
      told(
        stateAfter(undefined, facts([exposure('checkout')])),
        facts([exposure('checkout', { severity: { level: 'low', source: 'x' } })]),
      ),
    ).toEqual([]);
    const unknown = stateAfter(
      undefined,
      facts([exposure('checkout', { severity: { level: 'unknown', source: 'nobody' } })]),
    );
    expect(told(unknown, facts([exposure('checkout', { severity: { level: 'medium', source: 'x' } })]))).toEqual([]);
    expect(told(unknown, facts([exposure('checkout', { severity: { level: 'high', source: 'x' } })]))).toEqual([
      'ESCALATED',
    ]);
    const kev = { cve: 'CVE-2014-0160', dateAdded: '2022-05-04', ransomware: false };
    expect(told(stateAfter(undefined, facts([exposure('checkout')])), facts([exposure('checkout')], { kev }))).toEqual([
      'ESCALATED',
    ]);
  });

  it('tells a fix only when every exposed workload has one', () => {
    const { fixedIn: _none, ...unfixed } = exposure('reports');
    const one = stateAfter(undefined, facts([unfixed]));
    expect(one.fixedIn).toBeUndefined();
    expect(stateAfter(undefined, facts([unfixed, exposure('checkout')])).fixedIn).toBeUndefined();
    expect(told(one, facts([exposure('reports')]))).toEqual(['FIX_AVAILABLE']);
  });

  it('is accepted while every workload accepts it, and comes back when the exception ends', () => {
    const accepted = { reason: 'not reachable', until: '2026-02-01' };
    const one = stateAfter(undefined, facts([exposure('checkout')]));
    const two = stateAfter(one, facts([exposure('checkout', { accepted })]));
    expect(two).toMatchObject({ state: 'accepted', workloads: [], acceptedBy: ['1/local/demo/checkout'] });
    expect(two.history.at(-1)).toMatchObject({
      transition: 'ACCEPTED',
      text: 'accepted until 2026-02-01: not reachable',
    });
    expect(told(two, facts([exposure('checkout')]))).toEqual(['ACCEPTANCE_ENDED']);
  });

  it('does not depend on the order of exposures, and settles after one evaluation', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
    const levels = fc.constantFrom('critical', 'high', 'medium', 'low', 'unknown' as const);
    fc.assert(
      fc.property(
        names,
        fc.array(levels, { minLength: 5, maxLength: 5 }),
        fc.integer(),
        (workloads, severities, seed) => {
          const exposures = workloads.map((name, index) =>
            exposure(name, { severity: { level: severities[index] ?? 'low', source: 's' } }),
          );
          const shuffled = [...exposures].sort(
            (a, b) => ((a.workload.charCodeAt(13) * seed) % 7) - ((b.workload.charCodeAt(13) * seed) % 7),
          );
          const one = evaluateProblem(undefined, facts(exposures));
          expect(evaluateProblem(undefined, facts(shuffled))).toEqual(one);
          expect(evaluateProblem(one?.problem, facts(shuffled))).toBeUndefined();
        },
      ),
    );
  });
});
