import { Readable } from 'node:stream';
import { RegistryRefused, RegistryUnavailable } from '../errors.ts';
import { isConnectionLost } from '../retry.ts';
import type { BlobStream, Descriptor } from '../types.ts';
import { verified } from '../verified.ts';
import type { HttpResponse } from './http.ts';
import type { RegistryTransport } from './registry-transport.ts';

/** Where a blob is, and for what. */
export interface BlobRequest {
  readonly path: string;
  readonly scope: string;
  readonly descriptor: Descriptor;
  /** the source's description, for messages */
  readonly source: string;
  readonly signal?: AbortSignal;
}

/** Opens a blob as a verified stream. Throws what `findBlob` throws. */
export async function openBlob(transport: RegistryTransport, request: BlobRequest): Promise<Readable> {
  return verified(await findBlob(transport, request), request.descriptor, request.source);
}

/**
 * Opens a blob as a stream of bytes that nobody has checked. The first answer is awaited, so that NotFound and Unauthorized are thrown here and
 * not by the stream. A connection that breaks is opened again where it broke (RFC 9110, Range); a server that does not
 * know ranges sends all again and what was seen is skipped: the digest runs on over the joined bytes either way.
 */
export async function findBlob(transport: RegistryTransport, request: BlobRequest): Promise<BlobStream> {
  const first = await open(transport, request, 0);
  const { signal } = request;
  const stream = Readable.from(resuming(transport, request, first), {
    objectMode: false,
    ...(signal === undefined ? {} : { signal }),
  });
  return Object.assign(stream, { release });
}

/** What node:http makes of a body is a chunk in memory of its own; a part of one is left to the garbage collector. */
function release({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}

async function* resuming(
  transport: RegistryTransport,
  request: BlobRequest,
  first: Opened,
): AsyncGenerator<Buffer, void, undefined> {
  const { descriptor } = request;
  let opened = first;
  let seen = 0;
  let failures = 0;
  for (;;) {
    let skip = seen - opened.start;
    try {
      for await (const chunk of opened.response.body as AsyncIterable<Buffer>) {
        const fresh = skip > 0 ? chunk.subarray(Math.min(skip, chunk.length)) : chunk;
        skip -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        failures = 0;
        seen += fresh.length;
        yield fresh;
      }
      return;
    } catch (error) {
      if (!isConnectionLost(error) || request.signal?.aborted === true) throw error;
      if (seen >= descriptor.size) return;
      if (++failures >= transport.attempts) {
        throw new RegistryUnavailable(
          `${request.source}, ${descriptor.digest}`,
          `the connection broke ${failures} times at byte ${seen} of ${descriptor.size}`,
          'Try again later.',
          { cause: error },
        );
      }
    } finally {
      opened.response.body.destroy();
    }
    await transport.pause(failures, request.signal);
    opened = await open(transport, request, seen);
  }
}

interface Opened {
  readonly response: HttpResponse;
  /** which byte of the blob the body begins with */
  readonly start: number;
}

async function open(transport: RegistryTransport, request: BlobRequest, from: number): Promise<Opened> {
  const about = `${request.source}, ${request.descriptor.digest}`;
  const response = await transport.send(
    {
      method: 'GET',
      url: request.path,
      scope: request.scope,
      about,
      ...(from > 0 ? { headers: { range: `bytes=${from}-` } } : {}),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    },
    from > 0 ? [200, 206] : [200],
  );
  if (response.status === 200) return { response, start: 0 };
  const start = Number(/^bytes ([0-9]{1,15})-/.exec(response.headers['content-range'] ?? '')?.[1]);
  // NaN is refused here, too
  if (!(start <= from)) {
    response.body.destroy();
    throw new RegistryRefused(about, 206, 'the registry sends another range than was asked for', 'Ask its owner.');
  }
  return { response, start };
}
