import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { isThrottled } from '../refusal.ts';
import { isRetryableStatus, retryDelay } from '../retry.ts';
import { askService, type ServiceAnswer, type ServiceRequest } from './service-http.ts';

/** One action of an AWS service that speaks JSON. */
export interface SignedCall {
  readonly hostname: string;
  /** the name that signatures know the service by: ecr, secretsmanager */
  readonly service: string;
  readonly region: string;
  /** the service's own name of version and action: `secretsmanager.GetSecretValue` */
  readonly target: string;
  readonly body: object;
  /** of the protocol: 1.1 when it is not said */
  readonly protocol?: '1.0';
}

/** Where services are asked. */
export interface ServicePlace {
  readonly region: string;
  /** what the hosts of AWS end with in this partition: `amazonaws.com` */
  readonly urlSuffix: string;
}

/** How it is sent; tests bring their own. */
export interface SignedCallOptions {
  readonly send?: (request: ServiceRequest) => Promise<ServiceAnswer>;
  readonly credentials?: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
  /** waits so many milliseconds before it is sent again */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/** The last answer, or why there was none. */
export type CallOutcome = ServiceAnswer | { readonly cause: unknown };

const attempts = 4;

/**
 * Sends one request with the credentials of this process, again when the service is busy or the line is cut. For the one action that a function needs of a service
 * whose SDK would weigh more in Lambda than all else that it does there.
 */
export async function signedCall(call: SignedCall, options: SignedCallOptions = {}): Promise<CallOutcome> {
  const { send = askService, credentials = defaultProvider(), wait = pause } = options;
  const { hostname, service, region, target, body: content, protocol = '1.1' } = call;
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const request = {
    method: 'POST',
    protocol: 'https:',
    hostname,
    path: '/',
    query: {},
    headers: { host: hostname, 'content-type': `application/x-amz-json-${protocol}`, 'x-amz-target': target },
    body: JSON.stringify(content),
  };
  for (let attempt = 1; ; attempt += 1) {
    const { headers } = await signer.sign(request);
    const outcome: CallOutcome = await send({ url: `https://${hostname}/`, headers, body: request.body }).catch(
      (cause: unknown) => ({ cause }),
    );
    const isFinal = 'status' in outcome && !isRetryableStatus(outcome.status) && !isThrottled(outcome.text);
    if (isFinal || attempt === attempts) return outcome;
    await wait(retryDelay(attempt, Math.random()));
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
