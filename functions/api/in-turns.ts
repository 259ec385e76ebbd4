import { inParts } from './in-parts.ts';

const mostAtOnce = 16;

/** The results of some work on each item, in the order of the items, a few at once. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += mostAtOnce)
    results.push(...(await Promise.all(items.slice(from, from + mostAtOnce).map(work))));
  return results;
}

/** The same of a list as it comes, behind no more than a few that nobody may ask for. */
export async function* eachInTurns<T, R>(items: AsyncIterable<T>, work: (item: T) => Promise<R>): AsyncIterable<R> {
  for await (const some of inParts(items, mostAtOnce)) yield* await Promise.all(some.map(work));
}
