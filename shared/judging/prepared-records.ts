import type { MatchRecord } from '#shared/advisories';
import { type JudgeOfRecord, judgeOfRecord, judgeRank } from './judge-of-record.ts';
import { type Vulnerability, vulnerabilities } from './vulnerabilities.ts';

/** A vulnerability with its records in the order of their word: the judges of record first. */
export interface PreparedVulnerability extends Vulnerability {
  /** those of the best rank that speaks of it: they decide, whether they say yes or no */
  readonly judges: ReadonlySet<MatchRecord>;
  /** records of it that speak of other vulnerabilities too */
  readonly shared: ReadonlySet<MatchRecord>;
}

// A warm shard gives the same list for a name every time, and most of judging is here. Forgotten with the shard.
const prepared = new WeakMap<
  readonly MatchRecord[],
  { readonly shard: string; readonly list: readonly PreparedVulnerability[] }
>();

/** What judging needs of the records of one package name, whatever the version. */
export function prepareRecords(records: readonly MatchRecord[], shard: string): readonly PreparedVulnerability[] {
  const known = prepared.get(records);
  if (known?.shard === shard) return known.list;
  const list = prepare(records, judgeOfRecord(shard));
  prepared.set(records, { shard, list });
  return list;
}

function prepare(records: readonly MatchRecord[], row: JudgeOfRecord): readonly PreparedVulnerability[] {
  const all = vulnerabilities(records);
  const counts = new Map<MatchRecord, number>();
  for (const { records: members } of all)
    for (const record of members) counts.set(record, (counts.get(record) ?? 0) + 1);
  return all.map((vulnerability) => {
    const ordered = [...vulnerability.records].sort((a, b) => compareRecords(row, a, b));
    const best = judgeRank(row, ordered[0]?.source ?? '')[0];
    return {
      ...vulnerability,
      records: ordered,
      judges: new Set(ordered.filter((record) => judgeRank(row, record.source)[0] === best)),
      shared: new Set(ordered.filter((record) => (counts.get(record) ?? 0) > 1)),
    };
  });
}

/** The judge of record first; within a rank by the row's order, then the record that was there first, so that a later one moves no name. */
function compareRecords(row: JudgeOfRecord, a: MatchRecord, b: MatchRecord): number {
  const [rankA, placeA] = judgeRank(row, a.source);
  const [rankB, placeB] = judgeRank(row, b.source);
  return (
    rankA - rankB || placeA - placeB || compareText(a.published ?? '9', b.published ?? '9') || compareText(a.id, b.id)
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
