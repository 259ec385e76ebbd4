/** Why the store could not do what was asked. */
export type StoreErrorCode =
  /** throttled, timed out or unreachable after all retries; the same call may be made again */
  | 'unavailable'
  /** an item over 400 KB, a blob over its limit */
  | 'too-large'
  /** a key that the table or the blob store cannot hold */
  | 'bad-key'
  /** an attribute that the table cannot hold: NaN, a function, a Date, the reserved attribute `w` */
  | 'bad-item'
  /** something that another row promised is not there */
  | 'missing'
  /** bytes that are not what was written */
  | 'corrupt';

/** An error of the store: what it was about (a key) and what to do about it. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly about: string;
  readonly advice: string;

  constructor(code: StoreErrorCode, about: string, advice: string, options?: { readonly cause?: unknown }) {
    super(`${about}: ${code}; ${advice}`, options);
    this.code = code;
    this.about = about;
    this.advice = advice;
  }
}
