import { RegistryError } from './errors.ts';

/** Which part of a sorted list a client asks for (distribution-spec, "Listing tags"). */
export interface PageRequest {
  /** at most so many */
  readonly count: number;
  /** only what sorts after this */
  readonly after: string | undefined;
}

/** One page, and where the next one begins if there is more. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** A page is never longer, whatever the client asks for; it follows the Link. */
const LONGEST_PAGE = 10_000;

/**
 * Reads `n` and `last`.
 * @throws RegistryError PAGINATION_NUMBER_INVALID when `n` is no natural number
 */
export function pageRequest(query: URLSearchParams): PageRequest {
  const n = query.get('n');
  if (n !== null && !/^\d{1,9}$/.test(n)) {
    throw new RegistryError(400, 'PAGINATION_NUMBER_INVALID', n, 'n must be a whole number', 'Ask for n=1 or more.', {
      details: [{ n: n.slice(0, 100) }],
    });
  }
  const last = query.get('last');
  return {
    count: Math.min(n === null ? LONGEST_PAGE : Number(n), LONGEST_PAGE),
    after: last === null || last === '' ? undefined : last,
  };
}

/** Cuts a page out of names, which it sorts by their bytes. A count of 0 gives an empty page and no next one (distribution-spec). */
export function pageOf(names: readonly string[], { count, after }: PageRequest): Page<string> {
  const left = names.filter((name) => after === undefined || name > after).sort();
  const items = left.slice(0, count);
  return { items, next: left.length > items.length ? items.at(-1) : undefined };
}

/** The `Link` header to the next page (RFC 8288), keeping what else was asked. */
export function nextLink(path: string, query: URLSearchParams, next: string): string {
  const following = new URLSearchParams(query);
  following.set('last', next);
  return `<${path}?${following.toString()}>; rel="next"`;
}
