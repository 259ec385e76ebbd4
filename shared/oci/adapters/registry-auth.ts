import type { Challenge } from '../challenge.ts';
import { parseObject, textOf } from '../document.ts';
import { Unauthorized } from '../errors.ts';
import { discard, type HttpResponse, readBody } from './http.ts';

/**
 * A user name and password for a registry. A user name of `<token>` marks an identity token (docker login of some
 * registries).
 */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** Where credentials come from; undefined means: try without. `registry` is host[:port]. */
export type CredentialsPort = (registry: string) => Promise<RegistryCredentials | undefined>;

const LONGEST_ANSWER = 1 << 20;

interface Grant {
  readonly header: string;
  readonly expiresAt: number;
}

/**
 * Answers a registry's challenges and remembers the answers, per scope, until they expire. Never logs or shows a
 * secret. `send` is the retrying sender of the client, without authentication.
 */
export class RegistryAuth {
  readonly #registry: string;
  readonly #credentials: CredentialsPort;
  readonly #send: (url: URL, headers: Record<string, string>, form?: Buffer) => Promise<HttpResponse>;
  readonly #now: () => number;
  readonly #secure: boolean;
  readonly #grants = new Map<string, Promise<Grant>>();

  constructor(options: {
    readonly registry: string;
    readonly secure: boolean;
    readonly credentials: CredentialsPort;
    readonly send: (url: URL, headers: Record<string, string>, form?: Buffer) => Promise<HttpResponse>;
    readonly now: () => number;
  }) {
    this.#registry = options.registry;
    this.#secure = options.secure;
    this.#credentials = options.credentials;
    this.#send = options.send;
    this.#now = options.now;
  }

  /** The Authorization header known for a scope, if any is still good. */
  async header(scope: string): Promise<string | undefined> {
    const pending = this.#grants.get(scope);
    if (pending === undefined) return undefined;
    const grant = await pending;
    if (grant.expiresAt > this.#now()) return grant.header;
    this.#grants.delete(scope);
    return undefined;
  }

  /**
   * Answers a challenge. `refused` is the header that was just refused, so that two requests at once ask once. Throws
   * Unauthorized.
   */
  async answer(challenge: Challenge, scope: string, refused: string | undefined): Promise<string> {
    const known = await this.header(scope);
    if (known !== undefined && known !== refused) return known;
    const grant = challenge.scheme === 'basic' ? this.#basic() : this.#token(challenge, scope);
    this.#grants.set(scope, grant);
    grant.catch(() => this.#grants.delete(scope));
    return (await grant).header;
  }

  async #basic(): Promise<Grant> {
    const credentials = await this.#credentials(this.#registry);
    if (credentials === undefined) {
      throw new Unauthorized(
        `registry ${this.#registry}`,
        'it wants a user name and password, and none are known',
        'Log in with "docker login", or give Drydock credentials for this registry.',
      );
    }
    return { header: basic(credentials), expiresAt: Number.POSITIVE_INFINITY };
  }

  async #token(challenge: Extract<Challenge, { scheme: 'bearer' }>, scope: string): Promise<Grant> {
    const url = this.#realm(challenge.realm);
    const credentials = await this.#credentials(this.#registry);
    // the client's own scope may name more than the challenge does: a second repository to mount from
    const scopes = scope.split(' ').filter(Boolean);
    if (scopes.length === 0 && challenge.scope !== undefined) scopes.push(challenge.scope);
    const identity = credentials?.username === '<token>' ? credentials.password : undefined;
    let response: HttpResponse;
    if (identity !== undefined) {
      const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'drydock', refresh_token: identity });
      if (challenge.service !== undefined) form.set('service', challenge.service);
      form.set('scope', scopes.join(' '));
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      response = await this.#send(url, headers, Buffer.from(form.toString()));
    } else {
      if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
      for (const each of scopes) url.searchParams.append('scope', each);
      response = await this.#send(url, credentials === undefined ? {} : { authorization: basic(credentials) });
    }
    return this.#readToken(response, url, credentials !== undefined);
  }

  async #readToken(response: HttpResponse, url: URL, hadCredentials: boolean): Promise<Grant> {
    const about = `registry ${this.#registry}`;
    if (response.status !== 200) {
      discard(response);
      throw new Unauthorized(
        about,
        `its token service ${url.host} answered ${response.status}`,
        hadCredentials
          ? 'Check the user name and password, and what they may do.'
          : 'Log in with "docker login", or give Drydock credentials for this registry.',
      );
    }
    const answer = parseObject(await readBody(response, LONGEST_ANSWER, about, 'the token answer'));
    const token = textOf(answer?.token) ?? textOf(answer?.access_token);
    if (token === undefined || /[\s\0]/.test(token)) {
      throw new Unauthorized(about, `its token service ${url.host} gave no token`, 'Ask the owner of the registry.');
    }
    const seconds = typeof answer?.expires_in === 'number' && answer.expires_in > 0 ? answer.expires_in : 60;
    return {
      header: `Bearer ${token}`,
      expiresAt: this.#now() + Math.floor(seconds * 1000 - Math.min(10_000, seconds * 100)),
    };
  }

  #realm(realm: string): URL {
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    const allowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && !this.#secure);
    if (url === undefined || !allowed) {
      throw new Unauthorized(
        `registry ${this.#registry}`,
        'it names a token service that is not reached over HTTPS',
        'Credentials are not sent there; ask the owner of the registry.',
      );
    }
    url.username = '';
    url.password = '';
    return url;
  }
}

function basic({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
