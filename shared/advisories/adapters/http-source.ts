import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { isEcosystemName } from '../ecosystem.ts';
import { BrokenArchive, SourceUnavailable } from '../errors.ts';
import type { AdvisorySource } from '../types.ts';
import { recordsOfZip } from './folder-source.ts';
import { bodyOf, type HttpOptions, httpRequest, withoutCredentials } from './http-get.ts';
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

const textLimit = 1 << 20;

/** What is known of a fetched archive. */
interface Fetched {
  readonly stamp: string;
  readonly etag?: string;
  readonly lastModified?: string;
}

/**
 * OSV records from a web server in the bulk layout (`<base>/<ecosystem>/all.zip`), OSV's own or a mirror. An archive is streamed to a file of
 * the cache folder and asked for again only by condition (ETag, Last-Modified).
 */
export function httpSource(base: string, options: HttpSourceOptions): AdvisorySource {
  const root = new URL(base.endsWith('/') ? base : `${base}/`);
  if (!['http:', 'https:'].includes(root.protocol)) throw new SourceUnavailable(base, 'not a web address');
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
  const files = (ecosystem: string): { zip: string; facts: string } => {
    const name = encodeURIComponent(ecosystem);
    return { zip: join(folder, `${name}.zip`), facts: join(folder, `${name}.json`) };
  };

  /** Makes the newest archive lie in the cache; undefined: the server has none. */
  const fetchZip = async (ecosystem: string): Promise<Fetched | undefined> => {
    const { zip, facts } = files(ecosystem);
    const known = await readFetched(facts, zip);
    const headers = {
      ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
      ...(known?.etag !== undefined || known?.lastModified === undefined
        ? {}
        : { 'if-modified-since': known.lastModified }),
    };
    const url = address(`${ecosystem}/all.zip`);
    return httpRequest(
      url,
      headers,
      async (answer) => {
        if (answer.statusCode === 304 && known !== undefined) {
          answer.resume();
          return known;
        }
        if (answer.statusCode === 404) {
          answer.resume();
          return undefined;
        }
        checkStatus(answer, url);
        return store(answer, ecosystem, zip, facts);
      },
      options,
    );
  };

  const store = async (answer: IncomingMessage, ecosystem: string, zip: string, facts: string): Promise<Fetched> => {
    const about = `${describe}${ecosystem}/all.zip`;
    const limit = options.limit ?? 8 * 2 ** 30;
    const total = Number(answer.headers['content-length'] ?? Number.NaN);
    if (total > limit) throw new SourceUnavailable(about, `it has ${total} bytes, more than ${limit}`);
    await mkdir(folder, { recursive: true });
    const temporary = `${zip}.${randomUUID()}.part`;
    const hash = createHash('sha256');
    let bytes = 0;
    const file = await open(temporary, 'w');
    try {
      for await (const part of answer as AsyncIterable<Buffer>) {
        bytes += part.length;
        if (bytes > limit) throw new SourceUnavailable(about, `it sends more than ${limit} bytes`);
        hash.update(part);
        await file.write(part);
        options.progress?.({ ecosystem, bytes, ...(Number.isNaN(total) ? {} : { total }) });
      }
      if (!answer.complete || (!Number.isNaN(total) && bytes !== total))
        throw new Error(`the answer was cut after ${bytes} bytes`);
      await file.sync();
      await file.close();
      // Facts without the archive they speak of are never seen: they go first, the archive comes, then they.
      await rm(facts, { force: true });
      await rename(temporary, zip);
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true });
      throw error;
    }
    const { etag, 'last-modified': lastModified } = answer.headers;
    const fetched: Fetched = {
      stamp: stampOf(answer) ?? `sha256 ${hash.digest('hex')}`,
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { lastModified }),
    };
    await writeFile(facts, JSON.stringify(fetched));
    return fetched;
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
      const { zip, facts } = files(ecosystem);
      const file = await open(zip, 'r');
      try {
        yield* recordsOfZip(file, `${describe}${ecosystem}/all.zip`, options.zip ?? zipLimits);
      } catch (error) {
        // A damaged file must not be believed again because the server's copy has not changed.
        if (error instanceof BrokenArchive) await rm(facts, { force: true });
        throw error;
      } finally {
        await file.close();
      }
    },
    async modified(ecosystem) {
      return isEcosystemName(ecosystem) ? (await fetchZip(ecosystem))?.stamp : undefined;
    },
  };
}

function checkStatus(answer: IncomingMessage, url: URL): void {
  if (answer.statusCode === 200) return;
  answer.resume();
  throw new SourceUnavailable(withoutCredentials(url), `it answers ${answer.statusCode ?? 'nothing'}`);
}

function stampOf(answer: IncomingMessage): string | undefined {
  const { etag, 'last-modified': lastModified, 'content-length': length } = answer.headers;
  if (etag !== undefined) return `etag ${etag}`;
  return lastModified === undefined ? undefined : `modified ${lastModified} ${length ?? ''}`;
}

async function readFetched(facts: string, zip: string): Promise<Fetched | undefined> {
  try {
    const known: unknown = JSON.parse(await readFile(facts, 'utf8'));
    await (await open(zip, 'r')).close();
    return isFetched(known) ? known : undefined;
  } catch {
    return undefined;
  }
}

const isFetched = (value: unknown): value is Fetched =>
  typeof value === 'object' &&
  value !== null &&
  'stamp' in value &&
  typeof value.stamp === 'string' &&
  (!('etag' in value) || typeof value.etag === 'string') &&
  (!('lastModified' in value) || typeof value.lastModified === 'string');
