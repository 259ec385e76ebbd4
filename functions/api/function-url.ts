import type { ApiAnswer, ApiRequest } from './ports.ts';

/** A function URL's event (payload format 2.0): only what we read. With IAM authorization the caller is always there. */
export interface UrlEvent {
  readonly rawPath: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly http: { readonly method: string };
    readonly authorizer?: { readonly iam?: { readonly userArn?: string | null } | null } | null;
  };
}

/** What a function URL answers with. */
export interface UrlAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A synchronous answer of Lambda holds 6 MB; some of it is the envelope. */
const mostBytes = 5_900_000;

/** The request of a function URL's event. `/api` before the path is dropped, so that the page asks alike everywhere. Throws SyntaxError for a body that is no JSON. */
export function requestOf(event: UrlEvent): ApiRequest {
  const text =
    event.isBase64Encoded === true ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
  const json = Object.entries(event.headers ?? {}).some(
    ([name, value]) => name.toLowerCase() === 'content-type' && value?.includes('json') === true,
  );
  const principal = event.requestContext.authorizer?.iam?.userArn ?? undefined;
  return {
    method: event.requestContext.http.method,
    path: event.rawPath.replace(/^\/api(?=\/)/, ''),
    query: Object.fromEntries(new URLSearchParams(event.rawQueryString ?? '')),
    ...(text === '' ? {} : { body: json ? JSON.parse(text) : text }),
    ...(principal === undefined ? {} : { principal }),
  };
}

/** The answer as a function URL sends it. */
export function answerOf({ status, body }: ApiAnswer): UrlAnswer {
  const text = JSON.stringify(body);
  const fits = Buffer.byteLength(text) <= mostBytes;
  return {
    statusCode: fits ? status : 413,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    body: fits
      ? text
      : JSON.stringify({ error: 'the answer is larger than Lambda can give; ask for one image, workload or rollout' }),
  };
}

/** The answer to a request that failed: what a person can act on is told, anything else only logged. */
export function failureOf(error: unknown): ApiAnswer {
  if (error instanceof SyntaxError) return { status: 400, body: { error: 'the body is not JSON' } };
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === 'unavailable') return { status: 503, body: { error: 'the store does not answer; try again', code } };
  if (error instanceof Error && 'advice' in error) return { status: 409, body: { error: error.message, code } };
  return { status: 500, body: { error: 'the request failed; the log group of drydock-api says why' } };
}
