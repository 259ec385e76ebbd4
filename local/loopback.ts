import type { IncomingMessage, ServerResponse } from 'node:http';

/** Names under which a browser or client may address a loopback server of ours. */
const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Why a request must not be answered: undefined when it may. */
export interface Refusal {
  readonly status: 421 | 403;
  readonly text: string;
}

/**
 * Guards a loopback server against pages of other sites: the Host must be a loopback name (no DNS rebinding) and an Origin, if
 * there is one, must be our own (no cross-site requests). `allowed` names further hosts, for instance host.docker.internal.
 */
export function refusalOf(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  port: number,
  allowed: readonly string[] = [],
): Refusal | undefined {
  const host = headers.host?.toLowerCase() ?? '';
  const name = host.replace(/:\d+$/, '');
  const named = Number(/:(\d+)$/.exec(host)?.[1] ?? 80) === port || allowed.includes(name);
  if (!named || !(loopbackNames.has(name) || allowed.includes(name)))
    return { status: 421, text: `this server answers on loopback only, not as "${host.slice(0, 100)}"` };
  if (headers.origin === undefined) return undefined;
  const origin = headers.origin.toLowerCase();
  const own = [...loopbackNames, ...allowed].some((each) => origin === `http://${each}:${port}`);
  return own ? undefined : { status: 403, text: `requests from ${origin.slice(0, 100)} are refused` };
}

/** Applies `refusalOf` to a request; true when it was answered with the refusal. */
export function refused(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  allowed: readonly string[] = [],
): boolean {
  const refusal = refusalOf({ host: request.headers.host, origin: request.headers.origin }, port, allowed);
  if (refusal === undefined) return false;
  response
    .writeHead(refusal.status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ error: refusal.text }));
  return true;
}
