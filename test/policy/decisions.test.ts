import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultPolicy,
  type Exception,
  evaluate,
  exceptionFor,
  expired,
  globMatches,
  type JudgedFinding,
  modeOf,
  type Policy,
} from '#shared/policy';

describe('a glob', () => {
  it.each([
    ['prod/*', ['prod/a', 'prod/'], ['prod/a/b', 'prod', 'xprod/a']],
    ['prod/**', ['prod/a/b', 'prod/'], ['prod']],
    ['*/checkout', ['a/checkout', '/checkout'], ['a/b/checkout']],
    ['**', ['', 'a/b'], []],
    ['a?c', ['abc'], ['ac', 'a/c', 'abbc']],
    ['a.c', ['a.c'], ['abc']],
    ['[ab]*', ['[ab]x'], ['a']],
  ])('%s', (glob, yes, no) => {
    for (const text of yes) expect(globMatches(glob, text), text).toBe(true);
    for (const text of no) expect(globMatches(glob, text), text).toBe(false);
  });

  it('matches as a naive regular expression does', () => {
    const glob = fc
      .array(fc.constantFrom('a', 'b', '/', '*', '?', '**'), { maxLength: 8 })
      .map((parts) => parts.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(glob, text, (wanted, given) => {
        const naive = new RegExp(
          `^${wanted.replace(/\*\*|\*|\?/g, (part) => ({ '**': '[^]*', '*': '[^/]*', '?': '[^/]' })[part] ?? '')}$`,
        );
        expect(globMatches(wanted, given)).toBe(naive.test(given));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the mode of a workload', () => {
  const policy = {
    ...defaultPolicy,
    mode: 'ask',
    services: [
      { service: 'prod/*', mode: 'observe' },
      { service: 'prod/checkout', mode: 'auto' },
    ],
  } satisfies Policy;
  it.each([
    [
      'its tag, over everything',
      { cluster: 'prod', name: 'web', tags: { 'drydock:repair': 'auto' } },
      'auto',
      'its tag drydock:repair',
    ],
    [
      'its tag, in any case',
      { cluster: 'x', name: 'web', tags: { 'drydock:repair': ' Observe ' } },
      'observe',
      'its tag drydock:repair',
    ],
    [
      'a misspelt tag, to observe',
      { cluster: 'x', name: 'web', tags: { 'drydock:repair': 'atuo' } },
      'observe',
      'its tag drydock:repair is "atuo", which is no mode (observe, ask, auto)',
    ],
    ['the first rule that fits', { cluster: 'prod', name: 'checkout', tags: {} }, 'observe', 'policy names prod/*'],
    ['the default', { cluster: 'test', name: 'web', tags: { other: 'auto' } }, 'ask', "the policy's default"],
  ] as const)('comes from %s', (_, workload, mode, why) => {
    expect(modeOf(policy, workload)).toEqual({ mode, why });
  });
});

const exception = (more: Partial<Exception> = {}): Exception => ({
  id: 'CVE-2026-1234',
  scope: {},
  reason: 'not reachable',
  until: '2026-12-31',
  ...more,
});
const subject = {
  aliases: ['DSA-2896-1', 'cve-2026-1234'],
  package: 'openssl',
  repository: 'registry.example:5000/team/app',
  service: 'prod/checkout',
  paths: ['/usr/lib/x', '/usr/lib/y/x'],
  digests: [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`],
};

describe('an exception', () => {
  const now = new Date('2026-12-31T23:59:59Z');

  it('accepts by any alias until the end of its last day', () => {
    expect(exceptionFor([exception()], subject, now)).toEqual({ exception: exception(), ended: [] });
    const after = new Date('2027-01-01T00:00:00Z');
    expect(exceptionFor([exception()], subject, after)).toEqual({
      ended: [{ exception: exception(), why: '2026-12-31 was its last day' }],
    });
    expect(expired([exception(), exception({ until: '2027-01-01' })], after)).toEqual([exception()]);
  });

  it.each([
    [{ package: 'openssl' }, true],
    [{ package: 'open*', service: 'prod/*' }, true],
    [{ package: 'openssl', service: 'test/*' }, false],
    [{ repository: 'team/*' }, true],
    [{ repository: 'registry.example:5000/**' }, true],
    [{ repository: 'other/*' }, false],
    [{ path: '/usr/**' }, true],
    [{ path: '/opt/**' }, false],
    [{ path: '/usr/lib/*' }, false],
    [{ digest: `sha256:${'b'.repeat(64)}` }, true],
    [{ digest: `sha256:${'c'.repeat(64)}` }, false],
  ])('holds within %j: %s', (scope, holds) => {
    expect(exceptionFor([exception({ scope })], subject, now).exception !== undefined).toBe(holds);
  });

  it('with a scope never accepts where that is not known', () => {
    const { paths: _paths, service: _service, ...unknown } = subject;
    for (const scope of [{ path: '**' }, { service: '**' }])
      expect(exceptionFor([exception({ scope })], unknown, now).exception).toBeUndefined();
  });

  it('of another vulnerability accepts nothing, nor does a part of an id', () => {
    for (const id of ['CVE-2026-123', 'CVE-2026-12345', 'DSA-2896'])
      expect(exceptionFor([exception({ id })], subject, now)).toEqual({ ended: [] });
  });

  it('that still holds is found behind one that has ended', () => {
    const old = exception({ until: '2026-01-01' });
    expect(exceptionFor([old, exception()], subject, now)).toEqual({
      exception: exception(),
      ended: [{ exception: old, why: '2026-01-01 was its last day' }],
    });
  });
});

describe('a verdict', () => {
  const now = new Date('2026-11-20T00:00:00Z');
  const finding = (more: Partial<JudgedFinding> = {}): JudgedFinding => ({
    vulnerability: 'CVE-2026-1',
    aliases: [],
    package: 'openssl',
    severity: 'critical',
    fixedIn: '1.1',
    ...more,
  });
  const view = (findings: readonly JudgedFinding[], state: 'scanned' | 'partial' | 'unsupported' = 'scanned') => ({
    repository: 'team/app',
    coverage: { state, reasons: state === 'scanned' ? [] : [{ text: 'unknown distribution' }] },
    findings,
  });

  it.each([
    ['nothing found', [], 'scanned', {}, 'pass', []],
    [
      'critical with a fix',
      [finding()],
      'scanned',
      {},
      'block',
      ['CVE-2026-1 in openssl: critical, fixed in 1.1 (policy blocks critical and worse that have a fix)'],
    ],
    [
      'critical without a fix',
      [{ ...finding(), fixedIn: undefined } as unknown as JudgedFinding],
      'scanned',
      {},
      'warn',
      ['CVE-2026-1 in openssl: critical, no fix is known'],
    ],
    ['high', [finding({ severity: 'high' })], 'scanned', {}, 'warn', ['CVE-2026-1 in openssl: high, fixed in 1.1']],
    ['low', [finding({ severity: 'low' })], 'scanned', {}, 'pass', []],
    [
      'low and exploited',
      [finding({ severity: 'low', kev: true })],
      'scanned',
      {},
      'block',
      ['CVE-2026-1 in openssl: known to be exploited, fixed in 1.1'],
    ],
    [
      'malicious',
      [finding({ severity: 'unknown', malicious: true })],
      'scanned',
      {},
      'block',
      ['CVE-2026-1 in openssl: the package itself is malicious'],
    ],
    ['nothing found in a part', [], 'partial', {}, 'warn', ['it could be judged in part only: unknown distribution']],
    ['nothing could be read', [], 'unsupported', {}, 'warn', ['it could be judged not at all: unknown distribution']],
    [
      'nothing could be read, strictly',
      [],
      'unsupported',
      { unsupported: true },
      'block',
      ['it could be judged not at all: unknown distribution'],
    ],
    [
      'never by severity',
      [finding()],
      'scanned',
      { severity: 'never' },
      'warn',
      ['CVE-2026-1 in openssl: critical, fixed in 1.1'],
    ],
  ] as const)('%s', (_, findings, state, block, verdict, reasons) => {
    const result = evaluate(
      { ...defaultPolicy, block: { ...defaultPolicy.block, ...block } },
      view(findings, state),
      now,
    );
    expect([result.verdict, result.reasons.map((reason) => reason.text)]).toEqual([verdict, reasons]);
  });

  it('says what exceptions accept, and what an ended one no longer does', () => {
    const policy = {
      ...defaultPolicy,
      ignore: [
        exception({ id: 'CVE-2026-1', scope: { repository: 'team/*' } }),
        exception({ id: 'CVE-2026-2', until: '2026-11-19' }),
      ],
    };
    const result = evaluate(
      policy,
      view([
        finding(),
        finding({ vulnerability: 'CVE-2026-2' }),
        finding({ vulnerability: 'CVE-2026-3', severity: 'low' }),
      ]),
      now,
    );
    expect(result.accepted).toEqual([
      { vulnerability: 'CVE-2026-1', package: 'openssl', reason: 'not reachable', until: '2026-12-31' },
    ]);
    expect(result.reasons).toEqual([
      {
        verdict: 'block',
        text: 'CVE-2026-2 in openssl: critical, fixed in 1.1 (policy blocks critical and worse that have a fix); its exception has ended: 2026-11-19 was its last day',
      },
    ]);
    expect(result.below).toBe(1);
  });

  it('is the worst of its reasons, counts everything, and does not depend on the order', () => {
    const some = fc.record({
      vulnerability: fc.constantFrom('CVE-1', 'CVE-2', 'CVE-3'),
      aliases: fc.constant([]),
      package: fc.constantFrom('a', 'b'),
      severity: fc.constantFrom('critical', 'high', 'low', 'unknown'),
      kev: fc.boolean(),
    }) as fc.Arbitrary<JudgedFinding>;
    fc.assert(
      fc.property(
        fc.array(some, { maxLength: 8 }),
        fc.constantFrom('scanned', 'partial', 'unsupported'),
        (findings, state) => {
          const policy = { ...defaultPolicy, ignore: [exception({ id: 'CVE-1' })] };
          const result = evaluate(policy, view(findings, state), now);
          expect(result.reasons.length + result.accepted.length + result.below).toBe(
            findings.length + (state === 'scanned' ? 0 : 1),
          );
          const worst = result.reasons.some((reason) => reason.verdict === 'block')
            ? 'block'
            : result.reasons.length > 0
              ? 'warn'
              : 'pass';
          expect(result.verdict).toBe(worst);
          expect(state !== 'scanned' && result.verdict === 'pass').toBe(false);
          expect(evaluate(policy, view(findings.toReversed(), state), now).reasons).toEqual(result.reasons);
        },
      ),
    );
  });
});
