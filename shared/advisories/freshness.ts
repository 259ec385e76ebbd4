import type { FeedRefused } from './errors.ts';

/** How fresh one feed is: an ecosystem's advisories, or a catalogue (`kev`, `epss`). */
export interface FeedFreshness {
  /** where it comes from, for people */
  readonly source: string;
  /** when it was last asked and answered well, ISO; absent: never */
  readonly okAt?: string;
  /** when it last had something new, ISO */
  readonly changedAt?: string;
  /** since when it does not answer, or is refused, and what was said last */
  readonly failing?: {
    readonly since: string;
    readonly reason: FeedRefused['reason'];
    readonly text: string;
    /** since when for that reason */
    readonly reasonSince: string;
  };
}

/** What asking a feed came to. */
export type FeedOutcome =
  | { readonly source: string; readonly outcome: 'unchanged' | 'read' }
  | {
      readonly source: string;
      readonly outcome: 'refused';
      readonly reason: FeedRefused['reason'];
      readonly text: string;
    };

/** The freshness of a feed after it was asked once more. Pure. */
export function freshnessAfter(before: FeedFreshness | undefined, seen: FeedOutcome, now: string): FeedFreshness {
  const { source } = seen;
  const known = before === undefined ? {} : kept(before);
  if (seen.outcome === 'refused') {
    const failed = before?.failing;
    const reasonSince = failed?.reason === seen.reason ? failed.reasonSince : now;
    return {
      ...known,
      source,
      failing: { since: failed?.since ?? now, reason: seen.reason, text: seen.text.slice(0, 500), reasonSince },
    };
  }
  return { ...known, source, okAt: now, ...(seen.outcome === 'read' ? { changedAt: now } : {}) };
}

const kept = ({ okAt, changedAt }: FeedFreshness): Pick<FeedFreshness, 'okAt' | 'changedAt'> => ({
  ...(okAt === undefined ? {} : { okAt }),
  ...(changedAt === undefined ? {} : { changedAt }),
});

/** How long a publication that lost much is waited for. */
const patienceMs = 7 * 24 * 3_600_000;

/**
 * Whether what a feed lost is to be taken for gone: it has been smaller for a week, every time that it was asked. That is none that is being written; a release that
 * its publisher gave up would otherwise keep all that comes later out for ever.
 */
export function isLossSettled(feed: FeedFreshness | undefined, now: Date): boolean {
  const { reason, reasonSince } = feed?.failing ?? {};
  return reason === 'smaller' && reasonSince !== undefined && now.getTime() - Date.parse(reasonSince) >= patienceMs;
}

/** How old the last good answer of a feed may be before it is called stale: the schedule asks every hour, publishers rest on some days. */
export const staleAfterMs = 24 * 3_600_000;

/** What tells whether a feed is stale. */
type FeedAge = Pick<FeedFreshness, 'source' | 'okAt'> & {
  readonly failing?: Pick<NonNullable<FeedFreshness['failing']>, 'since' | 'text'>;
};

/** The feeds that gave no good answer for too long, with the reason in words; sorted by name. */
export function staleFeeds(
  feeds: Readonly<Record<string, FeedAge>>,
  now: Date,
): readonly { readonly feed: string; readonly text: string }[] {
  return Object.entries(feeds)
    .flatMap(([feed, { okAt, failing, source }]) => {
      const since = okAt ?? failing?.since;
      if (since === undefined || now.getTime() - Date.parse(since) <= staleAfterMs) return [];
      const why = failing === undefined ? 'it was not asked' : failing.text;
      return [{ feed, text: `${feed} from ${source}: last good answer ${okAt ?? 'never'}; ${why}` }];
    })
    .sort((a, b) => (a.feed < b.feed ? -1 : 1));
}
