import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPolicy, type PolicyProblem, parsePolicy, problemText } from '#shared/policy';

const cases = join(import.meta.dirname, 'fixtures');
const errorsOf = (text: string): readonly PolicyProblem[] => {
  const parsed = parsePolicy(text);
  return 'errors' in parsed ? parsed.errors : [];
};
const policyOf = (text: string) => {
  const parsed = parsePolicy(text);
  if ('errors' in parsed) throw new Error(parsed.errors.map(problemText).join('\n'));
  return parsed.policy;
};

describe('a policy file with errors', () => {
  it.each(readdirSync(cases).filter((name) => name.endsWith('.yaml')))(
    '%s says each of them, with its place and what to do',
    (name) => {
      const expected = readFileSync(join(cases, name.replace('.yaml', '.txt')), 'utf8').trimEnd();
      expect(
        errorsOf(readFileSync(join(cases, name), 'utf8'))
          .map(problemText)
          .join('\n'),
      ).toBe(expected);
    },
  );

  it('is refused when it is a bomb or too large', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]`)
      .join('\n')}`;
    expect(errorsOf(bomb).map(problemText).join()).toMatch(/cannot be used.*without aliases/);
    expect(errorsOf(`# ${'x'.repeat(128 * 1024)}`).map(problemText)).toEqual([
      'line 1, column 1: the file is larger than 128 KB; write scopes with globs instead of many entries',
    ]);
  });

  it('is refused when it is nested without end, with as many errors as people read', () => {
    for (const text of ['['.repeat(100_000), 'a: '.concat('{a: '.repeat(30_000)), '- '.repeat(60_000)]) {
      expect(errorsOf(text)[0]?.text).toBe('this is nested too deeply; a policy has four levels');
      expect(errorsOf(text).length).toBeLessThanOrEqual(50);
    }
    expect(errorsOf(Array.from({ length: 500 }, (_, n) => `k${n}: 1`).join('\n'))).toHaveLength(50);
  });

  it('never throws, and always says where', () => {
    const piece = fc.constantFrom(
      'mode',
      'alert',
      'ignore',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '&a',
      '*a',
      '!!',
      '|',
      '>',
      '#',
      '?',
      'ask',
      '1',
      'null',
      '<<',
      '\u0000',
      '\t',
      '---',
      '%YAML',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          for (const error of errorsOf(text)) {
            expect(error.line).toBeGreaterThanOrEqual(1);
            expect(error.line).toBeLessThanOrEqual(text.split(/\r\n|[\r\n]/).length + 1);
            expect(error.column).toBeGreaterThanOrEqual(1);
            expect(error.text.length).toBeGreaterThan(10);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never reaches into a prototype', () => {
    expect(errorsOf('__proto__: {mode: auto}\nconstructor: 1').map((error) => error.path)).toEqual([
      '__proto__',
      'constructor',
    ]);
    expect(policyOf('mode: ask').mode).toBe('ask');
  });
});

describe('a policy file', () => {
  it('may be empty: look, tell what is high or exploited, change nothing', () => {
    for (const text of ['', '\n', '# nothing yet\n', '{}', '---\n']) expect(policyOf(text)).toEqual(defaultPolicy);
    expect(defaultPolicy).toEqual({
      mode: 'observe',
      services: [],
      alert: { severity: 'high', kev: true },
      block: { severity: 'critical', fixable: true, kev: true, unsupported: false },
      ignore: [],
      newer: [],
      waves: { canary: 1, percent: 25, max: 50, bakeSeconds: 300 },
      bases: [],
      sweep: { dailyBytes: 50_000_000_000, images: 'newest', forget: false, keepDays: 90, keepHistoryDays: 400 },
      attach: [],
      trust: { sbom: [], vex: [] },
    });
  });

  it('says everything', () => {
    const text = `
version: 1
mode: ask
services:
  - {service: prod/checkout, mode: auto}
  - {service: "sandbox/**", mode: observe}
alert: {severity: medium, kev: false}
block: {severity: never, fixable: false, kev: false, unsupported: true}
ignore:
  - id: CVE-2026-1234
    scope: {package: openssl, repository: team/*, service: prod/*, path: /usr/lib/**}
    reason: "  not reachable, see TICKET-7 "
    owner: the api team
    until: 2027-03-31
  - id: GHSA-jfh8-c2jp-5v3q
    scope: {digest: "sha256:${'a'.repeat(64)}"}
    reason: no untrusted input
    owner: the payments team
    untilFixed: true
    untilKev: true
    untilEpss: 0.1
    untilExposed: true
newer:
  - {repository: team/app, tags: ^1.2}
  - {repository: "**", tags: 'regexp:^\\d{8}$'}
waves: {canary: 2, percent: 12.5, max: 10, bakeSeconds: 0}
bases: [debian, registry.example:5000/base/alpine]
sweep: {dailyBytes: 1.5 GB, images: running, forget: true, keepDays: 30, keepHistoryDays: 730}
attach: [sbom]
trust: {sbom: [team/*], vex: [registry.example/**]}
`;
    expect(policyOf(text)).toEqual({
      mode: 'ask',
      services: [
        { service: 'prod/checkout', mode: 'auto' },
        { service: 'sandbox/**', mode: 'observe' },
      ],
      alert: { severity: 'medium', kev: false },
      block: { severity: 'never', fixable: false, kev: false, unsupported: true },
      ignore: [
        {
          id: 'CVE-2026-1234',
          scope: { package: 'openssl', repository: 'team/*', service: 'prod/*', path: '/usr/lib/**' },
          reason: 'not reachable, see TICKET-7',
          owner: 'the api team',
          until: '2027-03-31',
        },
        {
          id: 'GHSA-jfh8-c2jp-5v3q',
          scope: { digest: `sha256:${'a'.repeat(64)}` },
          reason: 'no untrusted input',
          owner: 'the payments team',
          untilFixed: true,
          untilKev: true,
          untilEpss: 0.1,
          untilExposed: true,
        },
      ],
      newer: [
        { repository: 'team/app', tags: '^1.2' },
        { repository: '**', tags: 'regexp:^\\d{8}$' },
      ],
      waves: { canary: 2, percent: 12.5, max: 10, bakeSeconds: 0 },
      bases: ['debian', 'registry.example:5000/base/alpine'],
      sweep: { dailyBytes: 1_500_000_000, images: 'running', forget: true, keepDays: 30, keepHistoryDays: 730 },
      attach: ['sbom'],
      trust: { sbom: ['team/*'], vex: ['registry.example/**'] },
    });
  });
});
