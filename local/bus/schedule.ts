/** When a scheduled rule runs: `next(after)` is the first time later than `after`, in UTC. */
export interface Schedule {
  /** true: a rule that never ran is due at once (a rate begins when the rule is made) */
  readonly atStart: boolean;
  next(after: Date): Date;
}

/** A schedule expression that is not understood, with what is. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
  readonly code = 'bad-schedule';
  constructor(expression: string, advice: string) {
    super(`schedule ${expression}: ${advice}`);
  }
}

const minute = 60_000;
const units: Readonly<Record<string, number>> = {
  minute,
  minutes: minute,
  hour: 60 * minute,
  hours: 60 * minute,
  day: 1440 * minute,
  days: 1440 * minute,
};
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/**
 * Reads `rate(15 minutes)` and `cron(17 2 * * ? *)` (EventBridge user guide, "Schedule expressions"): numbers, names, lists, ranges, steps; L, W and #
 * are not known here. Throws ScheduleError.
 */
export function parseSchedule(expression: string): Schedule {
  const rate = /^rate\((\d{1,6}) (minutes?|hours?|days?)\)$/.exec(expression);
  if (rate !== null) {
    const [, value = '', unit = ''] = rate;
    if (Number(value) < 1 || (Number(value) === 1) === unit.endsWith('s'))
      throw new ScheduleError(expression, 'write rate(1 minute), rate(2 minutes) …');
    const period = Number(value) * (units[unit] ?? 0);
    return { atStart: true, next: (after) => new Date(after.getTime() + period) };
  }
  const fields = /^cron\(([^()]+)\)$/.exec(expression)?.[1]?.split(' ') ?? [];
  const [minutes, hours, days, month, week, year] = fields;
  if (
    fields.length !== 6 ||
    minutes === undefined ||
    hours === undefined ||
    days === undefined ||
    month === undefined ||
    week === undefined ||
    year === undefined
  ) {
    throw new ScheduleError(expression, 'write rate(15 minutes) or cron(minute hour day month weekday year)');
  }
  if ((days === '?') === (week === '?'))
    throw new ScheduleError(expression, "exactly one of day and weekday must be '?'");
  const read = (
    field: string,
    low: number,
    high: number,
    names: readonly string[] = [],
    base = 0,
  ): ReadonlySet<number> => fieldValues(expression, field, low, high, names, base);
  const on = {
    minutes: [...read(minutes, 0, 59)],
    hours: [...read(hours, 0, 23)],
    days: read(days, 1, 31),
    months: read(month, 1, 12, months, 1),
    week: read(week, 1, 7, weekdays, 1),
    years: read(year, 1970, 2199),
  };
  return {
    atStart: false,
    next: (after) => {
      const day = new Date(Date.UTC(after.getUTCFullYear(), after.getUTCMonth(), after.getUTCDate()));
      // 29 February comes within eight years
      for (let tries = 0; tries < 366 * 9; tries += 1, day.setUTCDate(day.getUTCDate() + 1)) {
        const fits =
          on.days.has(day.getUTCDate()) &&
          on.months.has(day.getUTCMonth() + 1) &&
          on.week.has(day.getUTCDay() + 1) &&
          on.years.has(day.getUTCFullYear());
        if (!fits) continue;
        for (const hour of on.hours) {
          for (const at of on.minutes) {
            const time = new Date(day.getTime() + (hour * 60 + at) * minute);
            if (time > after) return time;
          }
        }
      }
      throw new ScheduleError(expression, 'it never comes');
    },
  };
}

function fieldValues(
  expression: string,
  field: string,
  low: number,
  high: number,
  names: readonly string[],
  base: number,
): ReadonlySet<number> {
  const values: number[] = [];
  const number = (text: string): number => {
    const named = names.indexOf(text.toUpperCase());
    const value = named >= 0 ? named + base : /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high))
      throw new ScheduleError(expression, `${field} is not within ${low} to ${high}, or not understood here`);
    return value;
  };
  for (const part of field.split(',')) {
    const [range = '', step, ...more] = part.split('/');
    const every = step === undefined ? 1 : number(step);
    if (more.length > 0 || every < 1) throw new ScheduleError(expression, `${part} is not understood`);
    const [from = '', to] = range === '*' || range === '?' ? [String(low), String(high)] : range.split('-');
    const last = to !== undefined ? number(to) : step !== undefined ? high : number(from);
    for (let value = number(from); value <= last; value += every) values.push(value);
  }
  return new Set(values.sort((a, b) => a - b));
}
