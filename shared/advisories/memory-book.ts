import { buildShard } from './build-shard.ts';
import type { CveEntry } from './cve-list/cve-entry.ts';
import { cveTableBuilder, openCveTable } from './cve-list/cve-table.ts';
import { matchRecords, type ShardRow } from './match-records.ts';
import { matcherVersion } from './matcher.ts';
import { openShard } from './open-shard.ts';
import type { OsvRecord } from './osv-record.ts';
import type { AdvisoryBook, EpssScore, KevEntry, Shard, ShardManifest } from './types.ts';

/** An advisory book of records in memory, at generation 1: for tests and for advisories that travel with a program. */
export function memoryBook(
  records: Iterable<OsvRecord>,
  kev: Iterable<KevEntry> = [],
  epss: ReadonlyMap<string, EpssScore> = new Map(),
  cves?: Iterable<CveEntry>,
): AdvisoryBook {
  const rows = new Map<string, ShardRow[]>();
  for (const record of records)
    for (const row of matchRecords(record)) rows.set(row.shard, [...(rows.get(row.shard) ?? []), row]);
  const shards = new Map<string, Shard>();
  const entries: Record<string, ShardManifest['shards'][string]> = {};
  for (const [name, members] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const built = buildShard(name, members);
    shards.set(name, openShard(built.bytes, built.hash));
    entries[name] = {
      hash: built.hash,
      bytes: built.bytes.length,
      records: built.records,
      asOf: built.asOf,
      source: 'memory',
    };
  }
  const exploited = new Map([...kev].map((entry) => [entry.cve, entry]));
  const asOf =
    Object.values(entries)
      .map((entry) => entry.asOf)
      .sort()
      .at(-1) ?? '1970-01-01T00:00:00Z';
  const manifest: ShardManifest = {
    schemaVersion: 1,
    generation: 1,
    matcher: matcherVersion,
    builtAt: asOf,
    shards: entries,
  };
  const list = cves === undefined ? undefined : openedCves(cves);
  return {
    manifest: async () => manifest,
    shard: async (name) => shards.get(name),
    kev: async (cve) => exploited.get(cve),
    epss: async (cve) => epss.get(cve),
    cves: async () => list,
    endOfLife: async () => undefined,
    withdrawn: async () => [],
  };
}

function openedCves(entries: Iterable<CveEntry>) {
  const builder = cveTableBuilder();
  for (const entry of entries) builder.add(entry);
  return openCveTable(builder.build().bytes);
}
