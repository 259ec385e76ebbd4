import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { deployedApi, functionUrl, signedTransport } from '../../cli/aws/function-url.ts';
import { signRequest } from '../../cli/aws/sign-request.ts';
import { forwarded } from '../../cli/commands/open.ts';
import { type PageHost, startPageHost } from '../../local/page-host.ts';
import { drydock, freshFolder } from './command.ts';

const address = 'https://abc123.lambda-url.eu-central-1.on.aws/';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

describe('a signature', () => {
  test('is the one of the worked example in the AWS General Reference', () => {
    const headers = signRequest(
      {
        method: 'GET',
        url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: '',
      },
      { credentials, region: 'us-east-1', service: 'iam', now: new Date('2015-08-30T12:36:00Z') },
    );
    expect(headers).toEqual({
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    });
  });

  test('changes with everything that is sent', () => {
    const base = { method: 'POST', url: new URL('https://x.example/plans/a%2Fb?dryRun=true'), headers: {}, body: 'x' };
    const scope = { credentials, region: 'us-east-1', service: 'lambda', now: new Date('2026-01-01T00:00:00Z') };
    const all = [
      base,
      { ...base, method: 'PUT' },
      { ...base, body: 'y' },
      { ...base, url: new URL('https://x.example/plans/a/b?dryRun=true') },
      { ...base, url: new URL('https://x.example/plans/a%2Fb') },
      { ...base, url: new URL('https://y.example/plans/a%2Fb?dryRun=true') },
      { ...base, headers: { 'content-type': 'text/plain' } },
    ].map((request) => signRequest(request, scope).authorization);
    expect(new Set(all).size).toBe(all.length);
    const session = signRequest(base, { ...scope, credentials: { ...credentials, sessionToken: 'token' } });
    expect(session['x-amz-security-token']).toBe('token');
    expect(session.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
  });
});

describe('the api of a deployed stack', () => {
  test('is found by what was deployed from here', async () => {
    const file = path.join(freshFolder(), 'outputs.json');
    expect(await deployedApi(file)).toBeUndefined();
    writeFileSync(file, '{"Observe": {"TableName": "t", "ApiEndpoint": "https://abc"}, "Repair": {}}');
    expect(await deployedApi(file)).toBe('https://abc');
    for (const text of ['', '[]', 'null', '{"Observe": null}']) {
      writeFileSync(file, text);
      expect(await deployedApi(file), text).toBeUndefined();
    }
  });

  test('is a function URL and nothing else: no other host gets a signature', async () => {
    expect(functionUrl(address).region).toBe('eu-central-1');
    for (const bad of [
      'http://abc123.lambda-url.eu-central-1.on.aws/',
      'https://evil.example/',
      'https://abc.lambda-url.eu-central-1.on.aws.evil.example/',
      'https://abc.lambda-url.eu-central-1.on.aws:444/',
      'x',
    ])
      expect(() => functionUrl(bad), bad).toThrow('--api takes the address');
    const home = freshFolder();
    const ran = await drydock(['status', '--api', 'https://evil.example/'], { home });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    // a folder from which something was deployed is asked when no stack runs in it; without credentials that is as far as it goes
    mkdirSync(path.join(home, 'cdk.out'));
    writeFileSync(path.join(home, 'cdk.out/outputs.json'), JSON.stringify({ Observe: { ApiEndpoint: address } }));
    const deployed = await drydock(['status'], { home, environment: { AWS_EC2_METADATA_DISABLED: 'true' } });
    expect(deployed.stderr).toBe(
      'drydock: there are no AWS credentials; set AWS_PROFILE, or log in with "aws sso login"\n',
    );
  });

  const asked: { url: string; init: RequestInit }[] = [];
  const answers: Response[] = [];
  const transport = signedTransport(address, {
    credentials: async () => credentials,
    now: () => new Date('2026-01-01T00:00:00Z'),
    fetch: async (url, init) => {
      asked.push({ url: String(url), init: init ?? {} });
      const answer = answers.shift();
      if (answer === undefined) throw new Error('ECONNRESET');
      return answer;
    },
  });

  test('is asked with a signature, and never follows a redirect with it', async () => {
    answers.push(Response.json({ open: 1 }));
    expect(await transport({ method: 'PUT', path: '/policy', body: 'mode: ask\n' })).toEqual({
      status: 200,
      body: { open: 1 },
    });
    const { url, init } = asked.at(-1)!;
    expect(url).toBe(`${address}policy`);
    expect(init).toMatchObject({
      method: 'PUT',
      body: 'mode: ask\n',
      redirect: 'error',
      headers: { 'content-type': 'text/plain' },
    });
    expect((init.headers as Record<string, string>).authorization).toContain(
      '/eu-central-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-date',
    );
  });

  test('says what to do when it refuses or does not answer', async () => {
    answers.push(Response.json({ Message: 'Forbidden' }, { status: 403 }));
    await expect(transport({ method: 'GET', path: '/overview' })).rejects.toThrow(
      /refuses your credentials \(Forbidden\); they need lambda:InvokeFunctionUrl/,
    );
    await expect(transport({ method: 'GET', path: '/overview' })).rejects.toThrow(
      'abc123.lambda-url.eu-central-1.on.aws does not answer',
    );
  });

  test('is reached by the page with the token, and by nobody without', async () => {
    const host: PageHost = await startPageHost({
      api: forwarded(transport),
      folder: path.join(import.meta.dirname, '../../web'),
      token: 'secret',
      principal: 'you',
    });
    afterAll(() => host.close());
    const before = asked.length;
    for (const headers of [{}, { authorization: 'Bearer wrong!' }]) {
      const without = await fetch(`${host.url}/api/overview`, { headers });
      expect(without.status).toBe(401);
    }
    expect(asked).toHaveLength(before);
    answers.push(Response.json({ approved: true }));
    const headers = { authorization: 'Bearer secret' };
    const approved = await fetch(`${host.url}/api/plans/p/approve?dryRun=true`, { method: 'POST', headers });
    expect(await approved.json()).toEqual({ approved: true });
    expect(asked.at(-1)).toMatchObject({ url: `${address}plans/p/approve?dryRun=true`, init: { method: 'POST' } });
    const broken = await fetch(`${host.url}/api/overview`, { headers });
    expect(broken.status).toBe(502);
    expect(await broken.json()).toEqual({ error: expect.stringContaining('does not answer') });
    expect((await fetch(host.url)).status).toBe(200);
  });
});
