import type { AffectedRange, MatchRecord, RangeEvent, VersionOrder } from '#shared/advisories';

/** What one range or list says of a version. `from` and `until` are the events around it, for the explanation. */
export interface RangeMatch {
  readonly affected: boolean;
  /** the bounds in words: `>= 0 and < 1.0.1e-2+deb7u5` */
  readonly words: string;
}

interface Placed {
  readonly kind: 'introduced' | 'fixed' | 'last_affected';
  readonly version: string;
}

/**
 * Whether a version lies in a range, exactly as OSV defines it: events sorted by the order, introduced before the others at
 * equal versions (osv.dev#4165), `introduced: "0"` before everything, and before one of the limits if there are any.
 */
export function matchRange(order: VersionOrder, range: AffectedRange, version: string): RangeMatch {
  const { placed, limits } = sortEvents(order, range.events);
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
  if (affected && limits.length > 0)
    affected = limits.some((limit) => limit === '*' || order.compare(version, limit) < 0);
  return { affected, words: affected ? bounds(from, until, limits) : '' };
}

function bounds(from: Placed | undefined, until: Placed | undefined, limits: readonly string[]): string {
  const start = `>= ${from?.version ?? '0'}`;
  if (until?.kind === 'fixed') return `${start} and < ${until.version}`;
  if (until?.kind === 'last_affected') return `${start} and <= ${until.version}`;
  const limit = limits.filter((one) => one !== '*').at(-1);
  return limit === undefined ? `${start}, no fix is known` : `${start} and < ${limit}, no fix is known`;
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
  return { placed: placed.sort((a, b) => compareEvents(order, a, b)), limits: limits.sort(byVersion) };
}

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

/** What one record says of a version: the entries that match, OR-ed. */
export interface RecordMatch {
  readonly affected: boolean;
  readonly entries: readonly MatchRecord['affected'][number][];
  /** the first match in words, with the version and the order: `1.0 >= 0 and < 1.2 (dpkg)` */
  readonly words: string;
}

/** Options of a match that are not in the version. */
export interface MatchSide {
  /** the module stream that the package was built in, for RPM distributions */
  readonly module?: string | undefined;
}

/**
 * Whether any entry of a record holds the version: listed (as text, or equal in the order) or in a range. Without an order only
 * the text of listed versions decides.
 */
export function matchRecord(
  order: VersionOrder | undefined,
  record: MatchRecord,
  version: string,
  side: MatchSide = {},
): RecordMatch {
  const entries: MatchRecord['affected'][number][] = [];
  let words = '';
  for (const entry of record.affected) {
    const said = matchEntry(order, entry, version, side);
    if (said === undefined) continue;
    entries.push(entry);
    words ||= said;
  }
  return { affected: entries.length > 0, entries, words };
}

function matchEntry(
  order: VersionOrder | undefined,
  entry: MatchRecord['affected'][number],
  version: string,
  side: MatchSide,
): string | undefined {
  if (order !== undefined) {
    for (const range of entry.ranges) {
      if (isModular(range) !== isModularPackage(version, side)) continue;
      const match = matchRange(order, range, version);
      if (match.affected) return `${version} ${match.words} (${order.name})`;
    }
  }
  const listed =
    entry.versions.find((one) => one === version) ?? entry.versions.find((one) => order?.compare(one, version) === 0);
  return listed === undefined
    ? undefined
    : `${version} is listed as affected${listed === version ? '' : ` as ${listed}`}`;
}

// RPM modules: a modular build may only be compared with modular builds (reference advisories.md section 2, rule 6).
const modular = /\.module[_+]/;
const isModular = (range: AffectedRange): boolean =>
  range.events.some((event) => modular.test(Object.values(event)[0] ?? ''));
const isModularPackage = (version: string, side: MatchSide): boolean =>
  side.module !== undefined || modular.test(version);

/** Every version that some entry of the records calls fixed. */
export function fixedVersions(records: readonly MatchRecord[]): readonly string[] {
  const versions = new Set<string>();
  for (const record of records)
    for (const entry of record.affected)
      for (const range of entry.ranges)
        for (const event of range.events) if ('fixed' in event && event.fixed !== '0') versions.add(event.fixed);
  return [...versions];
}

/**
 * The smallest version above the installed one that `fixing` records call fixed and none of `all` calls affected; undefined: no fix is
 * known. It stays on the installed branch by itself, and of two updates for one release the later wins.
 */
export function smallestFix(
  order: VersionOrder | undefined,
  fixing: readonly MatchRecord[],
  all: readonly MatchRecord[],
  version: string,
  side: MatchSide = {},
): string | undefined {
  if (order === undefined) return undefined;
  return [...fixedVersions(fixing)]
    .filter((candidate) => order.compare(candidate, version) > 0)
    .sort((a, b) => order.compare(a, b) || (a < b ? -1 : 1))
    .find((candidate) =>
      all.every((record) => !matchRecord(order, record, candidate, modularSide(side, candidate)).affected),
    );
}

const modularSide = (side: MatchSide, candidate: string): MatchSide => (modular.test(candidate) ? side : {});
