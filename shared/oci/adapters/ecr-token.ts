import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import { RegistryRefused, RegistryUnavailable } from '../errors.ts';
import { isRetryableStatus, retryDelay } from '../retry.ts';

/** A login of ECR: `user:password` in base64, and until when it is good (ms since 1970). */
export interface EcrToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** How a token is asked for; tests bring their own. */
export interface EcrTokenOptions {
  readonly fetch?: typeof fetch;
  readonly credentials?: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
}

const attempts = 4;
const patienceMs = 10_000;
const answer = z.object({
  authorizationData: z.tuple([z.object({ authorizationToken: z.string().min(1), expiresAt: z.number() })]),
});
const refusal = z.object({ __type: z.string().default(''), message: z.string().default('') });

/**
 * Asks ECR for a token (GetAuthorizationToken, JSON 1.1) with the credentials of this process. One signed request: ECR's SDK would be a sixteenth of what
 * reading an image weighs in Lambda. Throws RegistryRefused when the credentials do not suffice, RegistryUnavailable when ECR does not answer.
 */
export async function askEcr(registry: string, region: string, options: EcrTokenOptions = {}): Promise<EcrToken> {
  const { fetch: send = fetch, credentials = defaultProvider() } = options;
  const signer = new SignatureV4({ service: 'ecr', region, credentials, sha256: Sha256 });
  const hostname = ecrApi(registry, region);
  const request = {
    method: 'POST',
    protocol: 'https:',
    hostname,
    path: '/',
    query: {},
    headers: {
      host: hostname,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
    },
    body: '{}',
  };
  for (let attempt = 1; ; attempt += 1) {
    const { method, headers, body } = await signer.sign(request);
    const outcome = await send(`https://${hostname}/`, {
      method,
      headers,
      body,
      // what is signed for ECR goes to nobody else
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
    }).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      (cause: unknown) => ({ cause }),
    );
    if ('status' in outcome && outcome.status === 200) return tokenOf(registry, outcome.text);
    if ('status' in outcome && !isRetryableStatus(outcome.status))
      throw new RegistryRefused(
        registry,
        outcome.status,
        refusalText(outcome),
        'Give this role ecr:GetAuthorizationToken.',
      );
    if (attempt === attempts)
      throw new RegistryUnavailable(registry, `${hostname} gives no token`, 'Try again later.', {
        cause: 'cause' in outcome ? outcome.cause : refusalText(outcome),
      });
    await pause(retryDelay(attempt, Math.random()));
  }
}

/** The host of ECR's api that belongs to a registry's host: FIPS, dual-stack and China each have their own (AWS service endpoints). */
export function ecrApi(registry: string, region: string): string {
  if (registry.endsWith('.on.aws')) return `ecr.${region}.api.aws`;
  if (registry.endsWith('.on.amazonwebservices.com.cn')) return `ecr.${region}.api.amazonwebservices.com.cn`;
  const suffix = registry.endsWith('.cn') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return registry.includes('ecr-fips') ? `ecr-fips.${region}.${suffix}` : `api.ecr.${region}.${suffix}`;
}

function tokenOf(registry: string, text: string): EcrToken {
  const parsed = answer.safeParse(jsonOf(text));
  if (!parsed.success)
    throw new RegistryUnavailable(registry, 'ECR answers something that is no token', 'Try again later.');
  const [{ authorizationToken, expiresAt }] = parsed.data.authorizationData;
  return { token: authorizationToken, expiresAt: expiresAt * 1_000 };
}

function refusalText({ status, text }: { readonly status: number; readonly text: string }): string {
  const said = refusal.safeParse(jsonOf(text));
  const words = said.success
    ? [said.data.__type.replace(/^.*#/, ''), said.data.message].filter(Boolean).join(': ')
    : '';
  return `ECR gives no token (${status}${words === '' ? '' : `, ${words.slice(0, 300)}`})`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** node:crypto as the signer takes it. */
class Sha256 {
  readonly #secret: Buffer | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret);
    this.#hash = this.#start();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#start();
  }

  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
