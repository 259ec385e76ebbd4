import { StoreError } from '../errors.ts';

/** How calls are repeated; tests give a `wait` that does not wait. */
export interface Retry {
  /** attempts in all, the first included */
  readonly attempts: number;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** 0 to 1 */
  readonly random: () => number;
}

/** Eight attempts over some 3 s on average: longer than DynamoDB's usual burst of throttles, shorter than a queue's patience. */
export const defaultRetry: Retry = {
  attempts: 8,
  wait: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
  random: Math.random,
};

const throttles = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'Throttling',
  'TooManyRequestsException',
]);
const network = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** What a failed call means: surely not done, perhaps done, or never to be done by repeating. */
export type Failure = 'throttled' | 'ambiguous' | 'final';

/** Sorts an error of the SDK by its name, status and network code; anything unknown is final. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return 'final';
  if (throttles.has(error.name)) return 'throttled';
  if (error.name === 'TimeoutError' || error.name === 'InternalServerError' || error.name === 'RequestTimeout')
    return 'ambiguous';
  if ('code' in error && typeof error.code === 'string' && network.has(error.code)) return 'ambiguous';
  const metadata =
    '$metadata' in error && typeof error.$metadata === 'object' && error.$metadata !== null ? error.$metadata : {};
  const status =
    'httpStatusCode' in metadata && typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : 0;
  if (status === 429) return 'throttled';
  return status >= 500 || error.message.includes('socket hang up') ? 'ambiguous' : 'final';
}

/** Full jitter (AWS Architecture Blog, "Exponential Backoff and Jitter"): 50 ms doubling to 5 s, a random part of it. */
export const pause = (retry: Retry, attempt: number): Promise<void> =>
  retry.wait(retry.random() * Math.min(5000, 50 * 2 ** attempt));

/** What is thrown when repeating did not help. */
export function unavailable(about: string, cause: unknown): StoreError {
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  if (cause instanceof Error && cause.name === 'ValidationException' && /size has exceeded/i.test(cause.message)) {
    return new StoreError('too-large', about, 'move the large part into a blob', { cause });
  }
  const advice =
    failureOf(cause) === 'final'
      ? 'look at the table, its permissions and the credentials'
      : 'it will go through when it is tried again later';
  return new StoreError('unavailable', about, `the database said ${said}; ${advice}`, { cause });
}

/** Repeats a call that may be repeated as it is, whatever became of the earlier attempts. */
export async function repeat<T>(retry: Retry, about: string, call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (failureOf(error) === 'final' || attempt + 1 >= retry.attempts) throw unavailable(about, error);
      await pause(retry, attempt);
    }
  }
}
