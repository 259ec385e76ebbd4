import { type AdvisoryBook, type MatchRecord, matchRange, versionOrderOf } from '#shared/advisories';
import { type Found, packageText, type Side } from './sides.ts';

/** A finding that one side has and the other has not, on a package that both understand. */
export interface Difference {
  readonly bill: string;
  readonly side: 'peer' | 'drydock';
  readonly found: Found;
  /** what our shard holds of its record; undefined: it is not in the shard */
  readonly record: MatchRecord | undefined;
}

/** Findings by finding, on packages that both sides understand. A finding is the same when it shares a record or a name of the vulnerability. */
export async function compare(
  bill: string,
  mine: Side,
  other: Side,
  book: AdvisoryBook,
): Promise<{ readonly packages: number; readonly both: number; readonly differences: readonly Difference[] }> {
  const shared = new Set([...mine.packages].filter((each) => other.packages.has(each)));
  const on = (side: Side): Found[] =>
    side.findings.filter(({ shard, name, version }) => shared.has(packageText(shard, name, version)));
  const [ours, theirs] = [on(mine), on(other)];
  const differences: Difference[] = [];
  const only = async (side: Difference['side'], all: readonly Found[], index: ReadonlySet<string>): Promise<number> => {
    let both = 0;
    for (const found of all) {
      if (found.ids.some((id) => index.has(`${packageText(found.shard, found.name, found.version)} ${id}`))) {
        both += 1;
        continue;
      }
      const records = (await book.shard(found.shard))?.lookup(found.name) ?? [];
      differences.push({ bill, side, found, record: records.find(({ id }) => found.ids.includes(id)) });
    }
    return both;
  };
  await only('peer', theirs, indexOf(ours));
  const both = await only('drydock', ours, indexOf(theirs));
  return { packages: shared.size, both, differences };
}

const indexOf = (all: readonly Found[]): ReadonlySet<string> =>
  new Set(
    all.flatMap(({ shard, name, version, ids }) => ids.map((id) => `${packageText(shard, name, version)} ${id}`)),
  );

interface DifferenceClass {
  /** why the two differ, and who is right */
  readonly name: string;
  readonly side: Difference['side'];
  readonly holds: (difference: Difference) => boolean;
}

const isLimited = ({ found, record }: Difference): boolean => {
  const order = versionOrderOf(found.shard);
  return (
    record?.affected.some(({ ranges }) =>
      ranges.some(({ events }) =>
        events.some(
          (event) => 'limit' in event && order !== undefined && order.compare(found.version, event.limit) >= 0,
        ),
      ),
    ) === true
  );
};

/** The record's own list of versions, which a shard keeps only as far as its ranges do not say it. */
const inRange = ({ found, record }: Difference): boolean => {
  const order = versionOrderOf(found.shard);
  return (
    order !== undefined &&
    record?.affected.some(({ ranges }) =>
      ranges.some((range) => matchRange(order, range, found.version) !== undefined),
    ) === true
  );
};

const beginsAnew = ({ found, record }: Difference): boolean =>
  record?.affected.some(({ ranges }) =>
    ranges.some(
      ({ events }) =>
        events.some((event) => 'introduced' in event && event.introduced === found.version) &&
        events.some((event) => 'fixed' in event && event.fixed === found.version),
    ),
  ) === true;

const classes: readonly DifferenceClass[] = [
  {
    name: 'the record limits the range (`limit`), and the version lies behind the limit: OSV says that it is not affected',
    side: 'peer',
    holds: isLimited,
  },
  {
    name: 'an older publisher repeats a CVE with a wider range; the judge of record for the ecosystem knows where it was fixed',
    side: 'peer',
    holds: ({ found }) => found.shard === 'npm' && /^(?:NSWG|RETIRE)-/.test(found.ids[0] ?? ''),
  },
  {
    name: 'the range holds the version, but the record does not list it: it was never published, or was withdrawn from the index; OSV says that either is enough',
    side: 'drydock',
    holds: (each) => each.found.shard === 'PyPI' && inRange(each),
  },
  {
    name: 'one stretch of the range ends at the version and the next begins with it (`fixed 3.2.0, introduced 3.2.0`): the record calls it affected',
    side: 'drydock',
    holds: (each) => beginsAnew(each) && inRange(each),
  },
  {
    name: 'a version whose separators the record writes otherwise (9.0.0-M11, 9.0.0.M1): equal parts compare as Maven does',
    side: 'drydock',
    holds: (each) => each.found.shard === 'Maven' && /-M\d+$/.test(each.found.version) && inRange(each),
  },
  {
    name: 'the record names the package that this one was built from (openssl, not libcrypto1.1): the peer reads an origin in an image, and finds the same there, but none in a bill',
    side: 'drydock',
    holds: ({ found, record }) => record === undefined && /^(?:Alpine|Debian|Ubuntu):/.test(found.shard),
  },
];

/** Why the two sides differ; `unexplained` is to be looked into. */
export const classOf = (difference: Difference): string =>
  classes.find(({ side, holds }) => side === difference.side && holds(difference))?.name ?? 'unexplained';
