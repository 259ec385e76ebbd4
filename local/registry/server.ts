import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { answerJson, answerRefusal, methodRefused } from './answer.ts';
import { answerBlob } from './blob-answers.ts';
import { BlobStore } from './blob-store.ts';
import { RegistryError, RegistryStartError } from './errors.ts';
import { checkProvenance, type OurHosts, ourHosts, reachableHost } from './guard.ts';
import { answerCatalog, answerReferrers, answerTags } from './list-answers.ts';
import { Locks } from './locks.ts';
import { answerManifest } from './manifest-answers.ts';
import { ManifestStore } from './manifest-store.ts';
import type { Exchange, Parts } from './parts.ts';
import { placesIn } from './places.ts';
import { type Route, readTarget } from './routes.ts';
import type { Registry, RegistryOptions } from './types.ts';
import { answerUpload, answerUploads } from './upload-answers.ts';
import { Uploads } from './uploads.ts';

/** A connection without any traffic for so long is cut (milliseconds); a slow push is not. */
const SILENCE = 5 * 60 * 1000;
/** How long a connection stays open between two requests (milliseconds). */
const KEEP_ALIVE = 65 * 1000;

/**
 * Starts an OCI distribution registry (distribution-spec 1.1) that keeps everything below a folder and answers on loopback.
 * @throws RegistryStartError when the address is taken or the folder cannot be used
 */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const bound = options.host ?? '127.0.0.1';
  const fault = options.onFault ?? warn;
  const now = options.now ?? (() => new Date());
  const places = placesIn(resolve(options.folder));
  const locks = new Locks();
  const blobs = new BlobStore(places, locks);
  const uploads = new Uploads(places.uploads, blobs, now);
  const parts: Parts = {
    blobs,
    uploads,
    manifests: new ManifestStore(places, locks),
    now,
    pushed: guarded(options.onPush, fault),
    deleted: guarded(options.onDelete, fault),
  };

  const underWay = new Set<Promise<void>>();
  const prepared = Promise.withResolvers<void>();
  let hosts: OurHosts = new Set();
  const server = createServer((request, response) => {
    const work = prepared.promise.then(() => serve(parts, hosts, request, response, fault));
    underWay.add(work);
    void work.catch(fault).finally(() => underWay.delete(work));
  });
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = KEEP_ALIVE;
  server.setTimeout(SILENCE);

  // the address first: whoever has the port may be an older process that still writes to this folder, which must not be swept under it
  const { address, port } = await listen(server, options.port ?? 0, bound);
  hosts = ourHosts(port, bound, options.allowedHosts ?? []);
  const stop = async (): Promise<void> => {
    await new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
    await Promise.allSettled(underWay);
  };
  try {
    for (const folder of [places.blobs, places.uploads, places.repositories]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    await uploads.clean();
    await blobs.sweep();
  } catch (cause) {
    prepared.resolve();
    await stop();
    throw new RegistryStartError(
      options.folder,
      `the registry's folder cannot be used (${cause instanceof Error ? cause.message : String(cause)})`,
      'Check its rights and the space on the disk.',
      { cause },
    );
  }
  prepared.resolve();

  const host = `${reachableHost(address)}:${port}`;
  return { url: `http://${host}`, host, close: stop };
}

async function serve(
  parts: Parts,
  hosts: OurHosts,
  request: IncomingMessage,
  response: ServerResponse,
  fault: (error: unknown) => void,
): Promise<void> {
  try {
    const { host, origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    checkProvenance({ host, origin, fetchSite: typeof site === 'string' ? site : undefined }, hosts);
    const { route, query } = readTarget(request.url ?? '');
    await answer(parts, { request, response, query }, route);
  } catch (error) {
    if (request.errored !== null || response.destroyed || response.headersSent) {
      // the client is gone, or half of an answer is out: only a cut connection still tells it so
      response.destroy();
      if (!isCut(error)) fault(error);
      return;
    }
    if (!(error instanceof RegistryError) || error.status >= 500) fault(error);
    answerRefusal(request, response, error instanceof RegistryError ? error : internal(error));
  }
}

async function answer(parts: Parts, exchange: Exchange, route: Route): Promise<void> {
  const { request, response } = exchange;
  switch (route.kind) {
    case 'base':
      if (request.method !== 'GET' && request.method !== 'HEAD') throw methodRefused(request, 'GET, HEAD');
      return answerJson(request, response, {});
    case 'catalog':
      return answerCatalog(parts, exchange);
    case 'tags':
      return answerTags(parts, exchange, route.repository);
    case 'referrers':
      return answerReferrers(parts, exchange, route.repository, route.digest);
    case 'manifest':
      return answerManifest(parts, exchange, route.repository, route.reference);
    case 'blob':
      return answerBlob(parts, exchange, route.repository, route.digest);
    case 'uploads':
      return answerUploads(parts, exchange, route.repository);
    case 'upload':
      return answerUpload(parts, exchange, route.repository, route.id);
  }
}

function listen(server: Server, port: number, host: string): Promise<{ address: string; port: number }> {
  return new Promise((done, failed) => {
    server.once('error', (cause) => {
      failed(
        new RegistryStartError(
          `${host}:${port}`,
          `the registry cannot listen there (${cause.message})`,
          'Stop what uses the port, or name another one.',
          { cause },
        ),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address : { address: host, port });
    });
  });
}

// a listener's mistake must not turn a durable push into a failed one
function guarded<E>(listener: ((event: E) => void) | undefined, fault: (error: unknown) => void): (event: E) => void {
  return (event) => {
    try {
      listener?.(event);
    } catch (error) {
      fault(error);
    }
  };
}

const CUT = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);

const isCut = (error: unknown): boolean =>
  error instanceof RegistryError ||
  (error instanceof Error && 'code' in error && typeof error.code === 'string' && CUT.has(error.code));

function internal(error: unknown): RegistryError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new RegistryError(507, 'UNKNOWN', 'disk', 'there is no space left for it', 'Free some space and push again.')
    : new RegistryError(500, 'UNKNOWN', 'registry', 'something went wrong inside', 'Look at what it logged.');
}

const warn = (error: unknown): void => {
  process.emitWarning(error instanceof Error ? error : String(error), 'RegistryFault');
};
