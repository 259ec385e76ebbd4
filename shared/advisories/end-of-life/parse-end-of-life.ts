import { FeedRefused } from '../errors.ts';
import { isObject, listOf } from '../feeds/read-file.ts';
import { type ProductRelease, type ShardEnd, shardEnds } from './products.ts';

/** What it is called among the feeds. */
export const endOfLifeFeed = 'end-of-life';

/** When the updates of releases end, as a publication says. */
export interface EndOfLife {
  /** when it was put together, ISO */
  readonly asOf: string;
  /** by the names of shards, `esm` after a blank for Ubuntu Pro; null: no end is known yet */
  readonly ends: ReadonlyMap<string, string | null>;
}

/**
 * Reads endoflife.date: `/api/v1/products/full` (version 1), or the data of its repository as one document of products with their cycles. Of its products only the
 * distributions that have shards are kept.
 *
 * @throws FeedRefused when it is neither, or names no such distribution
 */
export function parseEndOfLife(bytes: Uint8Array, about: string): EndOfLife {
  const document = json(bytes, about);
  const asOf = timeOf(document['generated_at'] ?? document['date']);
  const products = productsOf(document);
  const ends = products.flatMap(({ name, releases }) => releases.flatMap((release) => shardEnds(name, release)));
  if (asOf === undefined || products.length === 0)
    throw new FeedRefused(about, 'broken', 'it is no list of products of endoflife.date');
  if (ends.length === 0) throw new FeedRefused(about, 'empty', 'it names no distribution that is known');
  return { asOf, ends: new Map([...ends].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) };
}

/** Its ends as they are kept. */
export const endsOf = ({ ends }: EndOfLife): readonly ShardEnd[] => [...ends];

type Fields = Readonly<Record<string, unknown>>;

interface Product {
  readonly name: string;
  readonly releases: readonly ProductRelease[];
}

function productsOf(document: Fields): readonly Product[] {
  const { result, products } = document;
  if (Array.isArray(result))
    return result
      .filter(isObject)
      .flatMap(({ name, releases }) =>
        typeof name === 'string' ? [{ name, releases: listOf(releases).filter(isObject).flatMap(releaseOfApi) }] : [],
      );
  return Object.entries(isObject(products) ? products : {}).map(([name, product]) => ({
    name,
    releases: listOf(isObject(product) ? product['cycles'] : undefined)
      .filter(isObject)
      .flatMap(releaseOfCycle),
  }));
}

function releaseOfApi({ name, isLts, isEol, eolFrom, isEoes, eoesFrom }: Fields): ProductRelease[] {
  const eol = endOf(eolFrom ?? isEol);
  if (typeof name !== 'string' || eol === undefined) return [];
  return [{ name, lts: isLts === true, eol, ...extendedOf(eoesFrom ?? isEoes) }];
}

function releaseOfCycle({ release, lts, eol: end, extendedSupport }: Fields): ProductRelease[] {
  const eol = endOf(end);
  if (typeof release !== 'string' || eol === undefined) return [];
  return [{ name: release, lts: lts === true, eol, ...extendedOf(extendedSupport) }];
}

function extendedOf(value: unknown): Pick<ProductRelease, 'extended'> {
  const extended = value === undefined || value === null ? undefined : endOf(value);
  return extended === undefined ? {} : { extended };
}

/** A day; null for "not over, and no day is known"; undefined for what says nothing, or that it is over without saying since when. */
function endOf(value: unknown): string | null | undefined {
  if (value === false) return null;
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && isDay(value) ? value : undefined;
}

/** `2024-02-30` is read as a day in March, `2024-99-99` as none. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function timeOf(value: unknown): string | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function json(bytes: Uint8Array, about: string): Fields {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (isObject(value)) return value;
  } catch (cause) {
    throw new FeedRefused(about, 'broken', 'it is not JSON, or cut', { cause });
  }
  throw new FeedRefused(about, 'broken', 'it is no list of products of endoflife.date');
}
