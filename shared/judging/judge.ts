import { type MatchRecord, type VersionOrder, versionOrderOf } from '#shared/advisories';
import { matchName, matchVersion, type PackageKey } from '#shared/inventory';
import { type JudgeOfRecord, judgeOfRecord, judgeRank } from './judge-of-record.ts';
import { matchRecord, type RecordMatch, smallestFix } from './match-range.ts';
import { severityOf } from './severity.ts';
import { statusOf } from './status.ts';
import type { Finding, Judgement } from './types.ts';
import { type Vulnerability, vulnerabilities } from './vulnerabilities.ts';

/** Where the records come from. */
export interface JudgeOptions {
  /** `Debian:12`, `npm` */
  readonly shard: string;
  readonly generation: number;
}

/**
 * What advisories say of one package key: pure, and the same for the same records in any order.
 *
 * @param records everything that the shard holds under `matchName(key)`, also records that do not touch this version: their "no"
 *   counts where they are the judge of record
 */
export function judge(key: PackageKey, records: readonly MatchRecord[], options: JudgeOptions): Judgement {
  const base = { key, shard: options.shard, generation: options.generation };
  // What a third party built, the distribution's feed knows nothing of, though names and versions look alike.
  if (key.vendor !== undefined || records.length === 0) return { ...base, findings: [] };
  const order = versionOrderOf(options.shard);
  const row = judgeOfRecord(options.shard);
  const subject: Subject = { key, order, row, name: matchName(key), version: matchVersion(key), shard: options.shard };
  const all = vulnerabilities(records);
  const findings = all.flatMap((vulnerability) => judgeVulnerability(subject, vulnerability, all) ?? []);
  return { ...base, findings: findings.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)) };
}

interface Subject {
  readonly key: PackageKey;
  readonly order: VersionOrder | undefined;
  readonly row: JudgeOfRecord;
  readonly name: string;
  readonly version: string;
  readonly shard: string;
}

interface Heard {
  readonly record: MatchRecord;
  readonly match: RecordMatch;
}

function judgeVulnerability(
  subject: Subject,
  vulnerability: Vulnerability,
  all: readonly Vulnerability[],
): Finding | undefined {
  const unknown = isUnknownVersion(subject.version);
  const ordered = [...vulnerability.records].sort((a, b) => compareRecords(subject.row, a, b));
  const heard: readonly Heard[] = ordered.map((record) => ({
    record,
    match: unknown ? unknownMatch(subject, record) : matchRecord(subject.order, record, subject.version, subject.key),
  }));
  // The best rank that speaks of this vulnerability decides, whether it says yes or no.
  const best = judgeRank(subject.row, ordered[0]?.source ?? '')[0];
  const deciding = heard.filter(
    ({ record, match }) => judgeRank(subject.row, record.source)[0] === best && match.affected,
  );
  const first = deciding[0];
  if (first === undefined) return undefined;

  const others = heard.filter(
    ({ record, match }) => judgeRank(subject.row, record.source)[0] !== best || !match.affected,
  );
  const agreeing = heard.filter(({ match }) => match.affected).map(({ record }) => record);
  const judges = ordered.filter((record) => judgeRank(subject.row, record.source)[0] === best);
  const fix = (fixing: readonly MatchRecord[], all: readonly MatchRecord[]): string | undefined =>
    unknown ? undefined : smallestFix(subject.order, fixing, all, subject.version, subject.key);
  // One that satisfies everybody if there is one, else the judge of record.
  const fixedIn = fix(agreeing, ordered) ?? fix(agreeing, judges);
  const entries = deciding.flatMap(({ match }) => match.entries);
  const listed = [...deciding, ...others];
  const summary = listed.map(({ record }) => record.summary).find((text) => text !== undefined && text !== '');
  const speaksOf = all.filter((one) => one.records.includes(first.record)).length;
  return {
    id: speaksOf > 1 && vulnerability.cve !== undefined ? `${first.record.id}~${vulnerability.cve}` : first.record.id,
    vulnerability: vulnerability.cve ?? first.record.id,
    aliases: vulnerability.aliases.filter((id) => id !== (vulnerability.cve ?? first.record.id)),
    records: listed.map(({ record, match }) => {
      const own = match.affected ? fix([record], [record]) : undefined;
      return { id: record.id, source: record.source, ...(own === undefined ? {} : { fixedIn: own }) };
    }),
    package: {
      name: subject.key.name,
      version: subject.key.version,
      ecosystem: subject.shard,
      matchedName: subject.name,
      matchedVersion: subject.version,
    },
    match: subject.name === subject.key.name && subject.version === subject.key.version ? 'direct' : 'source',
    severity: severityOf(listed.map(({ record }) => record)),
    status: unknown ? 'unknown' : statusOf(entries, fixedIn),
    ...(fixedIn === undefined ? {} : { fixedIn }),
    ...(summary === undefined ? {} : { summary }),
    malicious: deciding.some(({ record }) => record.malicious === true),
    why: first.match.words,
  };
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

/**
 * True for what stands where a version should: nothing, `(devel)` of Go, an unresolved `${project.version}` of Maven. Such a package
 * gets status unknown, which never alerts (reference detection.md section 4, trap 39).
 */
export function isUnknownVersion(version: string): boolean {
  return version.trim() === '' || /^(?:\(devel\)|unknown|none|null|undefined|\$\{.*\}|@.*@)$/i.test(version.trim());
}

function unknownMatch(subject: Subject, record: MatchRecord): RecordMatch {
  return {
    affected: record.affected.length > 0,
    entries: record.affected,
    words: `the version of ${subject.name} is not known, so ${record.id} may apply or not`,
  };
}
