import type { Bucket } from './operation.ts';

/** Burst and refill per second of each bucket, account x region (aws.md 3.5; ECS request throttling). */
const RATES: Readonly<Record<Bucket, readonly [burst: number, perSecond: number]>> = {
  'definition-modify': [20, 1],
  'definition-read': [50, 20],
  'service-modify': [50, 5],
  'service-read': [100, 20],
  deployments: [50, 20],
  'cluster-modify': [20, 1],
  'cluster-read': [50, 20],
  'resource-modify': [100, 40],
  'resource-read': [100, 20],
  'tag-modify': [20, 10],
};

/** Token buckets as ECS has them: full at first, refilled evenly. */
export class Throttle {
  readonly #levels = new Map<Bucket, { readonly tokens: number; readonly at: number }>();

  /** Takes a token; false when there is none: the request is to be throttled. */
  take(bucket: Bucket, now: number): boolean {
    const [burst, perSecond] = RATES[bucket];
    const level = this.#levels.get(bucket) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, level.tokens + (Math.max(0, now - level.at) / 1000) * perSecond);
    const granted = tokens >= 1;
    this.#levels.set(bucket, { tokens: granted ? tokens - 1 : tokens, at: now });
    return granted;
  }
}
