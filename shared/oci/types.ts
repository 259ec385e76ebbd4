import type { Readable } from 'node:stream';
import type { OciError } from './errors.ts';

/** A content digest as OCI writes it: `sha256:<64 hex>` or `sha512:<128 hex>` (image-spec, descriptor). */
export type Digest = `sha256:${string}` | `sha512:${string}`;

/** Platform of an image, as an index lists it (image-spec, image index). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
}

/** What names a blob or manifest: type, digest, size in bytes (image-spec, descriptor). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly urls?: readonly string[];
  readonly artifactType?: string;
}

/** `registry/repository[:tag][@digest]`, parsed. Identity is always repository + digest; a tag is resolved once. */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** An image manifest in one shape, whether it came as OCI or as Docker v2 schema 2. */
export interface ImageManifest {
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
}

/** The parts of an image config that we read (image-spec, config). Every string is what the image claims. */
export interface ImageConfig {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly created?: string;
  readonly user?: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  /** names only: values are where secrets lie, and nothing here needs them */
  readonly environment: readonly string[];
  /** `CMD-SHELL curl -f …`, as the runtime splits it; absent when there is none */
  readonly healthCheck?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** claimed; recognises a base, never a key to facts (design decision 5) */
  readonly diffIds: readonly Digest[];
  readonly history: readonly { readonly createdBy?: string; readonly created?: string; readonly emptyLayer: boolean }[];
}

/** One platform image of a source: its verified manifest and config, and its layer descriptors in order, base first. */
export interface Image {
  readonly digest: Digest;
  /** size of the manifest in bytes */
  readonly size: number;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly platform: Platform;
}

/** What an index child or manifest is when it is no image to scan: an attestation, a chart, a signature … */
export interface SetAside {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly reason: string;
}

/** A child of an index that should be an image and cannot be read: damaged, or not there. Nothing of it is believed. */
export interface UnreadableImage {
  readonly digest: Digest;
  readonly mediaType: string;
  /** as the index lists it */
  readonly platform?: Platform;
  /** the source does not have its manifest: nothing can run it from there */
  readonly absent: boolean;
  readonly error: OciError;
}

/** A blob in a file of this machine: `bytes` bytes from `offset` on. */
export interface BlobInFile {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

/** A blob's bytes as they come. */
export interface BlobStream extends Readable {
  /** Frees a chunk that its reader has copied and that nobody else looks at, instead of leaving it to the garbage collector; absent where chunks may be somebody's. */
  release?(chunk: Buffer): void;
}

/** The bytes of a blob as they are found, unchecked. */
export type FoundBlob = BlobInFile | BlobStream;

/** Where image bytes come from. Every adapter (registry, OCI layout, archive) passes test/contract/image-source. */
export interface ImageSource {
  /** for messages: 'registry.example/app:1', 'layout folder ./x' */
  readonly description: string;
  /** The root manifest or index that the source names; bytes already checked against the digest. */
  root(): Promise<{ readonly descriptor: Descriptor; readonly bytes: Buffer }>;
  /** A manifest by digest, checked. Throws NotFound, DigestMismatch, TooLarge. */
  manifest(descriptor: Descriptor): Promise<Buffer>;
  /** A blob as a Node stream. The stream errors with DigestMismatch or SizeMismatch at its end if the bytes are not the promised ones. */
  blob(descriptor: Descriptor, options?: { readonly signal?: AbortSignal }): Promise<Readable>;
  /**
   * The same blob for a reader that checks it while unpacking it (`unpackLayer`), unchecked; absent where nothing is won by that. Throws what `blob`
   * throws before its first byte.
   */
  found?(descriptor: Descriptor, options?: { readonly signal?: AbortSignal }): Promise<FoundBlob>;
  /** What refers to a manifest here, of one artifact type; absent where nobody keeps such lists. */
  referrers?(digest: Digest, artifactType: string): Promise<readonly Descriptor[]>;
  /** the manifest under a tag beside the image; undefined when there is none. Absent: the source has no other tags */
  tagged?(tag: string): Promise<{ readonly descriptor: Descriptor; readonly bytes: Buffer } | undefined>;
  close(): Promise<void>;
}
