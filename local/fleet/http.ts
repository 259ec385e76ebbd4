import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { FleetError } from './errors.ts';

const TARGET = /^AmazonEC2ContainerServiceV20141113\.([A-Za-z]+)$/;
const LARGEST_BODY = 1024 * 1024;

/** Answers one operation; throws FleetError. */
export type Dispatch = (operation: string, input: unknown) => Readonly<Record<string, unknown>>;

/**
 * The ECS API's protocol, AWS JSON 1.1: POST / with `X-Amz-Target`. Signatures are not looked at; who may speak is decided
 * by the loopback address, the Host and the Origin, so that no web page reaches the fleet through a browser.
 */
export function ecsServer(dispatch: Dispatch): Server {
  return createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    handle(request, response, dispatch).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else answer(response, 500, { __type: 'ServerException', message: `Unexpected: ${String(error)}` });
    });
  });
}

async function handle(request: IncomingMessage, response: ServerResponse, dispatch: Dispatch): Promise<void> {
  if (!isLoopback(request.headers.host))
    return refuse(request, response, 421, 'Misdirected request: not a loopback Host.');
  if (!isOwnOrigin(request.headers.origin)) return refuse(request, response, 403, 'Foreign origin.');
  const operation = TARGET.exec(String(request.headers['x-amz-target'] ?? ''))?.[1];
  if (request.method !== 'POST' || operation === undefined) {
    return refuse(request, response, 400, 'No operation of the ECS API is named.', 'UnknownOperationException');
  }
  const body = await readBody(request);
  if (body === undefined) return refuse(request, response, 413, 'The request is larger than 1 MiB.');
  try {
    answer(response, 200, dispatch(operation, parse(body)));
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    answer(response, error.code === 'ServerException' ? 500 : 400, { __type: error.code, message: error.message });
  }
}

/** The body as text; undefined when it is too large, the rest unread. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LARGEST_BODY) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** A null member is an absent one (AWS JSON protocol). */
function parse(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body === '' ? '{}' : body, (_key, member) => member ?? undefined);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // What could not be parsed is answered like what is no object.
  }
  throw new FleetError('SerializationException', 'The request body is not a JSON object.');
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  type = 'AccessDeniedException',
): void {
  request.resume();
  response.setHeader('connection', 'close');
  answer(response, status, { __type: type, message });
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
    'cache-control': 'no-store',
  });
  response.end(text);
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Whether a Host header names this machine's loopback; a name that resolves here by a trick of DNS does not. */
export function isLoopback(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK.test(host);
}

function isOwnOrigin(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  const host = /^https?:\/\/(.+)$/.exec(origin)?.[1];
  return isLoopback(host);
}
