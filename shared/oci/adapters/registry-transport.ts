import { setTimeout as sleep } from 'node:timers/promises';
import { parseChallenge } from '../challenge.ts';
import { objectOf, parseObject, textOf } from '../document.ts';
import { NotFound, OciError, RegistryRefused, RegistryUnavailable, Unauthorized } from '../errors.ts';
import { isConnectionLost, isRetryableStatus, LONGEST_RETRY_AFTER_MS, parseRetryAfter, retryDelay } from '../retry.ts';
import { discard, HttpClient, type HttpRequest, type HttpResponse, readBody } from './http.ts';
import { type CredentialsPort, RegistryAuth } from './registry-auth.ts';

/** How a registry is talked to. */
export interface RegistryOptions {
  /** where user names and passwords come from; without it everything is asked for anonymously */
  readonly credentials?: CredentialsPort;
  /** true: plain HTTP; false: HTTPS; absent: HTTP for loopback hosts, HTTPS for all others */
  readonly insecure?: boolean;
  /** a connection without a byte for so long is given up and tried again; default 60 s */
  readonly idleMs?: number;
  /** how often a request is sent at most; default 5 */
  readonly attempts?: number;
  readonly signal?: AbortSignal;
  /** waits between attempts; a test gives one that does not */
  readonly wait?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** HTTP_PROXY, HTTPS_PROXY, NO_PROXY; default this process's environment; never used for loopback hosts */
  readonly proxyEnv?: NodeJS.ProcessEnv;
}

/** A request to the registry itself. `scope` is what a token for it must allow. */
export interface RegistryRequest {
  readonly method: HttpRequest['method'];
  /** path and query after the host, or a whole URL that the registry gave us (upload locations, next pages) */
  readonly url: string | URL;
  readonly scope: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** a body that can be sent once only; such a request is never repeated here */
  readonly upload?: () => Promise<Extract<HttpRequest['body'], { stream: unknown }>>;
  /** what it is about, for messages: 'manifest latest of localhost:5000/app' */
  readonly about: string;
  readonly signal?: AbortSignal;
}

const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Requests with authentication, redirects, retries and named errors. */
export class RegistryTransport {
  readonly registry: string;
  readonly base: URL;
  readonly attempts: number;
  readonly #http: HttpClient;
  readonly #auth: RegistryAuth;
  readonly #wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly #signal: AbortSignal | undefined;

  constructor(registry: string, options: RegistryOptions = {}) {
    const loopback = isLoopback(registry);
    const plain = options.insecure ?? loopback;
    this.registry = registry;
    this.base = new URL(`${plain ? 'http' : 'https'}://${registry}`);
    this.attempts = Math.max(1, options.attempts ?? 5);
    this.#signal = options.signal;
    this.#wait = options.wait ?? (async (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }));
    this.#http = new HttpClient({
      idleMs: options.idleMs ?? 60_000,
      ...(loopback ? {} : { proxyEnv: options.proxyEnv ?? process.env }),
    });
    this.#auth = new RegistryAuth({
      registry,
      secure: !plain,
      credentials: options.credentials ?? (async () => undefined),
      now: Date.now,
      send: (url, headers, form) =>
        this.#persistently(`token service ${url.host} of registry ${registry}`, this.#signal, () =>
          this.#http.send({
            method: form === undefined ? 'GET' : 'POST',
            url,
            headers,
            ...(form === undefined ? {} : { body: form }),
            ...(this.#signal === undefined ? {} : { signal: this.#signal }),
          }),
        ),
    });
  }

  close(): void {
    this.#http.close();
  }

  /**
   * Sends a request and gives the answer if its status is one of `expected`; else throws NotFound, Unauthorized,
   * RegistryRefused, or RegistryUnavailable when the attempts are used up.
   */
  async send(request: RegistryRequest, expected: readonly number[]): Promise<HttpResponse> {
    const signal = request.signal ?? this.#signal;
    const once = () => this.#authenticated(request, signal);
    const response = await (request.upload === undefined
      ? this.#persistently(request.about, signal, once)
      : once().catch((error: unknown) => {
          // what the body's own source fails with is not the registry's fault
          throw isOfNetwork(error) && signal?.aborted !== true ? unreachable(request.about, error) : error;
        }));
    if (expected.includes(response.status)) return response;
    throw await refusal(response, request.about, this.registry);
  }

  /** Waits as long as one should before attempt number `attempt`. */
  async pause(attempt: number, signal: AbortSignal | undefined, retryAfterMs = 0): Promise<void> {
    await this.#wait(retryDelay(attempt, Math.random(), retryAfterMs), signal ?? this.#signal);
  }

  async #persistently(
    about: string,
    signal: AbortSignal | undefined,
    send: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      let retryAfter = 0;
      try {
        const response = await send();
        if (!isRetryableStatus(response.status)) return response;
        retryAfter = parseRetryAfter(response.headers['retry-after'], Date.now());
        if (attempt >= this.attempts || retryAfter > LONGEST_RETRY_AFTER_MS) {
          discard(response);
          throw unavailable(about, `it answered ${response.status}`, retryAfter);
        }
        discard(response);
      } catch (error) {
        if (error instanceof OciError || signal?.aborted === true) throw error;
        if (!isConnectionLost(error) || attempt >= this.attempts) throw unreachable(about, error);
      }
      await this.pause(attempt, signal, retryAfter);
    }
  }

  async #authenticated(request: RegistryRequest, signal: AbortSignal | undefined): Promise<HttpResponse> {
    const url = typeof request.url === 'string' ? new URL(request.url, this.base) : request.url;
    const own = url.origin === this.base.origin;
    const authorization = own ? await this.#auth.header(request.scope) : undefined;
    const response = await this.#redirected(request, url, authorization, signal);
    if (response.status !== 401 || !own || response.url.origin !== url.origin) return response;
    const challenge = parseChallenge(response.headers['www-authenticate']);
    if (challenge === undefined) return response;
    discard(response);
    const answer = await this.#auth.answer(challenge, request.scope, authorization);
    return this.#redirected(request, url, answer, signal);
  }

  async #redirected(
    request: RegistryRequest,
    start: URL,
    authorization: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    let url = start;
    for (let hops = 0; ; hops++) {
      // a credential is for the host that asked for it: blobs are often redirected to somebody else's storage
      const own = url.origin === this.base.origin && authorization !== undefined;
      const body = request.body ?? (await request.upload?.());
      const response = await this.#http.send({
        method: request.method,
        url,
        headers: { ...request.headers, ...(own ? { authorization } : {}) },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
      const { location } = response.headers;
      const follows = REDIRECTS.has(response.status) && location !== undefined;
      if (!follows || (request.method !== 'GET' && request.method !== 'HEAD')) return response;
      discard(response);
      if (hops >= MOST_REDIRECTS) {
        throw new RegistryRefused(
          request.about,
          response.status,
          `the registry redirects more than ${MOST_REDIRECTS} times`,
          'Ask the owner of the registry.',
        );
      }
      url = redirectTarget(url, location, request.about, response.status);
    }
  }
}

/** Whether a registry's host is this machine: such registries are spoken to in plain HTTP. */
export function isLoopback(registry: string): boolean {
  const host = registry.replace(/:[0-9]+$/, '');
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(host)
  );
}

function redirectTarget(from: URL, location: string, about: string, status: number): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const sound = target?.protocol === 'https:' || (target?.protocol === 'http:' && from.protocol === 'http:');
  if (target === undefined || !sound) {
    const text = 'the registry redirects to something that is not HTTPS';
    throw new RegistryRefused(about, status, text, 'Ask the owner of the registry.');
  }
  return target;
}

async function refusal(response: HttpResponse, about: string, registry: string): Promise<OciError> {
  const { status } = response;
  const said = await errorText(response, about);
  if (status === 404) {
    return new NotFound(
      about,
      `the registry does not have it${said}`,
      'Check the name, the tag or digest, and the registry.',
    );
  }
  if (status === 401 || status === 403) {
    return new Unauthorized(
      about,
      `the registry refuses it (${status})${said}`,
      `Log in to ${registry} with a user that may do this; some registries answer so for names that do not exist.`,
    );
  }
  if (isRetryableStatus(status)) return unavailable(about, `it answered ${status}`, 0);
  return new RegistryRefused(
    about,
    status,
    `the registry answered ${status}${said}`,
    'Check the reference and the registry.',
  );
}

/** The first error of a registry's answer (distribution-spec, error codes), made safe to print. */
async function errorText(response: HttpResponse, about: string): Promise<string> {
  try {
    const body = parseObject(await readBody(response, 1 << 16, about, 'the error answer'));
    const first = Array.isArray(body?.errors) ? objectOf(body.errors[0]) : undefined;
    const text = [textOf(first?.code), textOf(first?.message)].filter(Boolean).join(': ');
    const plain = text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 300);
    return plain === '' ? '' : `, saying ${JSON.stringify(plain)}`;
  } catch {
    return '';
  }
}

function unavailable(about: string, what: string, retryAfterMs: number): RegistryUnavailable {
  const seconds = Math.ceil(retryAfterMs / 1000);
  return new RegistryUnavailable(
    about,
    what,
    seconds > 0 ? `It asks to come back in ${seconds} s.` : 'Try again later.',
  );
}

function unreachable(about: string, cause: unknown): RegistryUnavailable {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const text = UNREACHABLE[code] ?? `the connection failed (${code})`;
  return new RegistryUnavailable(about, text, 'Check the name, the network, and whether the registry runs.', { cause });
}

function isOfNetwork(error: unknown): boolean {
  return isConnectionLost(error) || (error instanceof Error && 'code' in error && String(error.code) in UNREACHABLE);
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers at its address (ECONNREFUSED)',
  ENOTFOUND: 'its host name is not known (ENOTFOUND)',
  ETIMEDOUT: 'it does not answer in time (ETIMEDOUT)',
  ECONNRESET: 'it keeps closing the connection (ECONNRESET)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by somebody unknown here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by somebody unknown here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  EPROTO: 'it does not speak TLS (give insecure: true for plain HTTP)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS (give insecure: true for plain HTTP)',
};
