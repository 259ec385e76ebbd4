import { createHash } from 'node:crypto';

/** A value as text in which equal values are equal: members sorted, undefined left out. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => (one === undefined ? 'null' : canonical(one))).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
}

/** A short name made of what it names: the same content always has the same id. 80 bits: no two plans of one account meet by chance. */
export const contentId = (prefix: string, value: unknown): string =>
  `${prefix}-${createHash('sha256').update(canonical(value)).digest('hex').slice(0, 20)}`;
