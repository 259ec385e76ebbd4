/** What a bucket gives: `perSecond` tokens for ever, and up to `burst` at once after a rest. */
export interface Quota {
  readonly perSecond: number;
  readonly burst: number;
}

/** A bucket at one moment (ms). `tokens` is below zero when calls already wait for tokens to come. */
export interface BucketState {
  readonly tokens: number;
  readonly at: number;
}

/** A full bucket. */
export const fullBucket = (quota: Quota, now: number): BucketState => ({ tokens: quota.burst, at: now });

/**
 * Takes one token at `now` (ms) and says how long to wait before using it; those who wait are served in the order in which they asked. A clock
 * that goes backwards adds nothing and takes nothing.
 */
export function takeToken(
  state: BucketState,
  quota: Quota,
  now: number,
): { readonly state: BucketState; readonly waitMs: number } {
  const at = Math.max(now, state.at);
  const tokens = Math.min(quota.burst, state.tokens + ((at - state.at) / 1000) * quota.perSecond) - 1;
  return { state: { tokens, at }, waitMs: tokens >= 0 ? 0 : Math.ceil((-tokens / quota.perSecond) * 1000) };
}

/** A share of a quota: 0.8 leaves a fifth to everybody else in the account. At least one token at once, or nothing would ever go. */
export const shareOf = (quota: Quota, share: number): Quota => ({
  perSecond: quota.perSecond * share,
  burst: Math.max(1, Math.floor(quota.burst * share)),
});
