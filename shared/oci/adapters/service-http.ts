import { HttpClient, readBody } from './http.ts';

/** A signed request to a service of AWS. */
export interface ServiceRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the service answered. */
export interface ServiceAnswer {
  readonly status: number;
  readonly text: string;
}

const patienceMs = 10_000;
/** of an answer: the largest is a secret's text, 64 KiB (Secrets Manager, quotas) */
const mostBytes = 1 << 20;

const client = new HttpClient({ idleMs: patienceMs });

/**
 * Sends it over a kept connection and reads the answer whole; what is signed for one host goes to nobody else, so no redirect is followed. Without fetch, whose code
 * takes a function longer to load than all that it needs for its first event. Throws when there is no answer within 10 s, and TooLarge beyond 1 MiB.
 */
export async function askService({ url, headers, body }: ServiceRequest): Promise<ServiceAnswer> {
  const response = await client.send({
    method: 'POST',
    url: new URL(url),
    headers,
    body: Buffer.from(body),
    signal: AbortSignal.timeout(patienceMs),
  });
  const text = await readBody(response, mostBytes, url, 'the answer');
  return { status: response.status, text: text.toString() };
}
