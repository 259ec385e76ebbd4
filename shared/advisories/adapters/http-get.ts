import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { SourceUnavailable } from '../errors.ts';

// importing node:http as a module reads its every export, one of which loads all of undici: 40 ms of each start
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

/** How to ask. */
export interface HttpOptions {
  /** silence of the other side after which the request is given up, ms */
  readonly timeout?: number;
  /** pauses before further attempts, ms; their number is the number of attempts less one */
  readonly pauses?: readonly number[];
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const again: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Reads an address as somebody wrote it. Throws SourceUnavailable, which names it, for what is no address of a web server. */
export function webAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new SourceUnavailable(text.replace(/\/\/[^/@]*@/, '//'), 'it is not a web address');
}

/** An address without its credentials, for people. */
export function withoutCredentials(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  shown.search = '';
  return shown.href;
}

/**
 * Asks for an address by HTTP(S) and hands the open answer to `use`; the whole is tried again after a cut or a busy server. Redirects are
 * followed without the credentials of the first address, never from https to http.
 *
 * @throws SourceUnavailable
 */
export async function httpRequest<T>(
  url: URL,
  headers: Readonly<Record<string, string>>,
  use: (answer: IncomingMessage) => Promise<T>,
  options: HttpOptions = {},
): Promise<T> {
  const pauses = options.pauses ?? [500, 2_000];
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await open(url, headers, options.timeout ?? 30_000);
      const pause = pauses[attempt];
      if (pause === undefined || !again.has(answer.statusCode ?? 0)) return await use(answer);
      answer.resume();
      await wait(pause);
    } catch (cause) {
      const pause = pauses[attempt];
      if (cause instanceof FinalAnswer || pause === undefined) throw unavailable(url, cause);
      await wait(pause);
    }
  }
}

/** An answer that will be the same next time. */
class FinalAnswer extends Error {}

function unavailable(url: URL, cause: unknown): SourceUnavailable {
  if (cause instanceof SourceUnavailable) return cause;
  return new SourceUnavailable(withoutCredentials(url), cause instanceof Error ? cause.message : 'no answer', {
    cause,
  });
}

async function open(url: URL, headers: Readonly<Record<string, string>>, timeout: number): Promise<IncomingMessage> {
  let at = url;
  for (let hops = 0; hops < 6; hops += 1) {
    const answer = await once(at, headers, timeout);
    const location = answer.headers.location;
    if (!redirects.has(answer.statusCode ?? 0) || location === undefined) return answer;
    answer.destroy();
    const next = URL.canParse(location, at.href) ? new URL(location, at) : undefined;
    if (next === undefined || !['http:', 'https:'].includes(next.protocol))
      throw new FinalAnswer('it redirects to no web address');
    if (at.protocol === 'https:' && next.protocol === 'http:') throw new FinalAnswer('it redirects from https to http');
    at = next;
  }
  throw new FinalAnswer('it redirects without end');
}

function once(url: URL, headers: Readonly<Record<string, string>>, timeout: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = { headers: { 'user-agent': 'drydock', ...headers }, timeout };
    const request = url.protocol === 'https:' ? https.get(url, asked, resolve) : http.get(url, asked, resolve);
    request.on('timeout', () => request.destroy(new Error(`no byte for ${timeout} ms`)));
    request.on('error', reject);
  });
}

/** The body of an answer, at most `limit` bytes. Throws SourceUnavailable beyond it. */
export async function bodyOf(answer: IncomingMessage, about: string, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) {
      answer.destroy();
      throw new SourceUnavailable(about, `it sends more than ${limit} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}
