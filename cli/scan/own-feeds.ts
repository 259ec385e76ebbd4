import path from 'node:path';
import { type AdvisoryBook, feedTable, type OpenedFeed, openFeeds, splitEcosystem } from '#shared/advisories';

/**
 * Publications that are read instead of OSV's copies: a scan waits for one of the two, not for both. Of what is too large to wait for it takes what
 * `drydock db update` fetched.
 */
export function ownFeeds({ cacheFolder }: { readonly cacheFolder: string }): readonly OpenedFeed[] {
  const cache = { cacheFolder: path.join(cacheFolder, 'advisories'), pauses: [300] };
  return [
    ...openFeeds('home', cache).filter(({ row }) => row.osv === 'none' && row.heavy !== true),
    ...openFeeds(path.join(cacheFolder, 'db', 'feeds'), cache).filter(({ row }) => row.heavy === true),
  ];
}

/** The same book, which tells once of each distribution that OSV's copies served because its own publication was not fetched. */
export function tellingOfCopies(
  book: AdvisoryBook,
  feeds: readonly OpenedFeed[],
  warn: (text: string) => void,
): AdvisoryBook {
  const copied = new Set(
    feedTable
      .filter((row) => row.heavy === true && feeds.every((opened) => opened.row !== row))
      .map(({ feed }) => feed.ecosystem),
  );
  return {
    ...book,
    async shard(name) {
      const found = await book.shard(name);
      const { base } = splitEcosystem(name);
      if (found !== undefined && copied.delete(base))
        warn(
          `${base} is judged by OSV's copies of its advisories, which say what is fixed alone; drydock db update '${base}' fetches its own word: what is not affected, and what will not be fixed`,
        );
      return found;
    },
  };
}
