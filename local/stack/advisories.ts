import path from 'node:path';
import {
  type AdvisorySource,
  documentFile,
  feedSource,
  folderSource,
  type HttpSourceOptions,
  httpSource,
  openFeeds,
  type RefreshRequest,
  refreshAdvisories,
  type ShardManifest,
  splitEcosystem,
  starterSource,
} from '#shared/advisories';
import { osvBulk } from './options.ts';

/** Publishes the bundled advisories, except for ecosystems that a fuller source has brought meanwhile. */
export async function takeStarterAdvisories(
  ports: Pick<RefreshRequest, 'table' | 'blobs' | 'now'>,
  folder: string,
  known: ShardManifest['shards'],
) {
  const source = { ...folderSource(path.join(folder, 'advisories')), describe: starterSource };
  const fuller = new Set(
    Object.entries(known)
      .filter(([, entry]) => entry.source !== starterSource)
      .map(([shard]) => splitEcosystem(shard).base),
  );
  const ecosystems = (await source.ecosystems()).filter((ecosystem) => !fuller.has(ecosystem));
  return refreshAdvisories({
    ...ports,
    source,
    ecosystems,
    acceptAnything: true,
    kev: documentFile(path.join(folder, 'kev.json')),
  });
}

/** Where advisories come from: a folder, a mirror, or OSV and the publishers of the others. `say` tells how far a download is. */
export function advisorySource(where: string, cacheFolder: string, say: (text: string) => void): AdvisorySource {
  if (!/^https?:/.test(where)) {
    const folder = path.resolve(where);
    return feedSource(folderSource(folder), openFeeds(path.join(folder, 'feeds'), { cacheFolder }));
  }
  const progress: HttpSourceOptions['progress'] = ({ ecosystem, bytes, total }) =>
    say(
      `advisories for ${ecosystem}: ${Math.round(bytes / 1_000_000)}${total === undefined ? '' : ` of ${Math.round(total / 1_000_000)}`} MB`,
    );
  // Whoever names a mirror of OSV's export is not sent to the publishers of the others.
  const feeds = where === osvBulk ? 'home' : 'none';
  return feedSource(httpSource(where, { cacheFolder, progress }), openFeeds(feeds, { cacheFolder }));
}
