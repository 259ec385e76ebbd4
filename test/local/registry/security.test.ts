import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestOf } from '#shared/oci';
import { RegistryStartError, startRegistry } from '../../../local/registry/index.ts';
import { aFolder, aRegistry, codeOf, type Running } from './a-registry.ts';

const port = (registry: Running): string => registry.host.split(':')[1] ?? '';

describe('who may ask', () => {
  test.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]', 'host.docker.internal'])(
    'clients that call us %s',
    async (name) => {
      const registry = await aRegistry({ allowedHosts: ['host.docker.internal', 'my.name:1234'] });
      const got = await registry.ask('GET', '/v2/', { headers: { host: `${name}:${port(registry)}` } });
      expect([got.status, got.headers['docker-distribution-api-version']]).toEqual([200, 'registry/2.0']);
      const forwarded = await registry.ask('GET', '/v2/', { headers: { host: 'my.name:1234' } });
      expect(forwarded.status).toBe(200);
    },
  );

  test.each([
    (registry: Running) => `evil.example:${port(registry)}`,
    (registry: Running) => `127.0.0.1.evil.example:${port(registry)}`,
    (registry: Running) => `localhost:${Number(port(registry)) + 1}`,
    () => 'localhost',
    (registry: Running) => `user@localhost:${port(registry)}`,
    (registry: Running) => `host.docker.internal:${port(registry)}`,
  ])('not who calls us by another name (DNS rebinding)', async (host) => {
    const registry = await aRegistry();
    const digest = digestOf(Buffer.from('x'));
    for (const [method, target] of [
      ['GET', '/v2/'],
      ['POST', `/v2/app/blobs/uploads/?digest=${digest}`],
    ] as const) {
      const got = await registry.ask(method, target, { headers: { host: host(registry) }, body: 'x' });
      expect([got.status, codeOf(got)]).toEqual([421, 'DENIED']);
    }
    expect(await registry.files()).toEqual([]);
  });

  test.each(['GET /v2/ HTTP/1.0\r\n\r\n', 'GET /v2/ HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'])(
    'not who names no host: %j',
    async (bytes) => {
      const registry = await aRegistry();
      const answer = await raw(registry, bytes);
      expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    },
  );

  test.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('not other web pages: %j', async (headers) => {
    const registry = await aRegistry();
    await registry.image('app', 'v1', 'layer');
    for (const method of ['GET', 'DELETE']) {
      const got = await registry.ask(method, '/v2/app/manifests/v1', { headers });
      expect([got.status, codeOf(got)]).toEqual([403, 'DENIED']);
      expect(got.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await registry.ask('GET', '/v2/app/manifests/v1')).status).toBe(200);
  });

  test('our own origin', async () => {
    const registry = await aRegistry();
    const headers = { origin: registry.url, 'sec-fetch-site': 'same-origin' };
    expect((await registry.ask('GET', '/v2/', { headers })).status).toBe(200);
  });
});

describe('names are never paths', () => {
  const names = [
    '..',
    '../x',
    'a/../b',
    'a/..%2f..%2fb',
    '%2e%2e',
    'A',
    'a//b',
    '/a',
    'a/',
    'a..b',
    'a%00b',
    'a\\b',
    'a%0ab',
    '-a',
    'a'.repeat(241),
    'con:',
    'ä',
    'a%25',
  ];
  test.each(names)('a repository called %j is refused', async (name) => {
    const registry = await aRegistry();
    const target = `/v2/${name.replace('ä', '%C3%A4')}/blobs/uploads/?digest=${digestOf(Buffer.from('x'))}`;
    const answer = await raw(
      registry,
      `POST ${target} HTTP/1.1\r\nHost: ${registry.host}\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4/);
    expect(answer).toContain('NAME_INVALID');
    expect(await registry.files()).toEqual([]);
  });

  test.each(['a', 'a/b/c/d', 'a.b_c__d---e/f0', 'blobs', 'manifests/blobs', 'a/blobs/uploads', 'con', 'x'.repeat(240)])(
    'a repository called %j is served',
    async (name) => {
      const registry = await aRegistry();
      const { body } = await registry.image(name, 'v1', 'layer');
      expect((await registry.ask('GET', `/v2/${name}/manifests/v1`)).body.equals(body)).toBe(true);
      const catalog = await registry.ask('GET', '/v2/_catalog');
      expect(JSON.parse(catalog.body.toString()).repositories).toEqual([name]);
    },
  );

  test.each(['/', '/v1/', '/v2/../etc/passwd', '/v2/%', '/v2/app', '/v2/app/tags', '//v2/', 'http://evil.example/v2/'])(
    'there is nothing at %j',
    async (target) => {
      const registry = await aRegistry();
      const answer = await raw(
        registry,
        `GET ${target} HTTP/1.1\r\nHost: ${registry.host}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    },
  );

  test('a refusal shows no control characters of the name', async () => {
    const registry = await aRegistry();
    const answer = await registry.ask('GET', '/v2/a%1b%5b31m/tags/list');
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body.toString()).errors[0].message).not.toContain('\u001b');
  });
});

describe('the connection', () => {
  test('serves on after a refusal, also of a body that was not read', async () => {
    const registry = await aRegistry();
    const big = 'x'.repeat(300_000);
    const refused = `PATCH /v2/app/blobs/uploads/nobody HTTP/1.1\r\nHost: ${registry.host}\r\nContent-Length: ${big.length}\r\n\r\n${big}`;
    const answer = await raw(
      registry,
      `${refused}${refused}GET /v2/ HTTP/1.1\r\nHost: ${registry.host}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  });

  test.each([
    ['PUT', '/v2/', 'GET, HEAD'],
    ['POST', '/v2/app/tags/list', 'GET, HEAD'],
    ['PUT', '/v2/_catalog', 'GET, HEAD'],
    ['GET', '/v2/app/blobs/uploads/', 'POST'],
    ['POST', '/v2/app/manifests/v1', 'GET, HEAD, PUT, DELETE'],
    ['PUT', `/v2/app/blobs/sha256:${'0'.repeat(64)}`, 'GET, HEAD, DELETE'],
    ['PUT', `/v2/app/referrers/sha256:${'0'.repeat(64)}`, 'GET, HEAD'],
  ])('says which methods there are: not %s %s', async (method, target, allow) => {
    const registry = await aRegistry();
    const answer = await registry.ask(method, target);
    expect([answer.status, codeOf(answer), answer.headers.allow]).toEqual([405, 'UNSUPPORTED', allow]);
  });
});

describe('starting and stopping', () => {
  test('a taken port is said to be taken', async () => {
    const registry = await aRegistry();
    const folder = await aFolder();
    await expect(startRegistry({ folder, port: Number(port(registry)) })).rejects.toThrow(RegistryStartError);
  });

  test('a folder that is a file cannot be used', async () => {
    const file = path.join(await aFolder(), 'file');
    await writeFile(file, '');
    await expect(startRegistry({ folder: file })).rejects.toThrow(/folder cannot be used/);
  });

  test('closing cuts what is under way, and nothing listens any more', async () => {
    const registry = await aRegistry();
    const location = (await registry.ask('POST', '/v2/app/blobs/uploads/')).headers.location;
    const hanging = raw(
      registry,
      `PATCH ${location} HTTP/1.1\r\nHost: ${registry.host}\r\nContent-Length: 100\r\n\r\nhalf`,
    );
    await registry.close();
    expect(await hanging).toBe('');
    await expect(registry.ask('GET', '/v2/')).rejects.toThrow();
  });
});

/** Sends bytes as they are and gives what comes back until the registry closes the connection. */
function raw(registry: Running, bytes: string): Promise<string> {
  return new Promise((done) => {
    const socket = connect(Number(port(registry)), '127.0.0.1', () => socket.write(bytes));
    let got = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      got += String(chunk);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => done(got));
  });
}
