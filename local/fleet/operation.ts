import type { Tx } from './state.ts';

/** The throttle bucket that an operation draws from (aws.md 3.5). */
export type Bucket =
  | 'definition-modify'
  | 'definition-read'
  | 'service-modify'
  | 'service-read'
  | 'deployments'
  | 'cluster-modify'
  | 'cluster-read'
  | 'resource-modify'
  | 'resource-read'
  | 'tag-modify';

/** One operation of the API: from its parsed JSON to the JSON of its answer. Throws FleetError. */
export interface Operation {
  readonly bucket: Bucket;
  readonly run: (tx: Tx, input: unknown) => Readonly<Record<string, unknown>>;
}

/** AWS JSON 1.1 writes times as seconds since the epoch, with a fraction. */
export function seconds(ms: number): number {
  return ms / 1000;
}

/** `{name: seconds}` when there is a time, nothing when there is none. */
export function timed(name: string, ms: number | undefined): Readonly<Record<string, number>> {
  return ms === undefined ? {} : { [name]: seconds(ms) };
}
