import { describe, expect, test } from 'vitest';
import { digestOf } from '#shared/oci';
import { aRegistry, codeOf } from './a-registry.ts';

const BYTES = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251));

describe('GET and HEAD of a blob', () => {
  test.each(['sha256', 'sha512'] as const)('give all bytes and what names them (%s)', async (algorithm) => {
    const registry = await aRegistry();
    const digest = await registry.blob('team/app', BYTES, algorithm);

    const got = await registry.ask('GET', `/v2/team/app/blobs/${digest}`);
    const head = await registry.ask('HEAD', `/v2/team/app/blobs/${digest}`);

    expect(got.status).toBe(200);
    expect(got.body.equals(BYTES)).toBe(true);
    expect(head.status).toBe(200);
    expect(head.body.length).toBe(0);
    for (const { headers } of [got, head]) {
      expect(headers['content-length']).toBe('5000');
      expect(headers['docker-content-digest']).toBe(digest);
      expect(headers['accept-ranges']).toBe('bytes');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test('serve the empty blob', async () => {
    const registry = await aRegistry();
    const digest = await registry.blob('app', Buffer.alloc(0));
    const got = await registry.ask('GET', `/v2/app/blobs/${digest}`);
    expect([got.status, got.headers['content-length'], got.body.length]).toEqual([200, '0', 0]);
  });

  test('know nothing of what was not pushed, in the words of the spec', async () => {
    const registry = await aRegistry();
    const digest = digestOf(BYTES);
    const got = await registry.ask('GET', `/v2/app/blobs/${digest}`);
    const head = await registry.ask('HEAD', `/v2/app/blobs/${digest}`);
    expect(got.status).toBe(404);
    expect(got.headers['content-type']).toBe('application/json');
    expect(JSON.parse(got.body.toString())).toEqual({
      errors: [{ code: 'BLOB_UNKNOWN', message: expect.any(String), detail: { digest } }],
    });
    expect([head.status, head.body.length]).toEqual([404, 0]);
  });

  test('spare a client what it has', async () => {
    const registry = await aRegistry();
    const digest = await registry.blob('app', BYTES);
    const got = await registry.ask('GET', `/v2/app/blobs/${digest}`, { headers: { 'if-none-match': `"${digest}"` } });
    expect([got.status, got.body.length]).toEqual([304, 0]);
  });
});

describe('Range', () => {
  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=500-1499', 500, 1499],
    ['bytes=4000-', 4000, 4999],
    ['bytes=-10', 4990, 4999],
    ['bytes=4990-9999', 4990, 4999],
    ['bytes=-9999', 0, 4999],
  ])('%s is answered with 206 and those bytes', async (range, first, last) => {
    const registry = await aRegistry();
    const digest = await registry.blob('app', BYTES);
    const got = await registry.ask('GET', `/v2/app/blobs/${digest}`, { headers: { range } });
    expect(got.status).toBe(206);
    expect(got.headers['content-range']).toBe(`bytes ${first}-${last}/5000`);
    expect(got.headers['content-length']).toBe(String(last - first + 1));
    expect(got.body.equals(BYTES.subarray(first, last + 1))).toBe(true);
  });

  test.each(['bytes=5000-', 'bytes=500-0', 'bytes=-0', 'bytes=9999-10000'])(
    '%s is answered with 416',
    async (range) => {
      const registry = await aRegistry();
      const digest = await registry.blob('app', BYTES);
      const got = await registry.ask('GET', `/v2/app/blobs/${digest}`, { headers: { range } });
      expect([got.status, got.headers['content-range']]).toEqual([416, 'bytes */5000']);
    },
  );

  test('resumes a download that was cut', async () => {
    const registry = await aRegistry();
    const digest = await registry.blob('app', BYTES);
    const start = await registry.ask('GET', `/v2/app/blobs/${digest}`, { headers: { range: 'bytes=0-1999' } });
    const rest = await registry.ask('GET', `/v2/app/blobs/${digest}`, {
      headers: { range: 'bytes=2000-', 'if-range': String(start.headers.etag) },
    });
    expect(rest.status).toBe(206);
    expect(digestOf(Buffer.concat([start.body, rest.body]))).toBe(digest);
  });

  test('of something else than the client has gives everything', async () => {
    const registry = await aRegistry();
    const digest = await registry.blob('app', BYTES);
    const got = await registry.ask('GET', `/v2/app/blobs/${digest}`, {
      headers: { range: 'bytes=10-', 'if-range': '"another"' },
    });
    expect([got.status, got.body.length]).toEqual([200, 5000]);
  });
});

describe('a blob belongs to the repositories that it was pushed to', () => {
  test('it is kept once, and not to be seen elsewhere', async () => {
    const registry = await aRegistry();
    const digest = await registry.blob('one', BYTES);
    const elsewhere = await registry.ask('GET', `/v2/two/blobs/${digest}`);
    await registry.blob('two', BYTES);
    const there = await registry.ask('GET', `/v2/two/blobs/${digest}`);

    expect(elsewhere.status).toBe(404);
    expect(there.status).toBe(200);
    expect((await registry.files()).filter((file) => file.startsWith('blobs/'))).toHaveLength(1);
  });

  test('a mount shows it without an upload', async () => {
    const registry = await aRegistry();
    const digest = await registry.blob('one', BYTES);
    const mounted = await registry.ask('POST', `/v2/two/blobs/uploads/?mount=${digest}&from=one`);
    expect(mounted.status).toBe(201);
    expect(mounted.headers.location).toBe(`/v2/two/blobs/${digest}`);
    expect(mounted.headers['docker-content-digest']).toBe(digest);
    expect((await registry.ask('GET', `/v2/two/blobs/${digest}`)).body.equals(BYTES)).toBe(true);
  });

  test('a mount without a source takes it from wherever it is', async () => {
    const registry = await aRegistry();
    const digest = await registry.blob('one', BYTES);
    expect((await registry.ask('POST', `/v2/two/blobs/uploads/?mount=${digest}`)).status).toBe(201);
  });

  test.each([
    ['the source lacks it', (digest: string) => `?mount=${digest}&from=three`],
    ['the source is no name', (digest: string) => `?mount=${digest}&from=../one`],
    ['the digest is none', () => '?mount=sha256:0&from=one'],
    ['nobody has it', () => `?mount=${digestOf(Buffer.from('nobody'))}`],
  ])('an impossible mount becomes an upload: %s', async (_, query) => {
    const registry = await aRegistry();
    const digest = await registry.blob('one', BYTES);
    const answer = await registry.ask('POST', `/v2/two/blobs/uploads/${query(digest)}`);
    const done = await registry.ask('PUT', `${answer.headers.location}?digest=${digest}`, { body: BYTES });
    expect([answer.status, done.status]).toEqual([202, 201]);
  });

  test('deleting hides it in one repository, and frees the disk with the last', async () => {
    const registry = await aRegistry();
    const digest = await registry.blob('one', BYTES);
    await registry.blob('two', BYTES);

    expect((await registry.ask('DELETE', `/v2/one/blobs/${digest}`)).status).toBe(202);
    expect((await registry.ask('HEAD', `/v2/one/blobs/${digest}`)).status).toBe(404);
    expect((await registry.ask('HEAD', `/v2/two/blobs/${digest}`)).status).toBe(200);
    expect((await registry.ask('DELETE', `/v2/two/blobs/${digest}`)).status).toBe(202);
    expect((await registry.files()).filter((file) => file.startsWith('blobs/'))).toEqual([]);

    const again = await registry.ask('DELETE', `/v2/two/blobs/${digest}`);
    expect([again.status, codeOf(again)]).toEqual([404, 'BLOB_UNKNOWN']);
  });

  test('a deleted blob cannot be mounted any more', async () => {
    const registry = await aRegistry();
    const digest = await registry.blob('one', BYTES);
    await registry.ask('DELETE', `/v2/one/blobs/${digest}`);
    expect((await registry.ask('POST', `/v2/two/blobs/uploads/?mount=${digest}&from=one`)).status).toBe(202);
  });
});
