import type { AdvisoryJournal } from '../types.ts';

/** A file of a publication as it was fetched. */
export interface OriginFile {
  /** for people: the address or path, without credentials */
  readonly about: string;
  /** changes whenever the file may have changed */
  readonly stamp: string;
  /** when the publisher wrote it, ISO */
  readonly modified: string;
  /** its bytes in pieces; throws SourceUnavailable when it cannot be read */
  open(): AsyncIterable<Buffer>;
  /** it was damaged, or is needed no more: it must be fetched again although the publisher's copy has not changed */
  forget(): Promise<void>;
}

/**
 * Where the files of a publication lie: the publisher's own server, a mirror, a folder. Adapters: http-files, folder-files; both pass
 * test/contract/file-origin.
 */
export interface FileOrigin {
  readonly describe: string;
  /**
   * The file at a path relative to the origin; undefined: it is not there, or the path leads out of the origin. Throws SourceUnavailable.
   *
   * @param keptAs what a copy of it replaces, for files whose names change with every publication
   */
  file(path: string, keptAs?: string): Promise<OriginFile | undefined>;
}

/** One of the files of a publication; `part` is what the feed knows it by: a release, a repository. */
export interface FeedFile extends OriginFile {
  readonly part: string;
}

/** An OSV record as a feed's reader makes it; parseOsv reads it back like any other. */
export interface FeedRecord {
  readonly id: string;
  readonly modified: string;
  readonly published?: string;
  readonly summary?: string;
  readonly aliases?: readonly string[];
  readonly upstream?: readonly string[];
  readonly severity?: readonly { readonly type: string; readonly score: string }[];
  readonly database_specific?: { readonly severity?: string };
  readonly affected: readonly FeedAffected[];
}

/** A record that is published in OSV's own form: its bytes as they are. */
export interface RawRecord {
  readonly id: string;
  readonly bytes: Buffer;
}

/** One package of a release in a record. */
export interface FeedAffected {
  readonly package: { readonly ecosystem: string; readonly name: string };
  readonly ranges: readonly {
    readonly type: 'ECOSYSTEM';
    readonly events: readonly Readonly<Partial<Record<'introduced' | 'fixed' | 'last_affected', string>>>[];
  }[];
  readonly severity?: FeedRecord['severity'];
  readonly ecosystem_specific?: Readonly<Record<string, string>>;
  readonly database_specific?: { readonly severity?: string };
}

/** A publication in a form of its own: which files it is, and how they read as OSV records. Pure but for the files that it is given. */
export interface Feed {
  /** its folder in a mirror: `debian-tracker` */
  readonly id: string;
  readonly name: string;
  /** the base ecosystem that it speaks of */
  readonly ecosystem: string;
  /** where its publisher has it; paths of files are relative to it */
  readonly home: string;
  /** every host that it may call beside that of `home` */
  readonly hosts?: readonly string[];
  /** its files, fetched; none: the origin does not hold it */
  files(origin: FileOrigin): Promise<readonly FeedFile[]>;
  /**
   * Every record once. Throws BrokenArchive when a file is cut, damaged or of another form, UnreadableRecord never: what cannot be read in one record is
   * yielded as text that parseOsv will refuse.
   *
   * @param origin where the files are from, for what changed since they were put together
   */
  records(files: readonly FeedFile[], origin: FileOrigin): AsyncIterable<FeedRecord | RawRecord>;
  /** Its list of changes, where it keeps one and the origin has the single records; the records as OSV's. Throws SourceUnavailable, BrokenArchive. */
  journal?(origin: FileOrigin): Promise<AdvisoryJournal | undefined>;
}

/** The range of versions before a fix, or of all versions. */
export const before = (fixed: string | undefined): FeedAffected['ranges'] => [
  { type: 'ECOSYSTEM', events: [{ introduced: '0' }, ...(fixed === undefined ? [] : [{ fixed }])] },
];
