/** When and how long to wait before a request is sent again. Pure: chance comes in as a number. */

const FIRST_MS = 200;
const LONGEST_MS = 10_000;
/** A registry that wants more patience than this is told of, not waited for. */
export const LONGEST_RETRY_AFTER_MS = 60_000;

const STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const NETWORK: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'HPE_INVALID_EOF_STATE',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Whether the same request may succeed later. */
export function isRetryableStatus(status: number): boolean {
  return STATUSES.has(status);
}

/** Whether an error is a connection that broke, rather than a name, address or certificate that is wrong. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NETWORK.has(String(error.code));
}

/**
 * Milliseconds before attempt number `attempt` (the first repetition is 1): exponential with full jitter (`chance` in
 * [0, 1)), but never sooner than the registry asked for.
 */
export function retryDelay(attempt: number, chance: number, retryAfterMs = 0): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.max(Math.round(ceiling * (0.5 + chance / 2)), retryAfterMs);
}

/**
 * A Retry-After header in milliseconds from `now`: seconds or an HTTP date; 0 when it says nothing (RFC 9110, 10.2.3).
 */
export function parseRetryAfter(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  if (/^[0-9]{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
