import { type MatchRecord, matchRange, type VersionOrder } from '#shared/advisories';
import { entriesFor, type MatchSide } from './match-side.ts';
import { isModularVersion, isOfModule } from './module-stream.ts';

/** A record that calls a version affected. */
export interface RecordMatch {
  /** the entries that hold it */
  readonly entries: readonly MatchRecord['affected'][number][];
  /** the first match in words, with the version and the order: `1.0 >= 0 and < 1.2 (dpkg)` */
  readonly words: string;
}

/**
 * The entries of a record that hold the version: listed (as text, or equal in the order) or in a range; undefined if none does. Without
 * an order only the text of listed versions decides.
 */
export function matchRecord(
  order: VersionOrder | undefined,
  record: MatchRecord,
  version: string,
  side: MatchSide = {},
): RecordMatch | undefined {
  let match: { readonly entries: MatchRecord['affected'][number][]; readonly words: string } | undefined;
  for (const entry of entriesFor(record, version, side)) {
    const words = matchEntry(order, record, entry, version, side);
    if (words === undefined) continue;
    if (match === undefined) match = { entries: [entry], words };
    else match.entries.push(entry);
  }
  return match;
}

function matchEntry(
  order: VersionOrder | undefined,
  record: MatchRecord,
  entry: MatchRecord['affected'][number],
  version: string,
  side: MatchSide,
): string | undefined {
  if (order !== undefined) {
    for (const range of entry.ranges) {
      if (order.name === 'rpm' && !isOfModule(record, range, version, side)) continue;
      const match = matchRange(order, range, version);
      if (match === undefined) continue;
      const advisory = entry.specific?.['advisory'];
      return `${version} ${match.words} (${order.name}${advisory === undefined ? '' : `, ${advisory}`})`;
    }
  }
  if (entry.versions.length === 0) return undefined;
  const listed =
    entry.versions.find((one) => one === version) ?? entry.versions.find((one) => order?.compare(one, version) === 0);
  return listed === undefined
    ? undefined
    : `${version} is listed as affected${listed === version ? '' : ` as ${listed}`}`;
}

/** Every version that some entry of the records that speaks to the package calls fixed. */
function fixedVersions(records: readonly MatchRecord[], version: string, side: MatchSide): readonly string[] {
  const versions = new Set<string>();
  for (const record of records)
    for (const entry of entriesFor(record, version, side))
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
  return [...fixedVersions(fixing, version, side)]
    .filter((candidate) => order.compare(candidate, version) > 0)
    .sort((a, b) => order.compare(a, b) || (a < b ? -1 : 1))
    .find((candidate) =>
      all.every((record) => matchRecord(order, record, candidate, modularSide(side, candidate)) === undefined),
    );
}

const modularSide = (side: MatchSide, candidate: string): MatchSide =>
  isModularVersion(candidate) ? side : { ...side, module: undefined };
