import type { OpenedCves } from './cve-list/cve-table.ts';
import type { EndOfLife } from './end-of-life/parse-end-of-life.ts';
import type { ModifiedIds } from './modified-ids.ts';
import type { WithdrawnEntry, WithdrawnRecord } from './withdrawn.ts';

/** One event of an OSV range: exactly one of the four (OSV schema 1.7). */
export type RangeEvent =
  | { readonly introduced: string }
  | { readonly fixed: string }
  | { readonly last_affected: string }
  | { readonly limit: string };

/** A range of one affected entry. GIT ranges are kept out of shards: they cannot match a package version. */
export interface AffectedRange {
  readonly type: 'SEMVER' | 'ECOSYSTEM';
  readonly events: readonly RangeEvent[];
}

/** A severity statement of a record: type as OSV writes it (CVSS_V2, CVSS_V3, CVSS_V4, Ubuntu) or 'rating' for a word. */
export interface SeverityStatement {
  readonly type: string;
  readonly score: string;
  /** who says so: 'package', 'record', 'database' */
  readonly from: 'package' | 'record' | 'database';
}

/**
 * What one advisory record says of one package name in one shard: match data only, entries for the same package are
 * separate list members to be OR-ed. Withdrawn records never reach a shard.
 */
export interface MatchRecord {
  readonly id: string;
  /** the publisher by id prefix: DSA, GHSA, PYSEC, ALPINE … */
  readonly source: string;
  readonly modified: string;
  readonly published?: string;
  readonly aliases: readonly string[];
  readonly upstream: readonly string[];
  readonly related: readonly string[];
  readonly severity: readonly SeverityStatement[];
  readonly affected: readonly {
    readonly ranges: readonly AffectedRange[];
    readonly versions: readonly string[];
    /** e.g. Debian urgency, Ubuntu availability and status, Alpine repository; Red Hat: stream, module, binaries, architectures */
    readonly specific?: Readonly<Record<string, string>>;
  }[];
  readonly summary?: string;
  /** the package itself is malware: a MAL- record, or CWE-506 (embedded malicious code) */
  readonly malicious?: true;
}

/** A record that could not be read: it is reported and skipped, the others count. */
export interface BrokenRecord {
  /** id of the record, or the name of the file it lies in */
  readonly id: string;
  readonly ecosystem: string;
  readonly text: string;
}

/** One immutable shard, opened: the records of a package name, by the name that advisories use (the source package for Debian). */
export interface Shard {
  /** `Debian:12`, `npm` */
  readonly name: string;
  /** sha256 of its bytes */
  readonly hash: string;
  /** newest `modified` among its records, for "data as of" */
  readonly asOf: string;
  lookup(packageName: string): readonly MatchRecord[];
  names(): Iterable<string>;
}

/** Names the shards of one generation; written atomically, last (design decision 7). */
export interface ShardManifest {
  readonly schemaVersion: 1;
  /** counts up by one with every publication */
  readonly generation: number;
  /** version of the judging code: a comparator's fix judges again */
  readonly matcher: string;
  readonly builtAt: string;
  readonly shards: Readonly<
    Record<
      string,
      {
        readonly hash: string;
        readonly bytes: number;
        readonly records: number;
        readonly asOf: string;
        readonly source: string;
        /** since when its source has it no more, although it has others; what it said last is kept, ISO */
        readonly givenUpAt?: string;
      }
    >
  >;
  /** blob key of the manifest that this one replaced */
  readonly previous?: string;
  /** the catalogue of known exploited vulnerabilities, a blob beside the shards */
  readonly kev?: CatalogueEntry;
  /** the scores of exploit prediction (EPSS), a table beside the shards */
  readonly epss?: CatalogueEntry;
  /** when the updates of releases end (endoflife.date) */
  readonly endOfLife?: CatalogueEntry;
  /** the CVE List: who rates what, what was rejected; a table beside the shards */
  readonly cves?: CatalogueEntry;
  /** traces of records that were withdrawn or are gone */
  readonly withdrawn?: WithdrawnEntry;
}

/** What a manifest says of a publication that is joined by CVE on reading. `asOf`: as the publication says itself, ISO. */
export interface CatalogueEntry {
  readonly hash: string;
  readonly entries: number;
  readonly asOf: string;
  readonly source: string;
}

/** What is known of one shard in a manifest. `asOf` is its newest `modified` that does not lie in the future. */
export type ShardEntry = ShardManifest['shards'][string];

/** Known-exploited facts of a CVE (CISA KEV). */
export interface KevEntry {
  readonly cve: string;
  readonly dateAdded: string;
  readonly ransomware: boolean;
}

/** How likely a CVE is exploited within 30 days, and the share of all CVEs that score no higher; both 0 to 1 (FIRST EPSS). */
export interface EpssScore {
  readonly score: number;
  readonly percentile: number;
}

/** Which names can be judged differently after a refresh: always all of them, at most 10 % too many. */
export interface ShardChange {
  readonly shard: string;
  readonly names: readonly string[];
}

/** What judging needs of the advisories: shards by name at one generation, KEV and EPSS. Adapters: published store, memory. */
export interface AdvisoryBook {
  /** `fresh`: read the pointer now, consistently, instead of a warm copy; later shard() calls then serve that generation. */
  manifest(options?: { readonly fresh?: boolean }): Promise<ShardManifest>;
  /** undefined: there are no advisories for it, which is a coverage reason, never "clean". */
  shard(name: string): Promise<Shard | undefined>;
  kev(cve: string): Promise<KevEntry | undefined>;
  /** undefined: nobody scores it, or there are no scores */
  epss(cve: string): Promise<EpssScore | undefined>;
  /** the CVE List; undefined: it was never read */
  cves(): Promise<OpenedCves | undefined>;
  /** when the updates of releases end; undefined: only the bundled table says so */
  endOfLife(): Promise<EndOfLife | undefined>;
  /** why the advisories of an ecosystem are old, in words; absent where no feeds keep a book up */
  stale?(): Promise<ReadonlyMap<string, string>>;
  /** traces of withdrawn records that have this id or went by it */
  withdrawn(id: string): Promise<readonly WithdrawnRecord[]>;
}

/**
 * A source of OSV records in the bulk layout (`<ecosystem>/all.zip` or `<ecosystem>/<id>.json`), ecosystems without their
 * release. Adapters: a folder, an HTTP server; both pass test/contract/advisory-source.
 */
export interface AdvisorySource {
  /** for people: the folder or URL, without credentials */
  readonly describe: string;
  /** the same of one ecosystem, where a source has them from several places */
  describeOf?(ecosystem: string): string;
  ecosystems(): Promise<readonly string[]>;
  /**
   * Every record of an ecosystem once, as raw bytes, in the source's order; nothing if the source does not hold it.
   * Throws BrokenArchive when the publication is cut or damaged, SourceUnavailable when it cannot be reached: whatever was
   * yielded before must then be thrown away.
   */
  records(ecosystem: string): AsyncIterable<{ readonly id: string; readonly bytes: Buffer }>;
  /** The names of the files that an ecosystem's publication consists of, where it is of several that may be missing one by one. Throws SourceUnavailable. */
  parts?(ecosystem: string): Promise<readonly string[] | undefined>;
  /** The source's list of changes, where it keeps one; undefined: it does not for this ecosystem. Throws SourceUnavailable. */
  journal?(ecosystem: string): Promise<AdvisoryJournal | undefined>;
  /** A stamp (ETag, size and time) that changes whenever the records may have changed; undefined: the source does not hold it. */
  modified(ecosystem: string): Promise<string | undefined>;
}

/** A source's list of what changed when, by its own times, and its records one by one. */
export interface AdvisoryJournal {
  /** changes whenever the list does */
  readonly stamp: string;
  /** every id that the ecosystem has; throws BrokenArchive */
  ids(): Promise<ModifiedIds>;
  /** undefined: it is gone. Throws SourceUnavailable */
  record(id: string): Promise<Buffer | undefined>;
}

/** Where a publication that is one document comes from (KEV, EPSS); undefined: there is none. Adapters: a file, an HTTP server. */
export interface DocumentSource {
  readonly describe: string;
  read(): Promise<Buffer | undefined>;
}
