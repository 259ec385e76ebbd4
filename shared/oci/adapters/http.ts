import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { TooLarge } from '../errors.ts';
import { http, https } from './http-modules.ts';
import { steadyAgents } from './steady-agents.ts';

/** One HTTP exchange, as the registry client needs it. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | { readonly stream: Readable; readonly length: number };
  readonly signal?: AbortSignal;
}

/** The answer, its body unread: read it to its end or destroy it, or a connection is lost to the pool. */
export interface HttpResponse {
  readonly method: HttpRequest['method'];
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
  readonly url: URL;
}

/**
 * Sends requests over kept connections. Node's own http and no fetch: bodies stay Node streams, because web streams
 * leak in several releases of Node 24.
 */
export class HttpClient {
  readonly #http;
  readonly #https;
  readonly #idleMs: number;

  constructor(options: { readonly idleMs: number; readonly proxyEnv?: NodeJS.ProcessEnv }) {
    const agent = {
      keepAlive: true,
      maxSockets: 16,
      ...(options.proxyEnv === undefined ? {} : { proxyEnv: options.proxyEnv }),
    };
    const agents = steadyAgents(agent);
    this.#http = agents.http;
    this.#https = agents.https;
    this.#idleMs = options.idleMs;
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
    const { url, body, signal } = request;
    const secure = url.protocol === 'https:';
    const length = body?.length;
    const sent = (secure ? https() : http()).request(url, {
      method: request.method,
      agent: secure ? this.#https : this.#http,
      headers: {
        'user-agent': 'drydock',
        // blobs are compressed already, and their digests are of the bytes as they are
        'accept-encoding': 'identity',
        ...request.headers,
        ...(length === undefined ? {} : { 'content-length': String(length) }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    sent.setTimeout(this.#idleMs, () => {
      const error = new Error(`no byte for ${this.#idleMs} ms`);
      sent.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
    });
    sent.on('response', (response) => {
      resolve({
        method: request.method,
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: response,
        url,
      });
    });
    sent.on('error', reject);
    if (body === undefined) sent.end();
    else if (Buffer.isBuffer(body)) sent.end(body);
    else {
      pipeline(body.stream, sent, (error) => {
        // an answer before the body's end (a refusal) ends the upload; it is the answer that counts then
        if (error) reject(error);
      });
    }
    return promise;
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** Reads a body whole; more than `limit` bytes throw TooLarge and close the connection. */
export async function readBody(response: HttpResponse, limit: number, about: string, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) {
      response.body.destroy();
      throw new TooLarge(about, what, limit);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Lets a body go that nobody wants: small ones are read so that the connection can be used again. */
export function discard(response: HttpResponse): void {
  // the answer to a HEAD names a length and has no body
  const length = response.method === 'HEAD' ? 0 : Number(response.headers['content-length'] ?? 0);
  if (length > 1 << 16) response.body.destroy();
  else response.body.on('error', () => {}).resume();
}
