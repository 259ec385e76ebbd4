/** The error codes of the distribution spec (section "Error Codes"), and the few that registries add to it. */
export type RegistryErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'PAGINATION_NUMBER_INVALID'
  | 'RANGE_INVALID'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'TOOMANYREQUESTS'
  | 'UNKNOWN'
  | 'UNSUPPORTED';

/** What a refusal carries besides its status: detail for the body, headers for the answer. */
export interface RefusalExtras {
  /** one entry of the body's `errors` each; one entry without detail when empty */
  readonly details?: readonly unknown[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is refused. It becomes the status and the JSON error body of the distribution spec. */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: RegistryErrorCode;
  /** what it was about: a repository, a digest, an upload; may hold hostile text, so it is quoted in the message */
  readonly about: string;
  /** what the client can do */
  readonly advice: string;
  readonly extras: RefusalExtras;

  constructor(
    status: number,
    code: RegistryErrorCode,
    about: string,
    text: string,
    advice: string,
    extras: RefusalExtras = {},
  ) {
    super(`${quoted(about)}: ${text}. ${advice}`);
    this.name = 'RegistryError';
    this.status = status;
    this.code = code;
    this.about = about;
    this.advice = advice;
    this.extras = extras;
  }
}

/** The registry could not start: the folder or the address is not to be had. */
export class RegistryStartError extends Error {
  readonly code = 'registry-start';
  readonly about: string;
  readonly advice: string;

  constructor(about: string, text: string, advice: string, options?: ErrorOptions) {
    super(`${about}: ${text}. ${advice}`, options);
    this.name = 'RegistryStartError';
    this.about = about;
    this.advice = advice;
  }
}

// names come from requests: control characters must not reach a terminal, and nobody needs to read four kilobytes of them
const quoted = (about: string): string => {
  const short = about.length > 300 ? `${about.slice(0, 300)}…` : about;
  return /^[\x21-\x7e…]*$/.test(short) ? short : JSON.stringify(short);
};
