import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { slackBot } from '../../../../shared/alerts/adapters/slack-bot.ts';
import { webhook } from '../../../../shared/alerts/adapters/webhook.ts';
import { alert, problem } from '../given.ts';

interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}
type Answer = { readonly status: number; readonly body: string; readonly headers?: Record<string, string> };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that gives these answers, one after another, and remembers what it was asked. */
async function server(...answers: readonly Answer[]): Promise<{ readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  const left = [...answers];
  const http = createServer((request, response) => {
    void textOf(request).then((text) => {
      asked.push({
        url: request.url ?? '',
        authorization: request.headers.authorization,
        body: JSON.parse(text) as Record<string, unknown>,
      });
      const answer = left.shift() ?? { status: 500, body: 'nothing more' };
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, asked };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const ok = (ts: string): Answer => ({ status: 200, body: JSON.stringify({ ok: true, ts }) });
const says = (error: string): Answer => ({ status: 200, body: JSON.stringify({ ok: false, error }) });
const secret = 'xoxb-very-secret';
const bot = (api: string) => slackBot({ channel: 'C1', token: async () => secret, api });
const made = alert(problem());

describe('a Slack bot', () => {
  it('posts, and then edits its message', async () => {
    const { url, asked } = await server(ok('1.1'), ok('1.1'));
    const ref = await bot(url).send(made);
    expect(ref).toBe('1.1');
    expect(await bot(url).send(made, ref)).toBe('1.1');
    expect(asked.map((each) => [each.url, each.body.ts, each.body.channel, each.authorization])).toEqual([
      ['/chat.postMessage', undefined, 'C1', `Bearer ${secret}`],
      ['/chat.update', '1.1', 'C1', `Bearer ${secret}`],
    ]);
  });

  it('waits as long as Slack says that it sends too fast, and then sends', async () => {
    const slow = (seconds: string): Answer => ({ status: 429, body: '', headers: { 'retry-after': seconds } });
    const { url, asked } = await server(slow('1'), slow('15'), slow('0'), ok('1.1'));
    const waited: number[] = [];
    const wait = async (ms: number) => void waited.push(ms);
    expect(await slackBot({ channel: 'C1', token: async () => secret, api: url, wait }).send(made)).toBe('1.1');
    expect(waited).toEqual([1_000, 15_000, 0]);
    expect(asked).toHaveLength(4);
  });

  it.each(['16', 'Wed, 21 Oct 2026 07:28:00 GMT', '-1', ''])(
    'leaves a pause of "%s" to whoever sends again',
    async (seconds) => {
      const { url, asked } = await server({ status: 429, body: '', headers: { 'retry-after': seconds } }, ok('1.1'));
      const wait = () => Promise.reject(new Error('waited'));
      await expect(slackBot({ channel: 'C1', token: async () => secret, api: url, wait }).send(made)).rejects.toThrow(
        'HTTP 429',
      );
      expect(asked).toHaveLength(1);
    },
  );

  it('gives up after being told four times to slow down', async () => {
    const { url, asked } = await server(
      ...Array.from({ length: 5 }, () => ({ status: 429, body: '', headers: { 'retry-after': '1' } })),
    );
    const wait = async () => undefined;
    await expect(slackBot({ channel: 'C1', token: async () => secret, api: url, wait }).send(made)).rejects.toThrow(
      'HTTP 429',
    );
    expect(asked).toHaveLength(4);
  });

  it('posts anew when its message is gone', async () => {
    const { url, asked } = await server(says('message_not_found'), ok('2.2'));
    expect(await bot(url).send(made, '1.1')).toBe('2.2');
    expect(asked.map((each) => each.url)).toEqual(['/chat.update', '/chat.postMessage']);
  });

  it.each([
    ['HTTP 429', { status: 429, body: '', headers: { 'retry-after': '30' } }],
    ['HTTP 503', { status: 503, body: 'no' }],
    ['an answer that is no JSON', { status: 200, body: '<html>' }],
    ['rate limit in the answer', says('ratelimited')],
    ['a channel that is not there', says('channel_not_found')],
    ['a token that is none', says('invalid_auth')],
  ])('%s is an error, and the token is not in it', async (_name, answer) => {
    const { url } = await server(answer);
    const error: unknown = await bot(url)
      .send(made)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'channel', channel: 'Slack' });
    expect(`${error} ${JSON.stringify(error)} ${String((error as Error).cause)}`).not.toContain(secret);
  });
});

describe('a webhook', () => {
  const hook = (url: string, form: 'slack' | 'json' = 'json') => webhook({ name: 'hook', url: async () => url, form });

  it('gets the alert as JSON, or as Slack wants it', async () => {
    const { url, asked } = await server({ status: 200, body: 'ok' }, { status: 204, body: '' });
    expect(await hook(url).send(made)).toBeUndefined();
    expect(await hook(url, 'slack').send(made)).toBeUndefined();
    expect(asked[0]?.body).toMatchObject({ schemaVersion: 1, alert: { id: made.id } });
    expect(Object.keys(asked[1]?.body ?? {})).toEqual(['text', 'blocks']);
  });

  it.each([429, 500, 404, 400, 302])('is not told by HTTP %i', async (status) => {
    const { url } = await server({ status, body: '', headers: { location: 'http://169.254.169.254/' } });
    await expect(hook(url).send(made)).rejects.toMatchObject({ code: 'channel', channel: 'hook' });
  });

  it('fails when nobody answers, and never names its address', async () => {
    const { url } = await server();
    for (const close of closing.splice(0)) await close();
    const error: unknown = await hook(`${url}/services/T1/B1/secret-part`)
      .send(made)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'channel' });
    expect(String(error)).not.toContain('secret-part');
  });

  it('fails when its address is none, without showing it', async () => {
    for (const url of ['not a url secret-part', 'file:///etc/secret-part']) {
      const error: unknown = await hook(url)
        .send(made)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'channel' });
      expect(String(error)).not.toContain('secret-part');
    }
  });
});
