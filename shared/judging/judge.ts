import {
  type CveLookup,
  epochlessOrderOf,
  type MatchRecord,
  type VersionOrder,
  versionOrderOf,
} from '#shared/advisories';
import { isJudgedBySource, matchName, matchVersion, type PackageKey } from '#shared/inventory';
import { withCveList } from './cve-list-word.ts';
import { isDistribution } from './judge-of-record.ts';
import { matchRecord, type RecordMatch, smallestFix } from './match-record.ts';
import { type PreparedVulnerability, prepareRecords } from './prepared-records.ts';
import { severityOf } from './severity.ts';
import { statusOf } from './status.ts';
import type { Finding, Judgement } from './types.ts';

/** Where the records come from. */
export interface JudgeOptions {
  /** `Debian:12`, `npm` */
  readonly shard: string;
  readonly generation: number;
  /** the CVE List, where it is known */
  readonly cves?: CveLookup | undefined;
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
  const version = matchVersion(key);
  // a source version that is not the binary's comes from a file name, and an epoch is not in it
  const sourceOnly = isJudgedBySource(key) && version !== key.version;
  const order = sourceOnly ? epochlessOrderOf(options.shard) : versionOrderOf(options.shard);
  const subject: Subject = {
    key,
    order,
    name: matchName(key),
    version,
    unknown: isUnknownVersion(version),
    shard: options.shard,
    cves: options.cves,
  };
  const findings: Finding[] = [];
  for (const vulnerability of prepareRecords(records, options.shard)) {
    const finding = judgeVulnerability(subject, vulnerability);
    if (finding !== undefined) findings.push(finding);
  }
  return { ...base, findings: findings.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)) };
}

interface Subject {
  readonly key: PackageKey;
  readonly order: VersionOrder | undefined;
  readonly name: string;
  readonly version: string;
  readonly unknown: boolean;
  readonly shard: string;
  readonly cves: CveLookup | undefined;
}

interface Heard {
  readonly record: MatchRecord;
  /** undefined: it does not call the version affected */
  readonly match: RecordMatch | undefined;
}

function judgeVulnerability(subject: Subject, vulnerability: PreparedVulnerability): Finding | undefined {
  const { key, order, version, unknown } = subject;
  const { judges } = vulnerability;
  const hear = (record: MatchRecord): RecordMatch | undefined =>
    unknown ? unknownMatch(subject, record) : matchRecord(order, record, version, key);
  const deciding: { readonly record: MatchRecord; readonly match: RecordMatch }[] = [];
  for (const record of judges) {
    const match = hear(record);
    if (match !== undefined) deciding.push({ record, match });
  }
  const first = deciding[0];
  if (first === undefined) return undefined;

  const decided = new Set(deciding.map(({ record }) => record));
  const others: readonly Heard[] = vulnerability.records
    .filter((record) => !decided.has(record))
    .map((record) => ({ record, match: judges.has(record) ? undefined : hear(record) }));
  const listed: readonly Heard[] = [...deciding, ...others];
  const fix = (fixing: readonly MatchRecord[], all: readonly MatchRecord[]): string | undefined =>
    unknown ? undefined : smallestFix(order, fixing, all, version, key);
  const agreeing = listed.filter(({ match }) => match !== undefined).map(({ record }) => record);
  // One that satisfies everybody if there is one, else the judge of record.
  const fixedIn =
    fix(agreeing, vulnerability.records) ?? (others.length === 0 ? undefined : fix(agreeing, [...judges]));
  const alone = listed.length === 1;
  const records = listed.map(({ record }) => record);
  const summary = records.map((record) => record.summary).find((text) => text !== undefined && text !== '');
  const name = vulnerability.cve ?? first.record.id;
  const malicious = deciding.some(({ record }) => record.malicious === true);
  const byDistribution = deciding.some(({ record }) => isDistribution(record.source));
  const { severity, ...word } = withCveList(
    severityOf(records),
    { cve: vulnerability.cve, byDistribution, malicious },
    subject.cves,
  );
  return {
    id:
      vulnerability.cve !== undefined && vulnerability.shared.has(first.record)
        ? `${first.record.id}~${vulnerability.cve}`
        : first.record.id,
    vulnerability: name,
    aliases: vulnerability.aliases.filter((id) => id !== name),
    records: listed.map(({ record, match }) => {
      const own = alone ? fixedIn : match !== undefined ? fix([record], [record]) : undefined;
      return { id: record.id, source: record.source, ...(own === undefined ? {} : { fixedIn: own }) };
    }),
    package: {
      name: key.name,
      version: key.version,
      ecosystem: subject.shard,
      matchedName: subject.name,
      matchedVersion: version,
    },
    match: subject.name === key.name && version === key.version ? 'direct' : 'source',
    severity,
    status: unknown
      ? 'unknown'
      : statusOf(
          deciding.flatMap(({ match }) => match.entries),
          fixedIn,
        ),
    ...(fixedIn === undefined ? {} : { fixedIn }),
    ...(summary === undefined ? {} : { summary }),
    malicious,
    ...importsOf(key, listed),
    ...word,
    why: first.match.words,
  };
}

/** The Go team says of its records which packages a flaw is in; others of the same flaw say nothing of it. Only if all that it says of this version does. */
function importsOf({ ecosystem }: PackageKey, heard: readonly Heard[]): Pick<Finding, 'imports'> {
  if (ecosystem !== 'Go') return {};
  const said = heard.flatMap(({ record, match }) =>
    record.source === 'GO' && match !== undefined ? match.entries.map(({ specific }) => specific?.['imports']) : [],
  );
  const known = said.filter((paths) => paths !== undefined);
  if (known.length === 0 || known.length < said.length) return {};
  return { imports: [...new Set(known.flatMap((paths) => paths.split(' ')))].sort() };
}

/**
 * True for what stands where a version should: nothing, `(devel)` of Go, an unresolved `${project.version}` of Maven. Such a package
 * gets status unknown, which never alerts (reference detection.md section 4, trap 39).
 */
export function isUnknownVersion(version: string): boolean {
  return version.trim() === '' || /^(?:\(devel\)|unknown|none|null|undefined|\$\{.*\}|@.*@)$/i.test(version.trim());
}

function unknownMatch(subject: Subject, record: MatchRecord): RecordMatch | undefined {
  if (record.affected.length === 0) return undefined;
  return {
    entries: record.affected,
    words: `the version of ${subject.name} is not known, so ${record.id} may apply or not`,
  };
}
