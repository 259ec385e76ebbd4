import type { IncomingMessage, ServerResponse } from 'node:http';
import { RegistryError } from './errors.ts';

/** Headers of an answer. */
export type Headers = Readonly<Record<string, string | number | readonly string[]>>;

/** Ends an answer that has no body. */
export function answerEmpty(response: ServerResponse, status: number, headers: Headers = {}): void {
  write(response, status, status === 204 || status === 304 ? headers : { 'Content-Length': 0, ...headers });
  response.end();
}

/** Ends an answer with bytes; HEAD gets their headers only. */
export function answerBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  headers: Headers,
): void {
  write(response, 200, { 'Content-Length': bytes.length, ...headers });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Ends an answer with JSON. */
export function answerJson(
  request: IncomingMessage,
  response: ServerResponse,
  value: unknown,
  headers: Headers = {},
): void {
  answerBytes(request, response, Buffer.from(JSON.stringify(value)), {
    'Content-Type': 'application/json',
    ...headers,
  });
}

/** Ends an answer with the error body of the distribution spec ("Error Codes"). What the request still sends is read and thrown away. */
export function answerRefusal(request: IncomingMessage, response: ServerResponse, error: RegistryError): void {
  const details = error.extras.details?.length ? error.extras.details : [undefined];
  const errors = details.map((detail) => ({
    code: error.code,
    message: error.message,
    ...(detail === undefined ? {} : { detail }),
  }));
  const bytes = Buffer.from(JSON.stringify({ errors }));
  write(response, error.status, {
    'Content-Type': 'application/json',
    'Content-Length': bytes.length,
    ...error.extras.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
  // a half-read body would block the next request of a connection that is kept alive
  request.resume();
}

/** The refusal of a method that a path does not have. */
export function methodRefused(request: IncomingMessage, allowed: string): RegistryError {
  return new RegistryError(
    405,
    'UNSUPPORTED',
    request.method ?? '',
    'this path does not have that method',
    `It has ${allowed}.`,
    { headers: { Allow: allowed } },
  );
}

/** Starts an answer with the headers that all of ours carry. */
export function write(response: ServerResponse, status: number, headers: Headers): void {
  response.writeHead(status, {
    'Docker-Distribution-API-Version': 'registry/2.0',
    // a blob is anybody's bytes: no browser may guess that it is a page of ours
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
}
