import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CloudRefused, findData } from '../../infra/cloud.ts';

const bucket = 'drydockobserve-storeblobs-1';
const list = `<?xml version="1.0"?><ListAllMyBucketsResult><Buckets><Bucket><Name>${bucket}</Name></Bucket></Buckets></ListAllMyBucketsResult>`;
const tagged = (key: string): string =>
  `<?xml version="1.0"?><Tagging><TagSet><Tag><Key>${key}</Key><Value>true</Value></Tag></TagSet></Tagging>`;
const refusal = (code: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;

/** DynamoDB without tables, and S3 with one bucket whose tags are asked for. */
async function cloud(status: number, tagging: string): Promise<void> {
  const server = createServer((request, response) => {
    if (request.headers['x-amz-target'] !== undefined) response.end('{"TableNames":[]}');
    else if (request.url?.includes('tagging') === true) response.writeHead(status).end(tagging);
    else response.end(list);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const given = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_MAX_ATTEMPTS: '1',
  };
  for (const [name, value] of Object.entries(given)) vi.stubEnv(name, value);
}

describe('what is left of a deployment', () => {
  it.each([
    ['with our tag is ours', 200, tagged('drydock:data'), [bucket]],
    ['with other tags is somebody else\u2019s', 200, tagged('team'), []],
    ['without tags is somebody else\u2019s', 404, refusal('NoSuchTagSet'), []],
  ])('a bucket %s', async (_name, status, tagging, buckets) => {
    await cloud(status, tagging);
    expect(await findData('DrydockObserve')).toEqual({ tables: [], buckets });
  });

  it('is not known when the tags of a bucket may not be seen: nobody is told then that nothing is left', async () => {
    await cloud(403, refusal('AccessDenied'));
    const error: unknown = await findData('DrydockObserve').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CloudRefused);
    expect(String(error)).toMatch(/drydockobserve-storeblobs-1 .*AccessDenied.*allow s3:GetBucketTagging/);
  });
});
