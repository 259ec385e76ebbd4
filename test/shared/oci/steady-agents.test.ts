import { randomBytes } from 'node:crypto';
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AgentOptions, createServer as createSecureServer, get as getSecurely } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { steadyAgents } from '../../../shared/oci/adapters/steady-agents.ts';

const body = randomBytes(5_000_000);
// a key that both sides know needs no certificate
const key = randomBytes(16);
const cipher = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;
const knowing: AgentOptions = {
  ...cipher,
  pskCallback: () => ({ psk: key, identity: 'test' }),
  checkServerIdentity: () => undefined,
};

async function listening(server: Server): Promise<number> {
  onTestFinished(() => void server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const protocols = [
  {
    protocol: 'http',
    serve: (listener: RequestListener) => createServer(listener),
    ask(path: string, port: number, options: AgentOptions) {
      const agent = steadyAgents(options).http;
      return () => answer((heard) => get({ host: '127.0.0.1', port, path, agent }, heard));
    },
  },
  {
    protocol: 'https',
    serve: (listener: RequestListener) => createSecureServer({ ...cipher, pskCallback: () => key }, listener),
    ask(path: string, port: number, options: AgentOptions) {
      const agent = steadyAgents({ ...options, ...knowing }).https;
      return () => answer((heard) => getSecurely({ host: '127.0.0.1', port, path, agent }, heard));
    },
  },
];

function answer(
  send: (heard: (response: IncomingMessage) => void) => ReturnType<typeof get>,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => void send(resolve).on('error', reject));
}

/** Keeps every chunk as it came, and is slow. */
async function readSlowly(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    await turn();
  }
  return Buffer.concat(chunks);
}

describe.each(protocols)('a connection of $protocol', ({ serve, ask }) => {
  test('brings bodies whole, of a known length or not, one after the other', async () => {
    const connections = new Set<unknown>();
    const server = serve(({ socket, url }, response) => {
      connections.add(socket);
      if (url === '/sized') response.setHeader('content-length', body.length);
      response.write(body.subarray(0, 70_001));
      response.end(body.subarray(70_001));
    });
    const port = await listening(server);
    for (const path of ['/sized', '/chunked']) {
      connections.clear();
      const send = ask(path, port, { keepAlive: true, maxSockets: 1 });
      for (let times = 0; times < 3; times += 1) expect((await readSlowly(await send())).equals(body)).toBe(true);
      expect(connections.size).toBe(1);
    }
  });

  test('reads into one piece of memory', async () => {
    const port = await listening(serve((_, response) => void response.end(body)));
    const response = await ask('/', port, {})();
    const memory = new Set<ArrayBufferLike>();
    response.socket.on('data', ({ buffer }: Buffer) => memory.add(buffer));
    expect((await readSlowly(response)).equals(body)).toBe(true);
    expect(memory.size).toBe(1);
  });

  test('that breaks is an error', async () => {
    const server = serve((_, response) => {
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 100_000), () => response.destroy());
    });
    const response = await ask('/', await listening(server), {})();
    await expect(readSlowly(response)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('may go through a proxy', async () => {
    const origin = await listening(serve((_, response) => void response.end(body)));
    const asked: string[] = [];
    const proxy = createServer(({ url, method, headers }, response) => {
      asked.push(`${method} ${url}`);
      get({ host: '127.0.0.1', port: origin, path: '/', headers }, (from) => from.pipe(response));
    });
    proxy.on('connect', ({ url }, socket) => {
      asked.push(`CONNECT ${url}`);
      const onward = connect(origin, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      onward.on('close', () => socket.destroy()).on('error', () => {});
      socket.on('close', () => onward.destroy()).on('error', () => {});
      onward.pipe(socket).pipe(onward);
    });
    const place = `http://127.0.0.1:${await listening(proxy)}`;
    const response = await ask('/', origin, { proxyEnv: { HTTP_PROXY: place, HTTPS_PROXY: place } })();
    expect((await readSlowly(response)).equals(body)).toBe(true);
    expect(asked).toEqual([expect.stringMatching(/^(?:GET http:\/\/|CONNECT )127\.0\.0\.1:/)]);
  });
});
