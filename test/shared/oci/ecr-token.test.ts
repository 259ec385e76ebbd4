import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { askEcr, ecrApi } from '../../../shared/oci/adapters/ecr-token.ts';
import type { ServiceAnswer, ServiceRequest } from '../../../shared/oci/adapters/service-http.ts';

const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };

/** ECR's answers, one after the other; the last one stays. */
function ecr(...answers: readonly (ServiceAnswer | Error)[]) {
  const sent: ServiceRequest[] = [];
  const send = async (request: ServiceRequest): Promise<ServiceAnswer> => {
    sent.push(request);
    const answer = answers[Math.min(sent.length, answers.length) - 1];
    if (answer instanceof Error || answer === undefined) throw answer;
    return answer;
  };
  return { sent, ask: () => askEcr(registry, 'eu-west-1', { send, credentials, wait: async () => undefined }) };
}

const says = (content: object, status = 200): ServiceAnswer => ({ status, text: JSON.stringify(content) });
const token = says({
  authorizationData: [
    { authorizationToken: 'QVdTOnNlY3JldA==', expiresAt: 1.5e9, proxyEndpoint: `https://${registry}` },
  ],
});

describe("ECR's token", () => {
  test('is asked for by one request that is signed as AWS defines it (Signature Version 4)', async () => {
    const { sent, ask } = ecr(token);
    expect(await ask()).toEqual({ token: 'QVdTOnNlY3JldA==', expiresAt: 1.5e12 });
    const [{ url, headers, body }] = sent as [ServiceRequest];
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
    const { sent, ask } = ecr(new Error('cut'), { status: 503, text: '' }, token);
    expect(await ask()).toMatchObject({ token: 'QVdTOnNlY3JldA==' });
    expect(sent).toHaveLength(3);
  });

  test('is asked for again when ECR says that it was asked too often, which it does with status 400', async () => {
    const busy = says({ __type: 'ThrottlingException', message: 'Rate exceeded' }, 400);
    const { sent, ask } = ecr(busy, token);
    expect(await ask()).toMatchObject({ token: 'QVdTOnNlY3JldA==' });
    expect(sent).toHaveLength(2);
    await expect(ecr(busy).ask()).rejects.toMatchObject({ code: 'registry-unavailable' });
  });

  test('is refused by name, with what ECR says and what to do', async () => {
    const denied = says(
      { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'User: x is not authorized' },
      400,
    );
    await expect(ecr(denied).ask()).rejects.toThrow(
      `${registry}: ECR gives no token (400, AccessDeniedException: User: x is not authorized). Give this role ecr:GetAuthorizationToken.`,
    );
  });

  test.each([
    ['no JSON', { status: 200, text: '<html>' }],
    ['no data', says({ authorizationData: [] })],
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
