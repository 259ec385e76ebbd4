import { ChannelError } from '../channel-error.ts';

const answerLimit = 100_000;

/**
 * Posts JSON and returns the answer's status and text. Throws ChannelError for 429, 5xx and a connection that fails or takes over
 * ten seconds, for an address that is none or that leads elsewhere. No error holds the address: it may be the secret.
 */
export async function post(
  channel: string,
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly text: string }> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new ChannelError(channel, 'its address is no http(s) URL; store it again');
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    });
    const { status } = response;
    if (status === 429 || status >= 500) {
      await response.body?.cancel();
      throw new ChannelError(channel, `HTTP ${status}`);
    }
    return { status, text: await textOf(response) };
  } catch (error) {
    if (error instanceof ChannelError) throw error;
    throw new ChannelError(channel, `no answer (${error instanceof Error ? error.name : 'unknown'})`);
  }
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
