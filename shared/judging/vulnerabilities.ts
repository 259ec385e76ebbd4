import type { MatchRecord } from '#shared/advisories';
import { isDistribution } from './judge-of-record.ts';

/** A vulnerability as the records of one package name tell it: one CVE, or records that alias each other and know no CVE. */
export interface Vulnerability {
  /** the CVE id; undefined: nobody gave it one */
  readonly cve?: string;
  readonly records: readonly MatchRecord[];
  /** ids that are not CVEs under which it is known, sorted; ids of distribution records are none */
  readonly aliases: readonly string[];
}

/** The CVE id that an id is or ends with: `DEBIAN-CVE-2024-3094` names CVE-2024-3094. */
export function cveOf(id: string): string | undefined {
  return /(?:^|-)(CVE-\d{4}-\d{4,})$/.exec(id)?.[1];
}

// They name their CVEs in `related`, next to other bulletins (reference advisories.md section 1).
const cveInRelated: ReadonlySet<string> = new Set(['ALSA', 'RLSA', 'RXSA', 'USN', 'UBUNTU', 'MGASA', 'OESA']);

/** The CVE ids that a record speaks of: of its id, aliases and upstream; of related for AlmaLinux and old Ubuntu. Sorted. */
export function cvesOf(record: MatchRecord): readonly string[] {
  const direct = [record.id, ...record.aliases, ...record.upstream].flatMap((id) => cveOf(id) ?? []);
  const ids =
    direct.length > 0 || !cveInRelated.has(record.source) ? direct : record.related.flatMap((id) => cveOf(id) ?? []);
  return [...new Set(ids)].sort();
}

/**
 * Sorts the records of one package name into vulnerabilities. A record belongs to each CVE that it names; one that names none belongs
 * to the CVEs that its aliases lead to. Aliases lead on only through records without a CVE, so two CVE ids are never joined (design
 * decision 8). Ids of distributions are no aliases: `upstream` fans their records out.
 */
export function vulnerabilities(records: readonly MatchRecord[]): readonly Vulnerability[] {
  const neighbours = aliasGraph(records);
  const cves = new Map(records.map((record) => [record, cvesOf(record)]));
  const cvesOfId = new Map<string, readonly MatchRecord[]>();
  for (const record of records)
    if (!isDistribution(record.source))
      for (const id of aliasIds(record)) cvesOfId.set(id, [...(cvesOfId.get(id) ?? []), record]);

  const byCve = new Map<string, MatchRecord[]>();
  const groups = new Map<string, MatchRecord[]>();
  for (const record of records) {
    const own = cves.get(record) ?? [];
    const reached = own.length > 0 ? own : reach(record, neighbours, cvesOfId, cves).cves;
    for (const cve of reached) byCve.set(cve, [...(byCve.get(cve) ?? []), record]);
    if (reached.length === 0) {
      const key = reach(record, neighbours, cvesOfId, cves).ids.join('\n');
      groups.set(key, [...(groups.get(key) ?? []), record]);
    }
  }
  return [
    ...[...byCve].map(([cve, members]) => ({ cve, records: members, aliases: aliasesOf(members) })),
    ...[...groups.values()].map((members) => ({ records: members, aliases: aliasesOf(members) })),
  ];
}

/** Ids that mean the same flaw as the record, CVE ids left out: its own, its aliases; of a distribution what it fixes. */
const aliasIds = (record: MatchRecord): readonly string[] =>
  (isDistribution(record.source) ? [record.id] : [record.id, ...record.aliases]).filter(
    (id) => cveOf(id) === undefined,
  );

function aliasesOf(records: readonly MatchRecord[]): readonly string[] {
  return [...new Set(records.filter((record) => !isDistribution(record.source)).flatMap(aliasIds))].sort();
}

function aliasGraph(records: readonly MatchRecord[]): ReadonlyMap<string, ReadonlySet<string>> {
  const graph = new Map<string, Set<string>>();
  const edge = (from: string, to: string): void => {
    const known = graph.get(from);
    if (known === undefined) graph.set(from, new Set([to]));
    else known.add(to);
  };
  for (const record of records) {
    // A record that names CVEs ends a path: what lies behind it may be another flaw.
    if (cvesOf(record).length > 0) continue;
    for (const id of aliasIds(record)) {
      edge(record.id, id);
      edge(id, record.id);
    }
  }
  return graph;
}

function reach(
  start: MatchRecord,
  neighbours: ReadonlyMap<string, ReadonlySet<string>>,
  named: ReadonlyMap<string, readonly MatchRecord[]>,
  cves: ReadonlyMap<MatchRecord, readonly string[]>,
): { readonly cves: readonly string[]; readonly ids: readonly string[] } {
  const seen = new Set([start.id]);
  const found = new Set<string>();
  for (const id of seen) {
    for (const record of named.get(id) ?? []) for (const cve of cves.get(record) ?? []) found.add(cve);
    for (const next of neighbours.get(id) ?? []) seen.add(next);
  }
  return { cves: [...found].sort(), ids: [...seen].sort() };
}
