import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { askEcr, ecrApi } from '../../../shared/oci/adapters/ecr-token.ts';

const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };

interface Sent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly redirect: string | undefined;
}

/** ECR's answers, one after the other; the last one stays. */
function ecr(...answers: readonly (Response | Error)[]) {
  const sent: Sent[] = [];
  const fetch = async (url: unknown, init?: RequestInit): Promise<Response> => {
    sent.push({
      url: String(url),
      headers: init?.headers as Record<string, string>,
      body: String(init?.body),
      redirect: init?.redirect,
    });
    const answer = answers[Math.min(sent.length, answers.length) - 1];
    if (answer instanceof Error || answer === undefined) throw answer;
    return answer.clone();
  };
  return { sent, ask: () => askEcr(registry, 'eu-west-1', { fetch, credentials, wait: async () => undefined }) };
}

const token = Response.json({
  authorizationData: [
    { authorizationToken: 'QVdTOnNlY3JldA==', expiresAt: 1.5e9, proxyEndpoint: `https://${registry}` },
  ],
});

describe("ECR's token", () => {
  test('is asked for by one request that is signed as AWS defines it (Signature Version 4)', async () => {
    const { sent, ask } = ecr(token);
    expect(await ask()).toEqual({ token: 'QVdTOnNlY3JldA==', expiresAt: 1.5e12 });
    const [{ url, headers, body, redirect }] = sent as [Sent];
    expect(redirect).toBe('error');
    expect(url).toBe('https://api.ecr.eu-west-1.amazonaws.com/');
    expect(headers['x-amz-target']).toBe('AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken');
    expect(headers['x-amz-security-token']).toBe('session');
    const { authorization = '' } = headers;
    const [, day, names = '', signature] =
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/(\d{8})\/eu-west-1\/ecr\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
        authorization,
      ) ?? [];
    expect(names.split(';')).toEqual(
      expect.arrayContaining(['host', 'x-amz-date', 'x-amz-target', 'x-amz-security-token']),
    );
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const canonical = [
      'POST',
      '/',
      '',
      ...names.split(';').map((name) => `${name}:${headers[name]}`),
      '',
      names,
      sha256(body),
    ];
    const scope = `${day}/eu-west-1/ecr/aws4_request`;
    const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical.join('\n'))].join('\n');
    const key = scope.split('/').reduce<string | Buffer>(hmac, 'AWS4secret');
    expect(signature).toBe(hmac(key, toSign).toString('hex'));
  });

  test('is asked for again when ECR is busy or the line is cut', async () => {
    const { sent, ask } = ecr(new Error('cut'), new Response('', { status: 503 }), token);
    expect(await ask()).toMatchObject({ token: 'QVdTOnNlY3JldA==' });
    expect(sent).toHaveLength(3);
  });

  test('is asked for again when ECR says that it was asked too often, which it does with status 400', async () => {
    const busy = Response.json({ __type: 'ThrottlingException', message: 'Rate exceeded' }, { status: 400 });
    const { sent, ask } = ecr(busy, token);
    expect(await ask()).toMatchObject({ token: 'QVdTOnNlY3JldA==' });
    expect(sent).toHaveLength(2);
    await expect(ecr(busy).ask()).rejects.toMatchObject({ code: 'registry-unavailable' });
  });

  test('is refused by name, with what ECR says and what to do', async () => {
    const denied = Response.json(
      { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'User: x is not authorized' },
      { status: 400 },
    );
    await expect(ecr(denied).ask()).rejects.toThrow(
      `${registry}: ECR gives no token (400, AccessDeniedException: User: x is not authorized). Give this role ecr:GetAuthorizationToken.`,
    );
  });

  test.each([
    ['no JSON', new Response('<html>')],
    ['no data', Response.json({ authorizationData: [] })],
  ])('given %s in the answer, then it is no token', async (_, answer) => {
    await expect(ecr(answer).ask()).rejects.toMatchObject({ code: 'registry-unavailable' });
  });

  test.each([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'eu-west-1', 'api.ecr.eu-west-1.amazonaws.com'],
    ['123456789012.dkr.ecr-fips.us-east-1.amazonaws.com', 'us-east-1', 'ecr-fips.us-east-1.amazonaws.com'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1', 'api.ecr.cn-north-1.amazonaws.com.cn'],
    ['123456789012.dkr-ecr.eu-west-1.on.aws', 'eu-west-1', 'ecr.eu-west-1.api.aws'],
  ])('of %s comes from the api beside it', (host, region, api) => {
    expect(ecrApi(host, region)).toBe(api);
  });
});
