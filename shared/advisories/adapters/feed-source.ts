import { createHash } from 'node:crypto';
import { BrokenArchive } from '../errors.ts';
import type { FeedFile, FileOrigin } from '../feeds/feed.ts';
import type { FeedRow } from '../feeds/table.ts';
import type { AdvisorySource } from '../types.ts';

/** A publication and where its files are taken from. */
export interface OpenedFeed {
  readonly row: FeedRow;
  readonly origin: FileOrigin;
}

/**
 * OSV's bulk export together with the publications that speak beside it or instead of it. Records of a publication come first; of OSV's those that its
 * row leaves, and none with an id that the publication had. An origin that does not answer, or is cut, refuses the ecosystem whole: half of the judges
 * would be worse than the last good state.
 */
export function feedSource(bulk: AdvisorySource, feeds: readonly OpenedFeed[]): AdvisorySource {
  const byEcosystem = new Map(feeds.map((feed) => [feed.row.feed.ecosystem, feed]));
  const withBulk = ({ row }: OpenedFeed): boolean => row.osv !== 'none';
  return {
    describe: bulk.describe,
    describeOf(ecosystem) {
      const opened = byEcosystem.get(ecosystem);
      if (opened === undefined) return bulk.describe;
      return withBulk(opened) ? `${opened.origin.describe} and ${bulk.describe}` : opened.origin.describe;
    },
    async ecosystems() {
      const held = new Set(await bulk.ecosystems());
      for (const [ecosystem, opened] of byEcosystem)
        if ((await opened.row.feed.files(opened.origin)).length > 0) held.add(ecosystem);
        else if (!withBulk(opened)) held.delete(ecosystem);
      return [...held].sort();
    },
    async journal(ecosystem) {
      const opened = byEcosystem.get(ecosystem);
      if (opened === undefined) return bulk.journal?.(ecosystem);
      // two lists of changes have no one watermark
      return withBulk(opened) ? undefined : opened.row.feed.journal?.(opened.origin);
    },
    async modified(ecosystem) {
      const opened = byEcosystem.get(ecosystem);
      if (opened === undefined) return bulk.modified(ecosystem);
      const files = await opened.row.feed.files(opened.origin);
      if (files.length === 0) return undefined;
      const theirs = withBulk(opened) ? await bulk.modified(ecosystem) : '';
      const stamps = [...files.map((file) => `${file.part} ${file.stamp}`), theirs ?? 'none'];
      return `feed ${createHash('sha256').update(stamps.join('\n')).digest('hex')}`;
    },
    async parts(ecosystem) {
      const opened = byEcosystem.get(ecosystem);
      return opened === undefined
        ? bulk.parts?.(ecosystem)
        : (await opened.row.feed.files(opened.origin)).map(({ part }) => part);
    },
    async *records(ecosystem) {
      const opened = byEcosystem.get(ecosystem);
      if (opened === undefined) {
        yield* bulk.records(ecosystem);
        return;
      }
      const seen = new Set<string>();
      const files = await opened.row.feed.files(opened.origin);
      if (files.length === 0) return;
      try {
        for await (const record of opened.row.feed.records(files, opened.origin)) {
          seen.add(record.id);
          yield 'bytes' in record ? record : { id: record.id, bytes: Buffer.from(JSON.stringify(record)) };
        }
      } catch (error) {
        if (error instanceof BrokenArchive) await forget(files);
        throw error;
      }
      const { osv } = opened.row;
      if (osv === 'none') return;
      for await (const record of bulk.records(ecosystem)) if (!seen.has(record.id) && osv(record.id)) yield record;
    },
  };
}

/** A damaged file must not be believed again because the server's copy has not changed. */
const forget = (files: readonly FeedFile[]): Promise<unknown> => Promise.all(files.map((file) => file.forget()));
