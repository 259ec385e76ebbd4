import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { bundling, projectRoot } from '../../infra/bundling.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'drydock-signer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a bundle's clients of S3 and EventBridge sign as the SDK's own do", async () => {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.headers.authorization}`.replace(/\d{8}(?=\/)/, 'day'));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"FailedEntryCount":0,"Entries":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // inside the project, so that its packages are found
  const entry = path.join(folder, 'entry.ts');
  writeFileSync(
    entry,
    `import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
     import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
     const at = { endpoint: ${JSON.stringify(endpoint)}, region: 'eu-west-1' };
     await new S3Client({ ...at, forcePathStyle: true }).send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'text' }));
     await new EventBridgeClient(at).send(new PutEventsCommand({ Entries: [{ Detail: '{}' }] }));`,
  );
  const { banner, mainFields, alias, ...rest } = bundling;
  const run = async (aliases: Record<string, string>): Promise<string[]> => {
    heard.length = 0;
    const outfile = path.join(folder, 'index.mjs');
    await build({
      ...rest,
      mainFields: [...mainFields],
      banner: { js: banner },
      alias: aliases,
      nodePaths: [path.join(projectRoot, 'node_modules')],
      entryPoints: [entry],
      outfile,
      bundle: true,
    });
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
    await promisify(execFile)(process.execPath, [outfile], { env });
    return heard.map((text) => text.replace(/Signature=[0-9a-f]{64}/, 'Signature'));
  };
  try {
    const own = await run({});
    expect(own).toHaveLength(2);
    expect(own[0]).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/day\/eu-west-1\/s3\/aws4_request, .*Signature$/);
    expect(await run(alias)).toEqual(own);
  } finally {
    server.close();
  }
});
