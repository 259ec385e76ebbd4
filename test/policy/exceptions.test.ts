import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Exception,
  type ExceptionSubject,
  endsText,
  exceptionFor,
  exceptionName,
  parsePolicy,
} from '#shared/policy';

const now = new Date('2026-11-20T12:00:00Z');
const subject: ExceptionSubject = { aliases: ['CVE-2026-1234'], package: 'openssl' };

/** What a policy file with this one exception holds. */
function exceptionOf(fields: string): Exception {
  const parsed = parsePolicy(`ignore:\n  - {id: CVE-2026-1234, reason: not reachable, owner: team-a, ${fields}}\n`);
  if ('errors' in parsed) throw new Error(JSON.stringify(parsed.errors));
  return parsed.policy.ignore[0]!;
}

describe('an exception ends by itself', () => {
  it.each<[string, Partial<ExceptionSubject>, string | undefined]>([
    ['until: 2026-11-20', {}, undefined],
    ['until: 2026-11-19', {}, '2026-11-19 was its last day'],
    ['untilFixed: true', {}, undefined],
    ['untilFixed: true', { fixedIn: '3.0.2' }, 'it is fixed in 3.0.2'],
    ['untilExposed: true', {}, undefined],
    [
      'untilExposed: true',
      { exposed: 'load balancer shop-alb (internet-facing)' },
      'the internet reaches it: load balancer shop-alb (internet-facing)',
    ],
    ['untilKev: true', { fixedIn: '3.0.2' }, undefined],
    ['untilKev: true', { exploitedSince: '2026-11-18' }, 'it is known to be exploited since 2026-11-18 (CISA KEV)'],
    ['untilEpss: 0.1', { epss: 0.09999 }, undefined],
    ['untilEpss: 0.1', { epss: 0.1 }, 'an exploit has become likely: EPSS 0.1 is at least 0.1'],
    ['until: 2026-12-31, untilFixed: true, untilKev: true', { fixedIn: '3.0.2' }, 'it is fixed in 3.0.2'],
  ])('%s, with %j', (ends, known, why) => {
    const exception = exceptionOf(ends);
    expect(exceptionFor([exception], { ...subject, ...known }, now)).toEqual(
      why === undefined ? { exception, ended: [] } : { ended: [{ exception, why }] },
    );
  });

  it('by the first of its ends, whatever the others say', () => {
    const any = fc.record(
      { fixedIn: fc.constant('1'), exploitedSince: fc.constant('2026-01-01'), epss: fc.constant(0.5) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(any, fc.boolean(), (known, past) => {
        const exception = exceptionOf(
          `until: ${past ? '2026-01-01' : '2027-01-01'}, untilFixed: true, untilKev: true, untilEpss: 0.5`,
        );
        const { exception: holds, ended } = exceptionFor([exception], { ...subject, ...known }, now);
        expect(holds === undefined).toBe(past || Object.keys(known).length > 0);
        expect(ended.length).toBe(holds === undefined ? 1 : 0);
      }),
    );
  });

  it('and says beforehand by what', () => {
    expect(endsText(exceptionOf('until: 2026-12-31'))).toBe('2026-12-31');
    expect(endsText(exceptionOf('until: 2026-12-31, untilFixed: true, untilKev: true, untilEpss: 0.1'))).toBe(
      '2026-12-31, a fix, an exploit (CISA KEV) or EPSS 0.1',
    );
  });
});

describe('an exception without an id', () => {
  const exception: Exception = { scope: { package: 'linux-libc-*' }, reason: 'headers', untilKev: true };

  it('is for every vulnerability of its package, malware excepted', () => {
    const found = { aliases: ['CVE-2026-9'], package: 'linux-libc-dev' };
    expect(exceptionFor([exception], found, now).exception).toBe(exception);
    expect(exceptionFor([exception], { ...found, package: 'curl' }, now).exception).toBeUndefined();
    expect(exceptionFor([exception], { ...found, malicious: true }, now)).toEqual({ ended: [] });
    const named = { ...exception, id: 'MAL-2026-1' };
    expect(exceptionFor([named], { ...found, aliases: ['MAL-2026-1'], malicious: true }, now).exception).toBe(named);
    expect(exceptionName(exception)).toBe('everything in linux-libc-*');
  });
});

describe('a policy file refuses an exception', () => {
  it.each([
    ['{id: CVE-2026-1, reason: r, untilKev: true}', 'ignore[0].owner', /is missing: write who answers for it/],
    ['{id: CVE-2026-1, reason: r, owner: o}', 'ignore[0].until', /an exception ends; write until/],
    ['{reason: r, owner: o, untilFixed: true}', 'ignore[0].id', /name the vulnerability/],
    ['{scope: {service: a/b}, reason: r, owner: o, untilFixed: true}', 'ignore[0].id', /name the vulnerability/],
    ['{id: CVE-2026-1, reason: r, owner: o, untilFixed: false}', 'ignore[0].untilFixed', /write true/],
    ['{id: CVE-2026-1, reason: r, owner: o, untilEpss: 0}', 'ignore[0].untilEpss', /more than 0/],
    ['{id: CVE-2026-1, reason: r, owner: o, untilEpss: 1.5}', 'ignore[0].untilEpss', /at most 1/],
    [
      '{id: CVE-2026-1, reason: r, owner: o, untilKev: true, scope: {digest: sha256:ab}}',
      'ignore[0].scope.digest',
      /whole digest/,
    ],
    ['{id: CVE-2026-1, reason: r, owner: o, untilFix: true}', 'ignore[0].untilFix', /did you mean untilFixed/],
  ])('%s', (entry, path, text) => {
    const parsed = parsePolicy(`ignore: [${entry}]`);
    const errors = 'errors' in parsed ? parsed.errors : [];
    expect(errors.map((error) => error.path)).toContain(path);
    expect(errors.find((error) => error.path === path)?.text).toMatch(text);
  });
});
