import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FileOrigin } from '../feeds/feed.ts';
import { type FetchOptions, fetchFile, forgetFile } from './fetched-file.ts';
import { isInnerPath, piecesOf } from './folder-files.ts';
import { webAddress, withoutCredentials } from './http-get.ts';

/** How to fetch files of publications. */
export interface HttpFilesOptions extends FetchOptions {
  /** folder for the fetched files; they stay there for conditional requests */
  readonly cacheFolder: string;
}

/** Files of a publication from a web server, the publisher's own or a mirror; asked for again only by condition (ETag, Last-Modified). */
export function httpFiles(base: string, options: HttpFilesOptions): FileOrigin {
  const root = webAddress(base.endsWith('/') ? base : `${base}/`);
  const describe = withoutCredentials(root);
  const folder = join(options.cacheFolder, `files-${nameOf(describe)}`);
  return {
    describe,
    async file(path, keptAs = path) {
      if (!isInnerPath(path)) return undefined;
      const url = new URL(path.split('/').map(encodeURIComponent).join('/'), root);
      url.search = root.search;
      const name = nameOf(keptAs);
      const place = { file: join(folder, name), facts: join(folder, `${name}.json`), of: path };
      const fetched = await fetchFile(url, place, options);
      if (fetched === undefined) return undefined;
      const about = withoutCredentials(url);
      return {
        about,
        stamp: fetched.stamp,
        modified: isoOf(fetched.lastModified) ?? isoOf(fetched.fetchedAt) ?? '1970-01-01T00:00:00Z',
        open: () => piecesOf(place.file, about),
        forget: () => forgetFile(place),
      };
    },
  };
}

const nameOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);

function isoOf(text: string | undefined): string | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : `${new Date(time).toISOString().slice(0, 19)}Z`;
}
