import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scoreVector } from '../../../shared/judging/cvss.ts';

// Published example scores; the vectors and numbers are those of the specifications' examples and of well-known CVEs.
const cases = JSON.parse(readFileSync(new URL('./cvss-cases.json', import.meta.url), 'utf8')) as {
  vector: string;
  score: number;
  level: string;
}[];

describe('scores of CVSS vectors', () => {
  test.each(cases)('$vector is $score', ({ vector, score, level }) => {
    expect(scoreVector(vector)).toMatchObject({ score, level });
  });

  test.each([
    '',
    'HIGH',
    '7.5',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N',
    'CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
    'CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
    'CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:S/SA:H',
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H',
    'CVSS:4.0/AV:NA/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H',
    'AV:N/AC:L/Au:N/C:N/I:N',
    'AV:N/AV:L/AC:L/Au:N/C:N/I:N/A:N',
    'AV:__proto__/AC:L/Au:N/C:N/I:N/A:N',
  ])('%j is no vector', (text) => {
    expect(scoreVector(text)).toBeUndefined();
  });

  test('every CVSS 4.0 base vector has a score, and no graver value ever lowers it', () => {
    const scale: Record<string, string> = {
      AV: 'NALP',
      AC: 'LH',
      AT: 'NP',
      PR: 'NLH',
      UI: 'NPA',
      VC: 'HLN',
      VI: 'HLN',
      VA: 'HLN',
      SC: 'HLN',
      SI: 'HLN',
      SA: 'HLN',
    };
    const metrics = Object.keys(scale);
    const vectorOf = (values: readonly number[]): string =>
      `CVSS:4.0/${metrics.map((metric, at) => `${metric}:${scale[metric]?.[values[at] ?? 0]}`).join('/')}`;
    fc.assert(
      fc.property(
        fc.tuple(...metrics.map((metric) => fc.nat({ max: (scale[metric]?.length ?? 1) - 1 }))),
        fc.nat({ max: metrics.length - 1 }),
        (values, at) => {
          const score = scoreVector(vectorOf(values))?.score;
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(10);
          const graver = values.with(at, Math.max(0, (values[at] ?? 0) - 1));
          expect(scoreVector(vectorOf(graver))?.score).toBeGreaterThanOrEqual(score ?? 11);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
