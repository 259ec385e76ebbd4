import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSchedule, ScheduleError } from '../../../local/bus/schedule.ts';

const next = (expression: string, after: string): string =>
  parseSchedule(expression).next(new Date(after)).toISOString();

describe('a schedule', () => {
  // EventBridge user guide, "Schedule expressions"
  it.each([
    ['rate(1 minute)', '2026-01-01T00:00:30Z', '2026-01-01T00:01:30.000Z'],
    ['rate(15 minutes)', '2026-01-01T00:00:00Z', '2026-01-01T00:15:00.000Z'],
    ['rate(7 days)', '2026-01-01T00:00:00Z', '2026-01-08T00:00:00.000Z'],
    ['cron(15 10 * * ? *)', '2026-01-01T10:14:59Z', '2026-01-01T10:15:00.000Z'],
    ['cron(15 10 * * ? *)', '2026-01-01T10:15:00Z', '2026-01-02T10:15:00.000Z'],
    ['cron(0 18 ? * MON-FRI *)', '2026-11-20T18:00:00Z', '2026-11-23T18:00:00.000Z'],
    ['cron(0 8 1 * ? *)', '2026-12-01T08:00:00Z', '2027-01-01T08:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-01-01T23:50:00Z', '2026-01-02T00:00:00.000Z'],
    ['cron(5,35 14 * JAN,MAR ? *)', '2026-01-31T14:35:00Z', '2026-03-01T14:05:00.000Z'],
    ['cron(0 0 29 2 ? *)', '2096-03-01T00:00:00Z', '2104-02-29T00:00:00.000Z'],
    ['cron(0 0 ? * 1 2028)', '2026-01-01T00:00:00Z', '2028-01-02T00:00:00.000Z'],
  ])('%s after %s is %s', (expression, after, expected) => {
    expect(next(expression, after)).toBe(expected);
  });

  it('is always later, at a minute that its fields name', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: 0, max: 23 }),
        fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        (minute, hour, after) => {
          const at = parseSchedule(`cron(${minute} ${hour} * * ? *)`).next(after);
          expect(at.getTime()).toBeGreaterThan(after.getTime());
          expect(at.getTime() - after.getTime()).toBeLessThanOrEqual(24 * 60 * 60_000);
          expect([at.getUTCMinutes(), at.getUTCHours(), at.getUTCSeconds()]).toEqual([minute, hour, 0]);
        },
      ),
    );
  });

  it.each([
    '',
    'rate(0 minutes)',
    'rate(1 minutes)',
    'rate(2 minute)',
    'rate(5 seconds)',
    'cron(* * * * * *)',
    'cron(0 0 ? * ? *)',
    'cron(60 0 * * ? *)',
    'cron(0 0 L * ? *)',
    'cron(0 0 * * ?)',
    'cron(5-1/0 0 * * ? *)',
    'every day',
  ])('refuses %s', (expression) => {
    expect(() => parseSchedule(expression)).toThrow(ScheduleError);
  });

  it('that never comes says so', () => {
    expect(() => next('cron(0 0 30 2 ? *)', '2026-01-01T00:00:00Z')).toThrow(/never comes/);
  });
});
