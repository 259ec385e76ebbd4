import type { MatchRecord, SeverityStatement } from '#shared/advisories';
import { type ScoredVector, scoreVector } from './cvss.ts';
import { isDistribution } from './judge-of-record.ts';
import { levelOfWord } from './rating-words.ts';
import type { Severity } from './types.ts';

/**
 * The severity of a vulnerability by the one table: the distribution's rating of the package, the vendor's, GHSA's for a GHSA id, the
 * records' CVSS (3 before 4 before 2: scales differ, so the version is part of the source), else unknown. What the CVE List says then comes after it: see
 * withCveList.
 *
 * @param records the deciding record first
 */
export function severityOf(records: readonly MatchRecord[]): Severity {
  const [only] = records;
  if (only === undefined || records.length > 1) return rate(records);
  const known = severities.get(only);
  if (known !== undefined) return known;
  const severity = rate(records);
  severities.set(only, severity);
  return severity;
}

// Most vulnerabilities of a distribution are told by one record; it is rated once while it is warm.
const severities = new WeakMap<MatchRecord, Severity>();

const rate = (records: readonly MatchRecord[]): Severity =>
  first(records, distributionRating) ??
  first(records, vendorRating) ??
  first(records, githubRating) ??
  cvssOf(records) ??
  unrated(records);

function first(
  records: readonly MatchRecord[],
  rating: (record: MatchRecord) => Severity | undefined,
): Severity | undefined {
  for (const record of records) {
    const severity = rating(record);
    if (severity !== undefined) return severity;
  }
  return undefined;
}

function distributionRating(record: MatchRecord): Severity | undefined {
  if (!isDistribution(record.source)) return undefined;
  // Debian marks `low**` for a rating without a person behind it.
  const urgency = record.affected
    .flatMap((entry) => entry.specific?.['urgency']?.replace(/\*+$/, '') ?? [])
    .find((word) => levelOfWord(word) !== undefined);
  if (urgency !== undefined) return rated(record, urgency, 'urgency');
  const priority =
    record.affected
      .flatMap((entry) => entry.specific?.['ubuntu_priority'] ?? [])
      .find((word) => levelOfWord(word) !== undefined) ??
    record.severity.find((one) => one.type === 'Ubuntu' && levelOfWord(one.score) !== undefined)?.score;
  return priority === undefined ? undefined : rated(record, priority, 'priority');
}

/** AlmaLinux and its kin say it only at the start of the summary: `Important: openssl security update`. */
function vendorRating(record: MatchRecord): Severity | undefined {
  if (record.source === 'GHSA') return undefined;
  const word =
    record.severity.find((one) => one.type === 'rating')?.score ??
    (isDistribution(record.source) ? /^(Critical|Important|Moderate|Low):/.exec(record.summary ?? '')?.[1] : undefined);
  return word === undefined || levelOfWord(word) === undefined ? undefined : rated(record, word, 'rating');
}

function githubRating(record: MatchRecord): Severity | undefined {
  if (record.source !== 'GHSA') return undefined;
  const word = record.severity.find((one) => one.type === 'rating')?.score;
  return word === undefined || levelOfWord(word) === undefined ? undefined : rated(record, word, 'rating');
}

function rated(record: MatchRecord, word: string, kind: string): Severity {
  const vector = bestVector(record);
  return {
    level: levelOfWord(word) ?? 'unknown',
    ...(vector === undefined ? {} : { score: vector.score, vector: vector.vector }),
    source: `${record.id} (${kind} ${word.toLowerCase()}${vector === undefined ? '' : `, CVSS ${vector.version}`})`,
  };
}

function cvssOf(records: readonly MatchRecord[]): Severity | undefined {
  return first(records, (record) => {
    const vector = bestVector(record);
    return vector === undefined
      ? undefined
      : {
          level: vector.level,
          score: vector.score,
          vector: vector.vector,
          source: `${record.id} (CVSS ${vector.version})`,
        };
  });
}

const preference = ['3.1', '3.0', '4.0', '2.0'];

// What is said of the package goes before what is said of the record.
const closeness = (statement: SeverityStatement): number => (statement.from === 'package' ? 0 : 1);

const bestVectors = new WeakMap<MatchRecord, { readonly vector: ScoredVector | undefined }>();

/** The vector that counts of a record; scored once while the record is warm. */
function bestVector(record: MatchRecord): ScoredVector | undefined {
  const known = bestVectors.get(record);
  if (known !== undefined) return known.vector;
  const vector = record.severity
    .filter((statement) => statement.type.startsWith('CVSS_'))
    .flatMap((statement) => {
      const scored = scoreVector(statement.score);
      return scored === undefined ? [] : [{ scored, near: closeness(statement) }];
    })
    .sort(
      (a, b) =>
        preference.indexOf(a.scored.version) - preference.indexOf(b.scored.version) ||
        a.near - b.near ||
        b.scored.score - a.scored.score ||
        (a.scored.vector < b.scored.vector ? -1 : 1),
    )
    .map(({ scored }) => scored)[0];
  bestVectors.set(record, { vector });
  return vector;
}

function unrated(records: readonly MatchRecord[]): Severity {
  const vector = records.flatMap((record) => record.severity).find((one) => one.type.startsWith('CVSS_'))?.score;
  if (vector === undefined) return { level: 'unknown', source: 'nobody rates it' };
  return { level: 'unknown', vector, source: 'its CVSS vector cannot be read' };
}
