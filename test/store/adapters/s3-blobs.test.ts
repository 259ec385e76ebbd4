import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { s3Blobs } from '#shared/store/adapters/s3-blobs';
import { blobsContract } from '../../contract/blobs.ts';

interface Stored {
  readonly key: string;
  readonly bytes: Buffer;
  readonly version: string;
}

/** A bucket that keeps versions, as ListObjectVersions writes them; two on a page. */
function versionsPage(stored: readonly Stored[], query: URLSearchParams): string {
  const [key, version] = [query.get('key-marker') ?? '', query.get('version-id-marker')];
  const sorted = stored.toSorted((a, b) =>
    a.key < b.key ? -1 : a.key > b.key ? 1 : Number(b.version) - Number(a.version),
  );
  const rest = sorted.filter(
    (each) => each.key > key || (each.key === key && version !== null && Number(each.version) < Number(version)),
  );
  const page = rest.slice(0, 2);
  const last = page.at(-1);
  const more = rest.length > page.length;
  const rows = page.map(
    (each) =>
      `<Version><Key>${each.key}</Key><VersionId>${each.version}</VersionId><LastModified>${new Date().toISOString()}</LastModified></Version>`,
  );
  return `<ListVersionsResult><IsTruncated>${more}</IsTruncated>${rows.join('')}${
    more && last !== undefined
      ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextVersionIdMarker>${last.version}</NextVersionIdMarker>`
      : ''
  }</ListVersionsResult>`;
}

/** The calls of S3's REST API that the adapter makes, path style, over real HTTP. */
function bucketServer(
  answer: (key: string) => number | undefined = () => undefined,
): Promise<{ server: Server; client: S3Client; stored: Stored[] }> {
  const stored: Stored[] = [];
  let versions = 0;
  // a delete without a version hides what is there; what it hid stays as an older version
  const hidden = new Set<string>();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
    const key = decodeURIComponent(pathname).replace(/^\/bucket\/?/, '');
    const body = await buffer(request);
    const forced = answer(key);
    const xml = (status: number, code: string): void => {
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(request.method === 'HEAD' ? undefined : `<Error><Code>${code}</Code><Message>no</Message></Error>`);
    };
    if (forced !== undefined) return xml(forced, forced === 403 ? 'AccessDenied' : 'SlowDown');
    if (searchParams.has('versions')) {
      const page = versionsPage(
        stored.filter((each) => !hidden.has(each.key)),
        searchParams,
      );
      return void response.writeHead(200, { 'content-type': 'application/xml' }).end(page);
    }
    const found = hidden.has(key) ? undefined : stored.findLast((each) => each.key === key)?.bytes;
    if (request.method === 'PUT') {
      versions += 1;
      stored.push({ key, bytes: body, version: String(versions) });
      hidden.delete(key);
    }
    const version = searchParams.get('versionId');
    const at = stored.findIndex((each) => each.key === key && each.version === version);
    if (request.method === 'DELETE' && version === null) hidden.add(key);
    if (request.method === 'DELETE' && at >= 0) stored.splice(at, 1);
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
        () => blobs.remove({ key: 'k', at: '', version: '1' }),
      ])
        await expect(call()).rejects.toThrow(new RegExp(`blob k in bucket bucket: unavailable.*${status}`));
      await expect(blobs.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unavailable' });
    }
  });

  it('does not read what is larger than the limit', async () => {
    const opened = await bucketServer();
    ends.push(end(opened));
    opened.stored.push({ key: 'k', bytes: Buffer.alloc(2000), version: '1' });
    await expect(s3Blobs({ client: opened.client, bucket: 'bucket', maxBytes: 1999 }).get('k')).rejects.toMatchObject({
      code: 'too-large',
    });
    expect(await s3Blobs({ client: opened.client, bucket: 'bucket', maxBytes: 2000 }).get('k')).toHaveLength(2000);
  });
});
