import type { AffectedRange, RangeEvent } from './types.ts';
import type { VersionOrder } from './versions/index.ts';

/** A range that holds a version. */
export interface RangeMatch {
  /** the bounds in words: `>= 0 and < 1.0.1e-2+deb7u5` */
  readonly words: string;
}

interface Placed {
  readonly kind: 'introduced' | 'fixed' | 'last_affected';
  readonly version: string;
}

/**
 * Whether a version lies in a range, exactly as OSV defines it: events sorted by the order, `introduced: "0"` before everything, and before one
 * of the limits if there are any. undefined: it does not.
 */
export function matchRange(order: VersionOrder, range: AffectedRange, version: string): RangeMatch | undefined {
  const { placed, limits } = sortedEvents(order, range);
  let affected = false;
  let from: Placed | undefined;
  let until: Placed | undefined;
  for (const event of placed) {
    const sign = compareToEvent(order, version, event);
    if (event.kind === 'introduced' ? sign >= 0 : event.kind === 'fixed' ? sign >= 0 : sign > 0) {
      affected = event.kind === 'introduced';
      if (affected) from = event;
      until = undefined;
    } else if (event.kind !== 'introduced' && until === undefined) {
      until = event;
    }
  }
  if (!affected) return undefined;
  if (limits.length > 0 && !limits.some((limit) => limit === '*' || order.compare(version, limit) < 0))
    return undefined;
  return { words: bounds(from, until, limits) };
}

function bounds(from: Placed | undefined, until: Placed | undefined, limits: readonly string[]): string {
  const start = `>= ${from?.version ?? '0'}`;
  if (until?.kind === 'fixed') return `${start} and < ${until.version}`;
  if (until?.kind === 'last_affected') return `${start} and <= ${until.version}`;
  const limit = limits.filter((one) => one !== '*').at(-1);
  return limit === undefined ? `${start}, no fix is known` : `${start} and < ${limit}, no fix is known`;
}

interface Sorted {
  readonly order: VersionOrder;
  readonly placed: readonly Placed[];
  readonly limits: readonly string[];
}

// Ranges of a warm shard are asked again and again; they go when the shard goes.
const sortedRanges = new WeakMap<AffectedRange, Sorted>();

function sortedEvents(order: VersionOrder, range: AffectedRange): Sorted {
  const known = sortedRanges.get(range);
  if (known?.order === order) return known;
  const sorted = { order, ...sortEvents(order, range.events) };
  sortedRanges.set(range, sorted);
  return sorted;
}

function sortEvents(
  order: VersionOrder,
  events: readonly RangeEvent[],
): { readonly placed: readonly Placed[]; readonly limits: readonly string[] } {
  const placed: Placed[] = [];
  const limits: string[] = [];
  for (const event of events) {
    if ('introduced' in event) placed.push({ kind: 'introduced', version: event.introduced });
    else if ('fixed' in event) placed.push({ kind: 'fixed', version: event.fixed });
    else if ('last_affected' in event) placed.push({ kind: 'last_affected', version: event.last_affected });
    else limits.push(event.limit);
  }
  const byVersion = (a: string, b: string): number => order.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
  const sorted = placed.sort((a, b) => compareEvents(order, a, b));
  return { placed: pairedAtEqualVersions(order, sorted), limits: limits.sort(byVersion) };
}

/**
 * OSV does not say which of several events at one version comes first. Where a stretch is open there, its end does, and what is introduced begins the
 * next stretch (`fixed 4.7.0, introduced 4.7.0, fixed 4.7.5`, as feeds write one stretch for each branch); where none is, what is introduced ends at once
 * (`introduced 0, fixed 0`, osv.dev#4165).
 */
function pairedAtEqualVersions(order: VersionOrder, sorted: readonly Placed[]): Placed[] {
  const paired: Placed[] = [];
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    const first = sorted[from];
    while (to < sorted.length && first !== undefined && isAtSame(order, first, sorted[to])) to += 1;
    const begins = sorted.slice(from, to).filter(({ kind }) => kind === 'introduced');
    const ends = sorted.slice(from, to).filter(({ kind }) => kind !== 'introduced');
    const isOpen = paired.at(-1)?.kind === 'introduced';
    paired.push(...(isOpen ? [...ends, ...begins] : [...begins, ...ends]));
  }
  return paired;
}

const isAtSame = (order: VersionOrder, a: Placed, b: Placed | undefined): boolean =>
  b !== undefined &&
  isZero(a) === isZero(b) &&
  (a.version === b.version || (!isZero(a) && order.compare(a.version, b.version) === 0));

const isZero = (event: Placed): boolean => event.version === '0' && event.kind !== 'last_affected';

/** Negative when the version lies before the event's; "0" stands for "before everything", which no version lies before. */
const compareToEvent = (order: VersionOrder, version: string, event: Placed): number =>
  isZero(event) ? 1 : order.compare(version, event.version);

function compareEvents(order: VersionOrder, a: Placed, b: Placed): number {
  const sign = isZero(a) || isZero(b) ? Number(isZero(b)) - Number(isZero(a)) : order.compare(a.version, b.version);
  if (sign !== 0) return sign;
  // The text decides last only so that the explanation does not depend on the order of arrival.
  return rank(a) - rank(b) || (a.version < b.version ? -1 : a.version > b.version ? 1 : 0);
}

const rank = (event: Placed): number => (event.kind === 'introduced' ? 0 : event.kind === 'fixed' ? 1 : 2);
