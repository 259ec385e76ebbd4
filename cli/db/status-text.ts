import { staleFeeds } from '#shared/advisories';
import type { MirrorPart } from './mirror.ts';

/**
 * A mirror for people, a line for each part: what it holds, of which day its source says that it is, when it was fetched, and what has had no good answer for
 * too long, by the rule of `staleFeeds`. Pure.
 */
export function statusLines(parts: Readonly<Record<string, MirrorPart>>, now: Date): readonly string[] {
  const stale = stalePartsOf(parts, now);
  return Object.entries(parts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([part, { records, bytes, fetchedAt, source, asOf }]) => {
      const published = asOf === undefined ? '' : `, published as of ${timeOf(asOf)}`;
      const old = stale.get(part);
      return `${part}: ${records} records, ${(bytes / 1e6).toFixed(1)} MB${published}, fetched ${timeOf(fetchedAt)} (${source})${old === undefined ? '' : `; STALE: ${old}`}`;
    });
}

/** Why a part is stale, by its name; none for what is fresh. Pure. */
export function stalePartsOf(parts: Readonly<Record<string, MirrorPart>>, now: Date): ReadonlyMap<string, string> {
  const feeds = Object.entries(parts).map(([part, { source, fetchedAt, okAt }]) => [
    part,
    { source, okAt: okAt ?? fetchedAt },
  ]);
  return new Map(
    staleFeeds(Object.fromEntries(feeds), now).map(({ feed }) => {
      const known = parts[feed];
      const answered = timeOf(known?.okAt ?? known?.fetchedAt ?? '');
      const why = known?.failing === undefined ? 'drydock db update asks again' : known.failing.text;
      return [feed, `last good answer ${answered}; ${why}`];
    }),
  );
}

/** `2026-01-02 03:04 UTC`; a day alone stays one. */
const timeOf = (iso: string): string => (iso.length <= 10 ? iso : `${iso.slice(0, 16).replace('T', ' ')} UTC`);
