import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { SourceUnavailable } from '../errors.ts';
import { type HttpOptions, httpRequest, withoutCredentials } from './http-get.ts';

/** How to fetch. */
export interface FetchOptions extends HttpOptions {
  /** largest file, bytes */
  readonly limit?: number;
  /** told while a file comes in; `total` if the server says it */
  readonly progress?: (step: { readonly bytes: number; readonly total?: number }) => void;
}

/** Where a fetched file and what is known of it lie. */
export interface FetchedPlace {
  readonly file: string;
  readonly facts: string;
  /** what of it lies there, where it is not always the same */
  readonly of?: string;
}

/** What is known of a fetched file. */
export interface Fetched {
  readonly of?: string;
  readonly stamp: string;
  readonly etag?: string;
  readonly lastModified?: string;
  /** when it was fetched first in this state, ISO */
  readonly fetchedAt?: string;
}

/**
 * Makes the newest state of an address lie in a place: asks by condition (ETag, else Last-Modified) and streams it to the file otherwise;
 * undefined: the server has none (404).
 *
 * @throws SourceUnavailable
 */
export async function fetchFile(url: URL, place: FetchedPlace, options: FetchOptions): Promise<Fetched | undefined> {
  const known = await readFetched(place);
  const headers = {
    ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
    ...(known?.etag !== undefined || known?.lastModified === undefined
      ? {}
      : { 'if-modified-since': known.lastModified }),
  };
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
      return store(answer, withoutCredentials(url), place, options);
    },
    options,
  );
}

/** Forgets what is known, so that the file is fetched again though the server's copy has not changed. */
export async function forgetFile(place: FetchedPlace): Promise<void> {
  await rm(place.facts, { force: true });
  await rm(place.file, { force: true });
}

/** Throws SourceUnavailable for any answer but 200. */
export function checkStatus(answer: IncomingMessage, url: URL): void {
  if (answer.statusCode === 200) return;
  answer.resume();
  throw new SourceUnavailable(withoutCredentials(url), `it answers ${answer.statusCode ?? 'nothing'}`);
}

async function store(
  answer: IncomingMessage,
  about: string,
  place: FetchedPlace,
  options: FetchOptions,
): Promise<Fetched> {
  const limit = options.limit ?? 8 * 2 ** 30;
  const total = Number(answer.headers['content-length'] ?? Number.NaN);
  if (total > limit) throw new SourceUnavailable(about, `it has ${total} bytes, more than ${limit}`);
  await mkdir(dirname(place.file), { recursive: true });
  const temporary = `${place.file}.${randomUUID()}.part`;
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(temporary, 'w');
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > limit) throw new SourceUnavailable(about, `it sends more than ${limit} bytes`);
      hash.update(part);
      await file.write(part);
      options.progress?.({ bytes, ...(Number.isNaN(total) ? {} : { total }) });
    }
    if (!answer.complete || (!Number.isNaN(total) && bytes !== total))
      throw new Error(`the answer was cut after ${bytes} bytes`);
    await file.sync();
    await file.close();
    // Facts without the file they speak of are never seen: they go first, the file comes, then they.
    await rm(place.facts, { force: true });
    await rename(temporary, place.file);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
  const { etag, 'last-modified': lastModified } = answer.headers;
  const fetched: Fetched = {
    ...(place.of === undefined ? {} : { of: place.of }),
    stamp: stampOf(answer) ?? `sha256 ${hash.digest('hex')}`,
    fetchedAt: new Date().toISOString(),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
  await writeFile(place.facts, JSON.stringify(fetched));
  return fetched;
}

function stampOf(answer: IncomingMessage): string | undefined {
  const { etag, 'last-modified': lastModified, 'content-length': length } = answer.headers;
  if (etag !== undefined) return `etag ${etag}`;
  return lastModified === undefined ? undefined : `modified ${lastModified} ${length ?? ''}`;
}

async function readFetched(place: FetchedPlace): Promise<Fetched | undefined> {
  try {
    const known: unknown = JSON.parse(await readFile(place.facts, 'utf8'));
    await (await open(place.file, 'r')).close();
    return isFetched(known) && known.of === place.of ? known : undefined;
  } catch {
    return undefined;
  }
}

const isFetched = (value: unknown): value is Fetched =>
  typeof value === 'object' &&
  value !== null &&
  'stamp' in value &&
  typeof value.stamp === 'string' &&
  ['of', 'etag', 'lastModified', 'fetchedAt'].every((field) => {
    const text = (value as Record<string, unknown>)[field];
    return text === undefined || typeof text === 'string';
  });
