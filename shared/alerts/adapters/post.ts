import { ChannelError } from '../channel-error.ts';

const answerLimit = 100_000;
const attempts = 4;
/** what a function can wait for and still do something else; whoever asks for more is asked again by the queue */
const longestPauseMs = 15_000;

/** Waits so many milliseconds. */
export type Wait = (milliseconds: number) => Promise<void>;

const pause: Wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/**
 * Posts JSON and returns the answer's status and text. Who is told to slow down (429 with some seconds of Retry-After) waits and asks again, four times in all: Slack takes
 * a message a second. Throws ChannelError for 429, 5xx and a connection that fails or takes over ten seconds, for an address that is none or that leads elsewhere.
 * No error holds the address: it may be the secret.
 */
export async function post(
  channel: string,
  url: string,
  body: object,
  { headers = {}, wait = pause }: { readonly headers?: Readonly<Record<string, string>>; readonly wait?: Wait } = {},
): Promise<{ readonly status: number; readonly text: string }> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new ChannelError(channel, 'its address is no http(s) URL; store it again');
  try {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
        body: JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(10_000),
      });
      const { status } = response;
      if (status !== 429 && status < 500) return { status, text: await textOf(response) };
      await response.body?.cancel();
      const ms = status === 429 && attempt < attempts ? askedPause(response.headers.get('retry-after')) : undefined;
      if (ms === undefined) throw new ChannelError(channel, `HTTP ${status}`);
      await wait(ms);
    }
  } catch (error) {
    if (error instanceof ChannelError) throw error;
    throw new ChannelError(channel, `no answer (${error instanceof Error ? error.name : 'unknown'})`);
  }
}

/** The pause that a Retry-After in seconds asks for, in milliseconds; undefined when it says none that can be waited for here. */
function askedPause(header: string | null): number | undefined {
  const ms = /^\d{1,6}$/.test(header ?? '') ? Number(header) * 1000 : Number.NaN;
  return ms <= longestPauseMs ? ms : undefined;
}

/** The beginning of an answer: nobody makes us hold more. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    chunks.push(read.value);
    size += read.value.length;
    if (size < answerLimit) continue;
    await reader?.cancel();
    break;
  }
  return Buffer.concat(chunks).subarray(0, answerLimit).toString('utf8');
}
