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
 * decision 8). Ids of distributions are no aliases: `upstream` fans their records out; but where one names a single flaw, the world's ids for it
 * (`CVE-2025-32464` and `GHSA-frg5-h47x-75j9` of one CGA) mean the same.
 */
export function vulnerabilities(records: readonly MatchRecord[]): readonly Vulnerability[] {
  const cves: CvesOf = new Map(records.map((record) => [record, cvesOf(record)]));
  const unnamed = records.filter((record) => cves.get(record)?.length === 0);
  const graph = unnamed.length === 0 ? undefined : aliasGraph(records, unnamed);
  const byCve = new Map<string, MatchRecord[]>();
  const groups = new Map<string, MatchRecord[]>();
  for (const record of records) {
    const own = cves.get(record) ?? [];
    const reached = own.length > 0 || graph === undefined ? { cves: own, ids: [] } : reach(record, graph, cves);
    for (const cve of reached.cves) push(byCve, cve, record);
    if (reached.cves.length === 0) push(groups, reached.ids.join('\n'), record);
  }
  return [
    ...[...byCve].map(([cve, members]) => ({ cve, records: members, aliases: aliasesOf(members) })),
    ...[...groups.values()].map((members) => ({ records: members, aliases: aliasesOf(members) })),
  ];
}

type CvesOf = ReadonlyMap<MatchRecord, readonly string[]>;

function push<K, V>(into: Map<K, V[]>, key: K, value: V): void {
  const known = into.get(key);
  if (known === undefined) into.set(key, [value]);
  else known.push(value);
}

/** Ids of a flaw that are not CVEs: what a distribution names beside a CVE, if it names one flaw alone. */
const worldIds = (record: MatchRecord): readonly string[] =>
  record.upstream.filter((id) => cveOf(id) === undefined && !isDistribution(id.split('-', 1)[0] ?? ''));

/** Ids that mean the same flaw as the record, CVE ids left out: its own and its aliases; of a distribution the one id of what it fixes. */
function aliasIds(record: MatchRecord): readonly string[] {
  if (!isDistribution(record.source)) return [record.id, ...record.aliases].filter((id) => cveOf(id) === undefined);
  const world = worldIds(record);
  return [record.id, ...(world.length === 1 ? world : [])].filter((id) => cveOf(id) === undefined);
}

/** What the record lets others find it by: a distribution's only where it speaks of one CVE, or of none. */
function carriedIds(record: MatchRecord): readonly string[] {
  if (!isDistribution(record.source)) return aliasIds(record);
  return cvesOf(record).length === 1 ? worldIds(record) : [];
}

function aliasesOf(records: readonly MatchRecord[]): readonly string[] {
  return [
    ...new Set(records.flatMap((record) => (isDistribution(record.source) ? carriedIds(record) : aliasIds(record)))),
  ].sort();
}

/** Ids that lead to each other, and the records that carry an id. */
interface AliasGraph {
  readonly neighbours: ReadonlyMap<string, readonly string[]>;
  readonly carriers: ReadonlyMap<string, readonly MatchRecord[]>;
}

/** Only records without a CVE lead on: what lies behind one that has may be another flaw. */
function aliasGraph(records: readonly MatchRecord[], unnamed: readonly MatchRecord[]): AliasGraph {
  const neighbours = new Map<string, string[]>();
  for (const record of unnamed)
    for (const id of aliasIds(record)) {
      push(neighbours, record.id, id);
      push(neighbours, id, record.id);
    }
  const carriers = new Map<string, MatchRecord[]>();
  for (const record of records) for (const id of carriedIds(record)) push(carriers, id, record);
  return { neighbours, carriers };
}

/** The CVEs that the aliases of a record without one lead to, and every id on the way, sorted. */
function reach(
  start: MatchRecord,
  graph: AliasGraph,
  cves: CvesOf,
): { readonly cves: readonly string[]; readonly ids: readonly string[] } {
  const seen = new Set([start.id]);
  const found = new Set<string>();
  // A set hands out what is added while it is walked.
  for (const id of seen) {
    for (const record of graph.carriers.get(id) ?? []) for (const cve of cves.get(record) ?? []) found.add(cve);
    for (const next of graph.neighbours.get(id) ?? []) seen.add(next);
  }
  return { cves: [...found].sort(), ids: [...seen].sort() };
}
