/** What a tar entry makes. 'other' is a type that no container runtime unpacks; its content is skipped. */
export type TarEntryKind =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  | 'other';

/** One entry as the archive claims it, after GNU and pax extensions were applied. Everything in it is hostile text. */
export interface TarEntry {
  /**
   * The name as it stands in the archive: not normalised, may be absolute, hold `..`, `./` or end in `/`.
   * UTF-8; bytes that are no UTF-8 are read as Latin-1, so that two different names stay different.
   */
  readonly path: string;
  readonly kind: TarEntryKind;
  /** bytes of content, of a sparse file with its holes; 0 for everything but files */
  readonly size: number;
  /** permission bits with setuid (0o4000), setgid (0o2000) and sticky (0o1000); never file type bits */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** seconds since 1970, may be negative; a fraction is cut off */
  readonly mtime: number;
  /** target of a symlink (any text) or of a hard link (a name in the same archive), else '' */
  readonly linkTarget: string;
  /** extended attributes (`security.capability` …) from pax `SCHILY.xattr.*` records; absent when there are none */
  readonly xattrs?: ReadonlyMap<string, Buffer>;
  /** set for a sparse file: its content is handed out with zeros in its holes, or, when they are beyond the limit, not at all; report it then if it was evidence */
  readonly sparse?: 'filled' | 'left-out';
  /** where the entry's content begins, in bytes from the start of the uncompressed archive; a sparse one's does not lie there as it is */
  readonly dataOffset: number;
}

/**
 * Takes one entry's content. Calls are synchronous and in order: any number of `data`, then one `end`. A chunk is a
 * view into the reader's input and is only good until `data` returns: copy what you keep (a kept view of 20 bytes would
 * hold a megabyte). An empty file gets `end` alone. When the archive turns out broken, `end` is not called.
 */
export interface TarSink {
  /** it looks at no more bytes than these from the start: whoever need not read on may end it there */
  readonly enough?: number;
  data(chunk: Buffer): void;
  end(): void;
}

/**
 * Decides, from the header alone, what becomes of each entry: a sink to get the content, undefined to skip it.
 * Only files have content; for everything else the answer is ignored.
 */
export interface TarHandler {
  entry(entry: TarEntry): TarSink | undefined;
}

/** Hard limits; crossing one throws `TarLimit`. */
export interface TarLimits {
  /** entries, directories and links included; default 10 million */
  readonly maxEntries?: number;
  /** bytes of one pax header or GNU long name; default 1 MiB, as Go's archive/tar has it */
  readonly maxHeaderBytes?: number;
  /** characters of a name or link target; default 64 Ki */
  readonly maxPathBytes?: number;
  /** bytes of all holes of sparse files that are filled; default 512 MiB */
  readonly maxHoleBytes?: number;
}
