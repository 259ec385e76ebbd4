import { type VexJustification, type VexStatus, vexJustifications } from './types.ts';

const statuses: readonly string[] = ['not_affected', 'affected', 'fixed', 'under_investigation'] satisfies VexStatus[];

/** The status that a word means; undefined: none. */
export const statusAt = (value: unknown): VexStatus | undefined =>
  typeof value === 'string' && statuses.includes(value) ? (value as VexStatus) : undefined;

/** The justification that a word means; undefined: none. */
export const justificationAt = (value: unknown): VexJustification | undefined =>
  vexJustifications.find((each) => each === value);

/** A time in the one form that can be compared as text; undefined for what is no time. */
export function timeAt(value: unknown): string | undefined {
  const time = typeof value === 'string' ? new Date(value) : undefined;
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** `sha256:<hex>` of what documents call a hash of 256 bits. */
export const digestAt = (value: unknown): string[] =>
  typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? [`sha256:${value.toLowerCase()}`] : [];
