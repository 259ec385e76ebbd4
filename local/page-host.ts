import { timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApiAnswer, ApiRequest } from '#functions/api';
import { refused } from './loopback.ts';

/** A running host of the page and the api, on loopback. */
export interface PageHost {
  /** where the page is; the api is below /api */
  readonly url: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

const bodyLimit = 1_000_000;

/** The one library of the page: Preact with htm, as its package ships it; served under a name of ours, nothing is fetched from elsewhere. */
const libraries: Readonly<Record<string, string>> = {
  'preact.js': fileURLToPath(import.meta.resolve('htm/preact/standalone')),
};

/**
 * Serves the dashboard's static files and the api under one origin. Acting needs `token` as a bearer; the page gets it in the
 * fragment of its address, which no server or log sees.
 */
export async function startPageHost(options: {
  readonly api: (request: ApiRequest) => Promise<ApiAnswer>;
  readonly folder: string;
  readonly token: string;
  readonly principal: string;
  readonly port?: number;
}): Promise<PageHost> {
  let port = 0;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const status = error instanceof UnreadableRequest ? error.status : 500;
      if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: error instanceof Error ? error.message : 'the request failed' }));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (refused(request, response, port)) return;
    const url = urlOf(request);
    if (!url.pathname.startsWith('/api/')) return sendFile(options.folder, url.pathname, response);
    const body = await bodyOf(request);
    const principal = holds(request.headers.authorization, options.token) ? options.principal : undefined;
    const result = await options.api({
      method: request.method ?? 'GET',
      path: url.pathname.slice(4),
      query: Object.fromEntries(url.searchParams),
      ...(body === undefined ? {} : { body }),
      ...(principal === undefined ? {} : { principal }),
    });
    response
      .writeHead(result.status, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      })
      .end(JSON.stringify(result.body));
  }

  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve),
  );
  port = portOf(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The port that a listening server got. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}

async function sendFile(folder: string, pathname: string, response: ServerResponse): Promise<void> {
  const name = pathname === '/' ? 'index.html' : pathname.slice(1);
  const type = types[path.extname(name)];
  const bytes =
    /^[a-z0-9-]+\.[a-z]+$/.test(name) && type !== undefined
      ? await readFile(libraries[name] ?? path.join(folder, name)).catch(() => undefined)
      : undefined;
  if (bytes === undefined || type === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('there is no such page');
    return;
  }
  response
    .writeHead(200, {
      'content-type': type,
      'content-security-policy':
        "default-src 'self'; object-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    })
    .end(bytes);
}

/** A request that the api never sees. */
class UnreadableRequest extends Error {
  override readonly name = 'UnreadableRequest';
  readonly status: 400 | 413;
  constructor(status: 400 | 413, text: string, options?: ErrorOptions) {
    super(text, options);
    this.status = status;
  }
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  if (!URL.canParse(url, 'http://page')) throw new UnreadableRequest(400, 'the path is none');
  return new URL(url, 'http://page');
}

/** The body, parsed when it says that it is JSON; undefined when there is none. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit)
      throw new UnreadableRequest(413, `the body is larger than ${bodyLimit} bytes; split what it holds`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  if (request.headers['content-type']?.includes('json') !== true) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreadableRequest(400, 'the body is not JSON', { cause });
  }
}

function holds(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization?.replace(/^Bearer /, '') ?? '');
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
