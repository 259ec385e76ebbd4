import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { s3Blobs } from '#shared/store/adapters/s3-blobs';
import { blobsContract } from '../../contract/blobs.ts';

/** The four calls of S3's REST API that the adapter makes, path style, over real HTTP. */
function bucketServer(
  answer: (key: string) => number | undefined = () => undefined,
): Promise<{ server: Server; client: S3Client; stored: Map<string, Buffer> }> {
  const stored = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const key = decodeURIComponent(new URL(request.url ?? '/', 'http://s3').pathname).replace(/^\/bucket\//, '');
    const body = await buffer(request);
    const forced = answer(key);
    const xml = (status: number, code: string): void => {
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(request.method === 'HEAD' ? undefined : `<Error><Code>${code}</Code><Message>no</Message></Error>`);
    };
    if (forced !== undefined) return xml(forced, forced === 403 ? 'AccessDenied' : 'SlowDown');
    const found = stored.get(key);
    if (request.method === 'PUT') stored.set(key, body);
    if (request.method === 'DELETE') stored.delete(key);
    if (request.method === 'PUT' || request.method === 'DELETE')
      return void response.writeHead(request.method === 'PUT' ? 200 : 204).end();
    if (found === undefined) return xml(404, 'NoSuchKey');
    response.writeHead(200, { 'content-length': found.length }).end(request.method === 'HEAD' ? undefined : found);
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      done({
        server,
        stored,
        client: new S3Client({
          endpoint,
          region: 'us-east-1',
          forcePathStyle: true,
          credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
          maxAttempts: 1,
        }),
      });
    });
  });
}

const end =
  ({ server, client }: { server: Server; client: S3Client }) =>
  async (): Promise<void> => {
    client.destroy();
    await new Promise((done) => server.close(done));
  };

blobsContract('S3', async () => {
  const opened = await bucketServer();
  return { blobs: s3Blobs({ client: opened.client, bucket: 'bucket' }), close: end(opened) };
});

describe('blobs in S3', () => {
  const ends: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of ends) await close();
  });

  it('never takes a refusal or an overload for absence', async () => {
    for (const status of [403, 503]) {
      const opened = await bucketServer(() => status);
      ends.push(end(opened));
      const blobs = s3Blobs({ client: opened.client, bucket: 'bucket' });
      for (const call of [
        () => blobs.get('k'),
        () => blobs.has('k'),
        () => blobs.put('k', Buffer.from('x')),
        () => blobs.delete('k'),
      ])
        await expect(call()).rejects.toThrow(new RegExp(`blob k in bucket bucket: unavailable.*${status}`));
    }
  });

  it('does not read what is larger than the limit', async () => {
    const opened = await bucketServer();
    ends.push(end(opened));
    opened.stored.set('k', Buffer.alloc(2000));
    await expect(s3Blobs({ client: opened.client, bucket: 'bucket', maxBytes: 1999 }).get('k')).rejects.toMatchObject({
      code: 'too-large',
    });
    expect(await s3Blobs({ client: opened.client, bucket: 'bucket', maxBytes: 2000 }).get('k')).toHaveLength(2000);
  });
});
