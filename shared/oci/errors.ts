/** Every code that an error of this room carries; stable, for exit codes, coverage reasons and tests. */
export type OciErrorCode =
  | 'invalid-reference'
  | 'invalid-manifest'
  | 'invalid-config'
  | 'not-an-image'
  | 'unsupported-image'
  | 'digest-mismatch'
  | 'size-mismatch'
  | 'not-found'
  | 'unauthorized'
  | 'registry-refused'
  | 'registry-unavailable'
  | 'too-large'
  | 'truncated-layer'
  | 'corrupt-layer'
  | 'unsupported-compression'
  | 'bad-tar'
  | 'tar-limit'
  | 'bad-layout'
  | 'bad-archive'
  | 'unknown-source';

/** The base of every error of this room: what it was about, and what a person can do. Both may hold hostile text. */
export abstract class OciError extends Error {
  abstract readonly code: OciErrorCode;
  /** the thing the error is about: a reference, a digest, a file */
  readonly about: string;
  /** one sentence that says what to do */
  readonly advice: string;

  constructor(about: string, text: string, advice: string, options?: ErrorOptions) {
    super(`${about}: ${text}. ${advice}`, options);
    this.name = new.target.name;
    this.about = about;
    this.advice = advice;
  }
}

/** A text that is no image reference. */
export class InvalidReference extends OciError {
  readonly code = 'invalid-reference';
}

/** Bytes that are no manifest or index, although something said that they were. */
export class InvalidManifest extends OciError {
  readonly code = 'invalid-manifest';
}

/** Bytes that are no image config. */
export class InvalidConfig extends OciError {
  readonly code = 'invalid-config';
}

/** A sound artifact that holds no image: a Helm chart, a signature, attestations alone. `what` names it. */
export class NotAnImage extends OciError {
  readonly code = 'not-an-image';
  readonly what: string;

  constructor(about: string, what: string, advice = 'Name an image; there is nothing in this to scan.') {
    super(about, `this is ${what}, not a container image`, advice);
    this.what = what;
  }
}

/** An image that Drydock does not read, by name: Windows, schema 1, too deep an index. */
export class UnsupportedImage extends OciError {
  readonly code = 'unsupported-image';
}

/** Bytes whose digest is not the promised one. Nothing of them may be believed. */
export class DigestMismatch extends OciError {
  readonly code = 'digest-mismatch';
  readonly source: string;
  readonly digest: string;
  readonly expected: string;
  readonly got: string;

  constructor(source: string, expected: string, got: string) {
    super(
      source,
      `the bytes served for ${expected} hash to ${got}`,
      'The source is damaged or tampered with; push the image again, or ask its owner.',
    );
    this.source = source;
    this.digest = expected;
    this.expected = expected;
    this.got = got;
  }
}

/** More or fewer bytes than the descriptor promises. `got` counts what was seen when it was certain. */
export class SizeMismatch extends OciError {
  readonly code = 'size-mismatch';
  readonly source: string;
  readonly digest: string;
  readonly expected: number;
  readonly got: number;

  constructor(source: string, digest: string, expected: number, got: number) {
    super(
      source,
      `${digest} should have ${expected} bytes and has ${got > expected ? `more (${got} so far)` : got}`,
      'The source is damaged, was cut off, or its manifest is wrong; push the image again, or ask its owner.',
    );
    this.source = source;
    this.digest = digest;
    this.expected = expected;
    this.got = got;
  }
}

/** The source answered that it has no such thing. */
export class NotFound extends OciError {
  readonly code = 'not-found';
}

/** The registry wants other credentials, or these may not do this. */
export class Unauthorized extends OciError {
  readonly code = 'unauthorized';
}

/** The registry refuses the request itself (a 4xx that no retry cures). */
export class RegistryRefused extends OciError {
  readonly code = 'registry-refused';
  readonly status: number;

  constructor(about: string, status: number, text: string, advice: string) {
    super(about, text, advice);
    this.status = status;
  }
}

/** The registry could not be reached, or kept failing, until the retries were used up. Trying again later may help. */
export class RegistryUnavailable extends OciError {
  readonly code = 'registry-unavailable';
}

/** Something is bigger than we read: a manifest, an index, a config, a token answer. */
export class TooLarge extends OciError {
  readonly code = 'too-large';

  constructor(about: string, what: string, limit: number) {
    super(about, `${what} is larger than ${limit} bytes`, 'Real ones are far smaller; this one is not read.');
  }
}

/** A compressed layer that ends in its middle. */
export class TruncatedLayer extends OciError {
  readonly code = 'truncated-layer';
}

/** A compressed layer whose data is broken. */
export class CorruptLayer extends OciError {
  readonly code = 'corrupt-layer';
}

/** A layer in a compression that container runtimes do not unpack (xz, bzip2, lz4). */
export class UnsupportedCompression extends OciError {
  readonly code = 'unsupported-compression';
}

/** Bytes that are no sound tar. `offset` counts in the uncompressed archive; `inside` names what the archive is, where that is known. */
export class BadTar extends OciError {
  readonly code = 'bad-tar';
  readonly offset: number;
  readonly #text: string;

  constructor(offset: number, text: string, inside?: string, options?: ErrorOptions) {
    super(
      `${inside === undefined ? '' : `${inside}: `}tar archive at byte ${offset}`,
      text,
      'The layer or archive is damaged or was made to mislead; build it again.',
      options,
    );
    this.offset = offset;
    this.#text = text;
  }

  /** The same error, said of the thing that the archive is. */
  inside(what: string): BadTar {
    return new BadTar(this.offset, this.#text, what, { cause: this });
  }
}

/** A tar that crosses one of the reader's limits. */
export class TarLimit extends OciError {
  readonly code = 'tar-limit';
  readonly limit: string;

  constructor(offset: number, limit: string, allowed: number) {
    super(
      `tar archive at byte ${offset}`,
      `more than ${allowed} (${limit})`,
      'What lies beyond the limit is not read; if the image is honest, raise the limit.',
    );
    this.limit = limit;
  }
}

/** A folder that is no OCI layout, or a broken one. */
export class BadLayout extends OciError {
  readonly code = 'bad-layout';
}

/** A file that is neither an OCI layout archive nor a `docker save` archive, or a broken one. */
export class BadArchive extends OciError {
  readonly code = 'bad-archive';
}

/** A text that names neither a layout folder, nor an archive, nor a registry reference. */
export class UnknownSource extends OciError {
  readonly code = 'unknown-source';
}

/** Errors that speak of the registry or of who asks, not of the thing that was asked for. */
const ofTheRegistry: ReadonlySet<OciErrorCode> = new Set(['registry-unavailable', 'unauthorized']);

/** Whether an error says that one image is damaged or not there, so that others of the same source may be sound. */
export const isDamage = (error: unknown): error is OciError =>
  error instanceof OciError && !ofTheRegistry.has(error.code);
