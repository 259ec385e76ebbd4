import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isEcosystemName } from '../ecosystem.ts';
import { BrokenArchive } from '../errors.ts';
import { parseModifiedIds } from '../modified-ids.ts';
import type { AdvisorySource } from '../types.ts';
import { checkStatus, type Fetched, type FetchedPlace, fetchFile, forgetFile } from './fetched-file.ts';
import { recordsOfZip } from './folder-source.ts';
import { bodyOf, type HttpOptions, httpRequest, webAddress, withoutCredentials } from './http-get.ts';
import { type ZipLimits, zipLimits } from './zip-reader.ts';

/** How to fetch. */
export interface HttpSourceOptions extends HttpOptions {
  /** folder for the fetched archives; they stay there for conditional requests */
  readonly cacheFolder: string;
  /** largest archive, bytes */
  readonly limit?: number;
  readonly zip?: ZipLimits;
  /** told while an archive comes in; `total` if the server says it */
  readonly progress?: (step: { readonly ecosystem: string; readonly bytes: number; readonly total?: number }) => void;
}

/** A source that can also say where the newest archive of an ecosystem lies; undefined: the server has none. */
export interface HttpSource extends AdvisorySource {
  archive(ecosystem: string): Promise<string | undefined>;
}

const textLimit = 1 << 20;
const journalLimit = 256 << 20;

/**
 * OSV records from a web server in the bulk layout (`<base>/<ecosystem>/all.zip`), OSV's own or a mirror. An archive is streamed to a file of
 * the cache folder and asked for again only by condition (ETag, Last-Modified).
 */
export function httpSource(base: string, options: HttpSourceOptions): HttpSource {
  const root = webAddress(base.endsWith('/') ? base : `${base}/`);
  const describe = withoutCredentials(root);
  const address = (path: string): URL => {
    const url = new URL(path.split('/').map(encodeURIComponent).join('/'), root);
    url.search = root.search;
    return url;
  };
  const folder = join(
    options.cacheFolder,
    `source-${createHash('sha256').update(describe).digest('hex').slice(0, 16)}`,
  );
  const files = (ecosystem: string): FetchedPlace => {
    const name = encodeURIComponent(ecosystem);
    return { file: join(folder, `${name}.zip`), facts: join(folder, `${name}.json`) };
  };

  /** Makes the newest archive lie in the cache; undefined: the server has none. */
  const fetchZip = (ecosystem: string): Promise<Fetched | undefined> => {
    const { progress } = options;
    return fetchFile(address(`${ecosystem}/all.zip`), files(ecosystem), {
      ...options,
      progress: (step) => progress?.({ ecosystem, ...step }),
    });
  };

  return {
    describe,
    async ecosystems() {
      const url = address('ecosystems.txt');
      const text = await httpRequest(
        url,
        {},
        async (answer) => {
          checkStatus(answer, url);
          return (await bodyOf(answer, withoutCredentials(url), textLimit)).toString('utf8');
        },
        options,
      );
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter(isEcosystemName)
        .sort();
    },
    async *records(ecosystem) {
      if (!isEcosystemName(ecosystem) || (await fetchZip(ecosystem)) === undefined) return;
      const place = files(ecosystem);
      const file = await open(place.file, 'r');
      try {
        yield* recordsOfZip(file, `${describe}${ecosystem}/all.zip`, options.zip ?? zipLimits);
      } catch (error) {
        // A damaged file must not be believed again because the server's copy has not changed.
        if (error instanceof BrokenArchive) await forgetFile(place);
        throw error;
      } finally {
        await file.close();
      }
    },
    async journal(ecosystem) {
      if (!isEcosystemName(ecosystem)) return undefined;
      const url = address(`${ecosystem}/modified_id.csv`);
      const place = {
        file: join(folder, `${encodeURIComponent(ecosystem)}.csv`),
        facts: join(folder, `${encodeURIComponent(ecosystem)}.csv.json`),
      };
      const { progress: _, ...asking } = options;
      const fetched = await fetchFile(url, place, { ...asking, limit: journalLimit });
      if (fetched === undefined) return undefined;
      return {
        stamp: fetched.stamp,
        ids: async () => parseModifiedIds(await readFile(place.file, 'utf8'), withoutCredentials(url)),
        record: (id) => fetchRecord(address(`${ecosystem}/${id}.json`), options),
      };
    },
    async archive(ecosystem) {
      if (!isEcosystemName(ecosystem) || (await fetchZip(ecosystem)) === undefined) return undefined;
      return files(ecosystem).file;
    },
    async modified(ecosystem) {
      return isEcosystemName(ecosystem) ? (await fetchZip(ecosystem))?.stamp : undefined;
    },
  };
}

/** One record; undefined: it is not there. */
function fetchRecord(url: URL, options: HttpSourceOptions): Promise<Buffer | undefined> {
  return httpRequest(
    url,
    {},
    async (answer) => {
      if (answer.statusCode === 404) {
        answer.resume();
        return undefined;
      }
      checkStatus(answer, url);
      return bodyOf(answer, withoutCredentials(url), (options.zip ?? zipLimits).entry);
    },
    options,
  );
}
