/** Hard limits of reading one layer (design decision 9). Facts depend on them, so they are part of `extractorsVersion`. */
export interface ReadLimits {
  /** bytes after decompression; beyond: the layer is partial */
  readonly maxUnpackedBytes: number;
  /** unpacked bytes per compressed byte, looked at after the first 256 MiB; gzip cannot exceed 1,032 */
  readonly maxRatio: number;
  /** tar entries, and twice as many paths with the folders that they imply */
  readonly maxEntries: number;
  /** bytes of one path; longer ones cannot be opened by Linux either (PATH_MAX) */
  readonly maxPathBytes: number;
  /** folders above a file */
  readonly maxDepth: number;
  /** bytes of one evidence file other than an archive */
  readonly maxEvidenceBytes: number;
  /** bytes of one archive (jar and kin) that is held in memory to be read from its end */
  readonly maxArchiveBytes: number;
  /** bytes of one executable that is held whole while it is read; of a larger one as many bytes are held in parts */
  readonly maxExecutableBytes: number;
  /** bytes, by estimate, of everything that is kept of one layer beside the path hashes */
  readonly maxRetainedBytes: number;
}

/** What an honest image never meets: the largest known real layers stay an order of magnitude below. */
export const defaultLimits: ReadLimits = {
  maxUnpackedBytes: 64 * 2 ** 30,
  maxRatio: 500,
  maxEntries: 5_000_000,
  maxPathBytes: 4096,
  maxDepth: 255,
  maxEvidenceBytes: 32 * 2 ** 20,
  maxArchiveBytes: 128 * 2 ** 20,
  maxExecutableBytes: 64 * 2 ** 20,
  maxRetainedBytes: 96 * 2 ** 20,
};

/** The limits as one short text, for the version of the facts that they shape. */
export function limitsText(limits: ReadLimits): string {
  return [
    limits.maxUnpackedBytes,
    limits.maxRatio,
    limits.maxEntries,
    limits.maxPathBytes,
    limits.maxDepth,
    limits.maxEvidenceBytes,
    limits.maxArchiveBytes,
    limits.maxExecutableBytes,
    limits.maxRetainedBytes,
  ].join(',');
}
