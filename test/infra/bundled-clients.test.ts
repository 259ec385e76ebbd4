import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { bundling, projectRoot } from '../../infra/bundling.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'drydock-clients-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { banner, mainFields, alias, ...rest } = bundling;

/** Bundles as the stacks do, but with other parts in place of the SDK's. */
async function bundled(entry: string, aliases: Readonly<Record<string, string>>): Promise<Metafile> {
  const { metafile } = await build({
    ...rest,
    mainFields: [...mainFields],
    banner: { js: banner },
    alias: { ...aliases },
    // an entry in a temporary folder finds the project's packages too
    nodePaths: [path.join(projectRoot, 'node_modules')],
    entryPoints: [entry],
    outfile: path.join(folder, 'index.mjs'),
    bundle: true,
    metafile: true,
    absWorkingDir: projectRoot,
  });
  return metafile;
}

/** What a request asks for. Days and signatures, which hold the time, are taken out, and so is what it says of its sender. */
async function heardOf(request: IncomingMessage): Promise<object> {
  const { method, url } = request;
  const { authorization = '', host: _host, ...others } = request.headers;
  const said = Object.entries(others).filter(([name]) => !/^(amz-sdk-|x-amz-date|.*user-agent)/.test(name));
  return {
    method,
    url,
    authorization: authorization.replace(/\d{8}(?=\/)/, 'day').replace(/[0-9a-f]{64}$/, 'signature'),
    headers: Object.fromEntries(said),
    body: (await buffer(request)).toString(),
  };
}

const versions = `<ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>k</Key><VersionId>v</VersionId>
  <LastModified>2026-01-02T03:04:05.000Z</LastModified></Version></ListVersionsResult>`;

test("a bundle's clients ask and understand as the SDK's own do", async () => {
  const heard: object[] = [];
  const server = createServer(async (request, response) => {
    heard.push(await heardOf(request));
    if (request.url?.includes('gone')) {
      response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>');
    } else if (request.url?.includes('versions')) {
      response.writeHead(200, { 'content-type': 'application/xml' }).end(versions);
    } else {
      const answer = 'x-amz-target' in request.headers ? { Item: { pk: { S: 'p' }, n: { N: '7' } } } : { of: 'S3' };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const entry = path.join(folder, 'entry.ts');
  writeFileSync(
    entry,
    `import { GetObjectCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
     import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
     import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
     const at = { endpoint: ${JSON.stringify(endpoint)}, region: 'eu-west-1' };
     const s3 = new S3Client({ ...at, forcePathStyle: true });
     await s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'text' }));
     const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
     const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'b' }));
     const gone = await s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'gone' })).catch((error) => error.name);
     const documents = DynamoDBDocumentClient.from(new DynamoDBClient(at));
     const { Item } = await documents.send(new GetCommand({ TableName: 't', Key: { pk: 'p' } }));
     console.log(JSON.stringify([await Body.transformToString(), Versions, gone, Item]));`,
  );
  const run = async (aliases: Readonly<Record<string, string>>): Promise<{ heard: object[]; understood: string }> => {
    heard.length = 0;
    await bundled(entry, aliases);
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(folder, 'index.mjs')], { env });
    return { heard: [...heard], understood: stdout };
  };
  try {
    const own = await run({});
    expect(own.heard).toHaveLength(5);
    expect(own.heard[0]).toMatchObject({
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/day\/eu-west-1\/s3\/aws4_request, .*signature$/,
      ),
    });
    expect(JSON.parse(own.understood)).toEqual([
      '{"of":"S3"}',
      [{ Key: 'k', VersionId: 'v', LastModified: '2026-01-02T03:04:05.000Z' }],
      'NoSuchKey',
      { pk: 'p', n: 7 },
    ]);
    expect(await run(alias)).toEqual(own);
  } finally {
    server.close();
  }
});

test.each(['remediate', 'scan-image'])('what %s can never use of the SDK is not in its bundle', async (name) => {
  const entry = path.join(projectRoot, 'functions', name, 'index.ts');
  const unused =
    /credential-provider-(node|sso|ini|process|web-identity|login)\/|signature-v4-multi-region\/|middleware-endpoint-discovery\/|endpoint-cache\/|mnemonist\/|event-streams\//;
  const filesOf = async (aliases: Readonly<Record<string, string>>): Promise<string[]> =>
    Object.values((await bundled(entry, aliases)).outputs)
      .flatMap(({ inputs }) => Object.keys(inputs))
      .filter((file) => unused.test(file));
  expect((await filesOf({})).length, 'the SDK brings it by itself').toBeGreaterThan(20);
  expect(await filesOf(alias)).toEqual([]);
});
