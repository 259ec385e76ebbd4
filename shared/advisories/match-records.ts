import { channelOfEcosystem, normalName, shardOfEcosystem, splitEcosystem } from './ecosystem.ts';
import { matchRange } from './match-range.ts';
import type { OsvAffected, OsvRecord } from './osv-record.ts';
import { redHatSources } from './red-hat-sources.ts';
import type { MatchRecord, SeverityStatement } from './types.ts';
import { versionOrderOf } from './versions/index.ts';

/** One row of a shard: what a record says of one package name there. */
export interface ShardRow {
  readonly shard: string;
  readonly package: string;
  readonly record: MatchRecord;
}

// AlmaLinux: bug fixes and enhancements, no security (reference advisories.md section 6, defect 3).
const notSecurity: ReadonlySet<string> = new Set(['ALBA', 'ALEA', 'RHBA', 'RHEA']);
const summaryLength = 200;

// Amazon names the repository in its ids, with the release or without: `ALAS2GOLANG1.19-2023-001`, `ALASDOCKER-2023-024`.
const amazonExtras = /^(ALAS(?:2(?:023)?)?)[A-Z]/;

/** The publisher of a record: its id up to the first hyphen; SUSE and openSUSE name the kind after it. */
export const publisherOf = (id: string): string => amazonExtras.exec(id)?.[1] ?? /^[^-]+/.exec(id)?.[0] ?? id;

/**
 * The rows that a record puts into shards: one for each (shard, package name), entries for the same name side by side. None for
 * a withdrawn record and for one that is no security advisory.
 *
 * @param ecosystem only entries of this base ecosystem: a bulk folder's records may name packages of others, which lie there too
 */
export function matchRecords(osv: OsvRecord, ecosystem?: string): readonly ShardRow[] {
  const source = publisherOf(osv.id);
  if (osv.withdrawn !== undefined || notSecurity.has(source)) return [];
  const groups = new Map<string, { shard: string; name: string; entries: OsvRecord['affected'][number][] }>();
  const sourceOf = source === 'RHSA' ? redHatSources(osv.affected) : undefined;
  for (const entry of osv.affected) {
    if (entry.ranges.length === 0 && entry.versions.length === 0) continue;
    const shard = shardOfEcosystem(entry.ecosystem);
    if (ecosystem !== undefined && splitEcosystem(shard).base !== ecosystem) continue;
    const name = normalName(shard, sourceOf?.(entry) ?? entry.name);
    const group = groups.get(`${shard}\n${name}`);
    if (group === undefined) groups.set(`${shard}\n${name}`, { shard, name, entries: [entry] });
    else group.entries.push(entry);
  }
  return [...groups.values()].map(({ shard, name, entries }) => ({
    shard,
    package: name,
    record: {
      id: osv.id,
      source,
      modified: osv.modified,
      ...(osv.published === undefined ? {} : { published: osv.published }),
      aliases: unique(osv.aliases),
      upstream: unique(osv.upstream),
      related: unique(osv.related),
      severity: uniqueStatements([...entries.flatMap((entry) => entry.severity), ...osv.severity]),
      affected: entries
        .map(({ ecosystem: from, ranges, versions, specific }) => ({
          ranges,
          versions,
          specific: marked(from, specific),
        }))
        .map(({ ranges, versions, specific }) => ({
          ranges,
          versions: outside(shard, ranges, versions),
          ...(Object.keys(specific).length === 0 ? {} : { specific }),
        }))
        .map((entry) => ({ entry, text: JSON.stringify(entry) }))
        .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
        .filter(({ text }, at, all) => text !== all[at - 1]?.text)
        .map(({ entry }) => entry),
      ...(osv.summary === undefined
        ? {}
        : { summary: osv.summary.replace(/\s+/g, ' ').trim().slice(0, summaryLength) }),
      ...(osv.malicious ? { malicious: true as const } : {}),
    },
  }));
}

/** What only a channel gets stands beside what all get, and has to be told apart. */
function marked(ecosystem: string, specific: OsvAffected['specific']): OsvAffected['specific'] {
  const channel = channelOfEcosystem(ecosystem);
  return channel === undefined ? specific : { ...specific, channel };
}

/**
 * The listed versions that no range holds. Those that one holds say nothing more: a version equal to them lies in it too. Feeds list
 * hundreds for each range, which would make up most of a shard.
 */
function outside(shard: string, ranges: OsvAffected['ranges'], versions: readonly string[]): readonly string[] {
  const order = versionOrderOf(shard);
  if (order === undefined || ranges.length === 0) return versions;
  return versions.filter((version) => !ranges.some((range) => matchRange(order, range, version) !== undefined));
}

const unique = (ids: readonly string[]): readonly string[] => [...new Set(ids)].sort();

function uniqueStatements(statements: readonly SeverityStatement[]): readonly SeverityStatement[] {
  return [
    ...new Map(
      statements.map((statement) => [`${statement.type}\n${statement.score}\n${statement.from}`, statement]),
    ).entries(),
  ]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, statement]) => statement);
}
