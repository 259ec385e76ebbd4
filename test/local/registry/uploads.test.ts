import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '#shared/oci';
import { aRegistry, codeOf, type Running } from './a-registry.ts';

const BYTES = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251));
const DIGEST = digestOf(BYTES);

const begin = async (registry: Running, query = ''): Promise<string> => {
  const answer = await registry.ask('POST', `/v2/app/blobs/uploads/${query}`);
  expect(answer.status).toBe(202);
  return String(answer.headers.location);
};

const chunk = (registry: Running, location: string, first: number, last: number, method = 'PATCH') =>
  registry.ask(method, location, {
    headers: { 'content-range': `${first}-${last}` },
    body: BYTES.subarray(first, last + 1),
  });

const seen = async (registry: Running): Promise<boolean> =>
  (await registry.ask('HEAD', `/v2/app/blobs/${DIGEST}`)).status === 200;

describe('the ways to upload', () => {
  test('all in one POST', async () => {
    const registry = await aRegistry();
    const done = await registry.ask('POST', `/v2/app/blobs/uploads/?digest=${DIGEST}`, { body: BYTES });
    expect(done.status).toBe(201);
    expect(done.headers.location).toBe(`/v2/app/blobs/${DIGEST}`);
    expect(await seen(registry)).toBe(true);
  });

  test('POST and one PUT', async () => {
    const registry = await aRegistry();
    const done = await registry.ask('PUT', `${await begin(registry)}?digest=${DIGEST}`, { body: BYTES });
    expect([done.status, done.headers['docker-content-digest']]).toEqual([201, DIGEST]);
    expect(await seen(registry)).toBe(true);
  });

  test('a stream without a length, as docker sends it', async () => {
    const registry = await aRegistry();
    const location = await begin(registry);
    const answer = await fetch(`${registry.url}${location}`, {
      method: 'PATCH',
      body: new Blob([BYTES]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect([answer.status, answer.headers.get('range')]).toEqual([202, '0-2999']);
    const done = await registry.ask('PUT', `${answer.headers.get('location')}?digest=${DIGEST}`);
    expect(done.status).toBe(201);
    expect(await seen(registry)).toBe(true);
  });

  test.each(['sha256', 'sha512'] as const)('chunks in order, the last one with the PUT (%s)', async (algorithm) => {
    const registry = await aRegistry();
    const location = await begin(registry);
    const digest = digestOf(BYTES, algorithm);
    expect((await chunk(registry, location, 0, 999)).headers.range).toBe('0-999');
    expect((await chunk(registry, location, 1000, 1999)).headers.range).toBe('0-1999');
    const done = await chunk(registry, `${location}?digest=${digest}`, 2000, 2999, 'PUT');
    expect(done.status).toBe(201);
    expect((await registry.ask('GET', `/v2/app/blobs/${digest}`)).body.equals(BYTES)).toBe(true);
  });

  test('chunks of any sizes make the same blob', async () => {
    const registry = await aRegistry();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 }),
        fc.boolean(),
        async (parts, long) => {
          const whole = Buffer.concat(parts);
          const digest = digestOf(whole, long ? 'sha512' : 'sha256');
          const location = await begin(registry, long ? '?digest-algorithm=sha512' : '');
          for (const part of parts) {
            expect((await registry.ask('PATCH', location, { body: Buffer.from(part) })).status).toBe(202);
          }
          expect((await registry.ask('PUT', `${location}?digest=${digest}`)).status).toBe(201);
          expect((await registry.ask('GET', `/v2/app/blobs/${digest}`)).body.equals(whole)).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('ten at once of the same blob', async () => {
    const registry = await aRegistry();
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, i) => registry.blob(i % 2 === 0 ? 'app' : `app${i}`, BYTES)),
    );
    expect(new Set(all)).toEqual(new Set([DIGEST]));
    expect((await registry.ask('GET', `/v2/app/blobs/${DIGEST}`)).body.equals(BYTES)).toBe(true);
    const files = await registry.files();
    expect(files.filter((file) => file.startsWith('blobs/'))).toHaveLength(1);
    expect(files.filter((file) => file.startsWith('uploads/'))).toEqual([]);
  });

  test('pushing and deleting at once never leaves a name without its bytes', async () => {
    const registry = await aRegistry();
    for (let round = 0; round < 10; round++) {
      await registry.blob('other', BYTES);
      await Promise.all([registry.ask('DELETE', `/v2/other/blobs/${DIGEST}`), registry.blob('app', BYTES)]);
      expect((await registry.ask('GET', `/v2/app/blobs/${DIGEST}`)).body.equals(BYTES)).toBe(true);
    }
  });
});

describe('what does not fit is refused, and nothing of it is believed', () => {
  test.each([
    ['POST', async (registry: Running) => `/v2/app/blobs/uploads/?digest=${DIGEST}&at=${registry.host}`],
    ['PUT', async (registry: Running) => `${await begin(registry)}?digest=${DIGEST}`],
  ])('bytes that hash to something else (%s)', async (method, target) => {
    const registry = await aRegistry();
    const answer = await registry.ask(method, await target(registry), { body: Buffer.from('other bytes') });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'DIGEST_INVALID']);
    expect(await seen(registry)).toBe(false);
    expect(await registry.files()).toEqual([]);
  });

  test('an upload that failed its digest is over', async () => {
    const registry = await aRegistry();
    const location = await begin(registry);
    await registry.ask('PUT', `${location}?digest=${DIGEST}`, { body: Buffer.from('other bytes') });
    const again = await registry.ask('PUT', `${location}?digest=${DIGEST}`, { body: BYTES });
    expect([again.status, codeOf(again)]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
  });

  test.each(['', 'sha256:short', `md5:${'a'.repeat(32)}`, `sha256:${'A'.repeat(64)}`, '../../etc'])(
    'a digest that is none: %j',
    async (digest) => {
      const registry = await aRegistry();
      const answer = await registry.ask('PUT', `${await begin(registry)}?digest=${encodeURIComponent(digest)}`, {
        body: BYTES,
      });
      expect([answer.status, codeOf(answer)]).toEqual([400, 'DIGEST_INVALID']);
    },
  );

  test.each([
    ['ahead', 2000, 2999],
    ['behind', 0, 999],
    ['overlapping', 500, 1499],
  ])('a chunk out of order (%s), after which the client goes on where it was', async (_, first, last) => {
    const registry = await aRegistry();
    const location = await begin(registry);
    await chunk(registry, location, 0, 999);

    const refused = await chunk(registry, location, first, last);
    expect([refused.status, codeOf(refused)]).toEqual([416, 'BLOB_UPLOAD_INVALID']);
    expect([refused.headers.range, refused.headers.location]).toEqual(['0-999', location]);

    const status = await registry.ask('GET', location);
    expect([status.status, status.headers.range]).toEqual([204, '0-999']);
    await chunk(registry, location, 1000, 2999);
    expect((await registry.ask('PUT', `${location}?digest=${DIGEST}`)).status).toBe(201);
  });

  test.each(['nonsense', '10-0', 'bytes 0-x/3', '-1-2'])('a Content-Range that is none: %j', async (range) => {
    const registry = await aRegistry();
    const answer = await registry.ask('PATCH', await begin(registry), {
      headers: { 'content-range': range },
      body: BYTES,
    });
    expect(answer.status).toBe(416);
  });

  test.each([
    ['a length that differs', { 'content-length': '3000' }],
    ['a stream with more', { 'transfer-encoding': 'chunked', 'content-length': '' }],
  ])('a range that promises fewer bytes than come: %s', async (_, headers) => {
    const registry = await aRegistry();
    const location = await begin(registry);
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
    const answer = await fetch(`${registry.url}${location}`, {
      method: 'PATCH',
      headers: { 'content-range': '0-99' },
      body: 'content-length' in sent ? new Uint8Array(BYTES) : new Blob([BYTES]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(answer.status).toBe(400);
    await answer.arrayBuffer();
    const status = await registry.ask('GET', location);
    expect(status.headers.range).toBe('0-0');
    expect((await registry.ask('PUT', `${location}?digest=${DIGEST}`, { body: BYTES })).status).toBe(201);
  });

  test('a name that nobody began, or that another repository began', async () => {
    const registry = await aRegistry();
    const location = await begin(registry);
    for (const target of [
      '/v2/app/blobs/uploads/00000000-0000-4000-8000-000000000000',
      '/v2/app/blobs/uploads/..%2f..%2fblobs',
      location.replace('/app/', '/thief/'),
    ]) {
      const answer = await registry.ask('PATCH', target, { body: BYTES });
      expect([answer.status]).toEqual([404]);
    }
    expect((await registry.ask('GET', location)).headers.range).toBe('0-0');
  });
});

describe('a client that goes away', () => {
  test('in the middle of a PUT leaves nothing visible, and may go on where the registry says', async () => {
    const registry = await aRegistry();
    const location = await begin(registry);
    const cut = await begun(registry, `PUT ${location}?digest=${DIGEST}`, 3000, BYTES.subarray(0, 1000));
    const status = await until(
      () => registry.ask('GET', location),
      (answer) => answer.headers.range === '0-999',
    );
    expect(status.status).toBe(204);
    await cut();
    expect(await seen(registry)).toBe(false);

    const last = await until(
      () => chunk(registry, `${location}?digest=${DIGEST}`, 1000, 2999, 'PUT'),
      (answer) => answer.status === 201,
    );
    expect(last.status).toBe(201);
    expect((await registry.ask('GET', `/v2/app/blobs/${DIGEST}`)).body.equals(BYTES)).toBe(true);
    expect(registry.faults).toEqual([]);
  });

  test('in the middle of a POST with everything leaves nothing at all', async () => {
    const registry = await aRegistry();
    const cut = await begun(registry, `POST /v2/app/blobs/uploads/?digest=${DIGEST}`, 3000, BYTES.subarray(0, 1000));
    expect(
      (
        await until(
          () => registry.files(),
          (found) => found.length > 0,
        )
      )[0],
    ).toMatch(/^uploads\//);
    await cut();
    const files = await until(
      () => registry.files(),
      (found) => found.length === 0,
    );
    expect(files).toEqual([]);
    expect(await seen(registry)).toBe(false);
  });

  test('cancels, and the upload is gone from the disk', async () => {
    const registry = await aRegistry();
    const location = await begin(registry);
    await chunk(registry, location, 0, 999);
    expect((await registry.ask('DELETE', location)).status).toBe(204);
    expect((await registry.ask('GET', location)).status).toBe(404);
    expect(await registry.files()).toEqual([]);
  });

  test('writes twice at once: the second is sent to where the first is', async () => {
    const registry = await aRegistry();
    const location = await begin(registry);
    const cut = await begun(registry, `PATCH ${location}`, 3000, BYTES.subarray(0, 1000));
    await until(
      () => registry.ask('GET', location),
      (answer) => answer.headers.range === '0-999',
    );
    const second = await registry.ask('PATCH', location, { body: 'intruding' });
    expect([second.status, codeOf(second)]).toEqual([416, 'BLOB_UPLOAD_INVALID']);
    expect((await registry.ask('GET', location)).headers.range).toBe('0-999');
    await cut();
  });

  test('cancels while it still writes: the rest of it is refused', async () => {
    const registry = await aRegistry();
    const location = await begin(registry);
    const cut = await begun(registry, `PUT ${location}?digest=${DIGEST}`, 3000, BYTES.subarray(0, 1000));
    await until(
      () => registry.ask('GET', location),
      (answer) => answer.headers.range === '0-999',
    );
    expect((await registry.ask('DELETE', location)).status).toBe(204);
    expect(await cut(BYTES.subarray(1000))).toMatch(/^HTTP\/1\.1 404 .*BLOB_UPLOAD_UNKNOWN/s);
    expect(await seen(registry)).toBe(false);
    expect(await registry.files()).toEqual([]);
    expect(registry.faults).toEqual([]);
  });

  test('and stays away an hour: the upload is given up when the next begins', async () => {
    let now = Date.parse('2026-01-02T00:00:00Z');
    const registry = await aRegistry({ now: () => new Date(now) });
    const idle = await begin(registry);
    now += 50 * 60 * 1000;
    const busy = await begin(registry);
    now += 20 * 60 * 1000;
    await begin(registry);
    expect((await registry.ask('GET', idle)).status).toBe(404);
    expect((await registry.ask('GET', busy)).status).toBe(204);
  });
});

/** Begins a request and sends a part of its body. Gives what cuts the connection, or sends the rest and gives the answer. */
function begun(
  registry: Running,
  line: string,
  length: number,
  bytes: Buffer,
): Promise<(rest?: Buffer) => Promise<string>> {
  const [host, port] = registry.host.split(':');
  return new Promise((done, failed) => {
    const socket = connect(Number(port), host, () => {
      const head = `${line} HTTP/1.1\r\nHost: ${registry.host}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`;
      socket.write(Buffer.concat([Buffer.from(head), bytes]), () => done(end));
    });
    socket.once('error', failed);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    const end = (rest?: Buffer): Promise<string> =>
      new Promise((gone) => {
        socket.once('close', () => gone(answer));
        if (rest === undefined) socket.destroy();
        else socket.write(rest);
      });
  });
}

/** Asks again until the answer is as wanted: the registry notices a cut connection in its own time. Ends by the test's time limit. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await new Promise((next) => setImmediate(next));
  }
}
