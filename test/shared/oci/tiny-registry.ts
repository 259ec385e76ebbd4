import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BuiltImage, type Digest, digestOf } from '#shared/oci';

/** A request as the registry saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** A registry of one process for tests: it does what the protocol says, and whatever `before` makes of it. */
export interface TinyRegistry {
  readonly host: string;
  readonly origin: string;
  readonly blobs: Map<string, Buffer>;
  /** by tag and by digest */
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Buffer }>;
  readonly seen: Seen[];
  /** answers a request itself when it returns true */
  before: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;
  put(image: BuiltImage, tag?: string): void;
  close(): Promise<void>;
}

/** Starts a registry on a free loopback port. */
export async function startTinyRegistry(): Promise<TinyRegistry> {
  const { promise, resolve } = Promise.withResolvers<TinyRegistry>();
  const server: Server = createServer((request, response) => void handle(registry, request, response));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    registry = {
      ...registry,
      host: `127.0.0.1:${port}`,
      origin: `http://127.0.0.1:${port}`,
    };
    resolve(registry);
  });
  let registry: TinyRegistry = {
    host: '',
    origin: '',
    blobs: new Map(),
    manifests: new Map(),
    seen: [],
    before: () => false,
    put(image, tag) {
      for (const [digest, bytes] of image.blobs) {
        registry.blobs.set(digest, bytes);
        const mediaType = mediaTypeOf(bytes);
        if (mediaType !== undefined) registry.manifests.set(digest, { mediaType, bytes });
      }
      if (tag !== undefined) {
        const bytes = image.blobs.get(image.descriptor.digest)!;
        registry.manifests.set(tag, { mediaType: image.descriptor.mediaType, bytes });
      }
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  return promise;
}

function mediaTypeOf(bytes: Buffer): string | undefined {
  try {
    return (JSON.parse(bytes.toString()) as { mediaType?: string }).mediaType;
  } catch {
    return undefined;
  }
}

async function handle(registry: TinyRegistry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', registry.origin);
  registry.seen.push({ method: request.method ?? '', path: `${url.pathname}${url.search}`, headers: request.headers });
  if (registry.before(request, response, url)) return;
  const [, kind, rest = ''] = /^\/v2\/[a-z0-9/_-]+?\/(manifests|blobs)\/(.*)$/.exec(url.pathname) ?? [];
  const found = kind === 'manifests' ? registry.manifests.get(rest) : undefined;
  const bytes = found?.bytes ?? (kind === 'blobs' ? registry.blobs.get(rest) : undefined);
  if (request.method === 'GET' || request.method === 'HEAD') {
    if (bytes === undefined) {
      response.writeHead(404).end(JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN', message: 'no\u001b[31m such' }] }));
      return;
    }
    sendBytes(request, response, bytes, found?.mediaType ?? 'application/octet-stream');
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (request.method === 'POST' && rest === 'uploads/') {
    const mount = url.searchParams.get('mount');
    if (mount !== null && registry.blobs.has(mount)) response.writeHead(201, { location: url.pathname }).end();
    else response.writeHead(202, { location: `${url.pathname}session?state=a%2Fb` }).end();
  } else if (request.method === 'PUT' && kind === 'blobs') {
    const digest = url.searchParams.get('digest') ?? '';
    const good = digestOf(body, digest.startsWith('sha512') ? 'sha512' : 'sha256') === digest;
    if (good) registry.blobs.set(digest, body);
    response.writeHead(good ? 201 : 400).end();
  } else if (request.method === 'PUT' && kind === 'manifests') {
    const entry = { mediaType: request.headers['content-type'] ?? '', bytes: body };
    registry.manifests.set(rest, entry);
    registry.manifests.set(digestOf(body), entry);
    response.writeHead(201).end();
  } else response.writeHead(405).end();
}

/** Sends bytes as a file server does, ranges included. */
export function sendBytes(request: IncomingMessage, response: ServerResponse, bytes: Buffer, type: string): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = bytes.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-type': type,
    'content-length': part.length,
    ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
}

/** A digest that nothing has. */
export const NOWHERE: Digest = `sha256:${'0'.repeat(64)}`;
