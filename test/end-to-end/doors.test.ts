import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPorts } from '../../local/stack/data-folder.ts';
import { debianImage } from './an-image.ts';
import { eventually } from './eventually.ts';
import type { ImagesShape } from './shapes.ts';
import { dataFolder, endAll, lastingFolder, refusedStart, type StackProcess, startProcess } from './stack-process.ts';

afterAll(endAll);

/** A request with headers that fetch would not send; its status. */
const statusOf = (
  address: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
  body = '',
): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(
      address,
      { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    sent.once('error', reject).end(body);
  });

describe('the doors of a running stack', () => {
  let stack: StackProcess;
  beforeAll(async () => {
    stack = await startProcess(await dataFolder());
  });

  const doors = [
    ['registry', '/v2/', 'GET', {}],
    ['api', '/overview', 'GET', {}],
    ['page', '/', 'GET', {}],
    [
      'ecs',
      '/',
      'POST',
      {
        'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters',
        'content-type': 'application/x-amz-json-1.1',
      },
    ],
    [
      'dynamodb',
      '/',
      'POST',
      {
        'x-amz-target': 'DynamoDB_20120810.ListTables',
        'content-type': 'application/x-amz-json-1.0',
        authorization:
          'AWS4-HMAC-SHA256 Credential=a/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
        'x-amz-date': '20260101T000000Z',
      },
    ],
  ] as const;

  it.each(doors)(
    '%s answers under its own name, and refuses a foreign Host and a foreign Origin',
    async (name, at, method, headers) => {
      const address = `${stack.endpoints[name]}${at}`;
      const own = new URL(address).host;
      const ask = (more: Readonly<Record<string, string>>) =>
        statusOf(address, { ...headers, ...more }, method, method === 'POST' ? '{}' : '');
      expect(await ask({ host: own })).toBe(200);
      for (const host of ['evil.example', `evil.example:${new URL(address).port}`, '169.254.169.254'])
        expect([host, await ask({ host })]).toEqual([host, name === 'dynamodb' ? 403 : 421]);
      for (const origin of ['http://evil.example', 'null', `http://${own}.evil.example`])
        expect([origin, await ask({ host: own, origin })]).toEqual([origin, 403]);
    },
  );

  it('does not let a page of another site act even with a stolen token', async () => {
    const headers = {
      host: new URL(stack.endpoints.api).host,
      origin: 'https://evil.example',
      authorization: `Bearer ${stack.endpoints.token}`,
    };
    expect(await statusOf(`${stack.endpoints.api}/policy`, headers, 'PUT', 'mode: auto\n')).toBe(403);
  });

  it('keeps the last good policy when one with a mistake is put, and says where the mistake is', async () => {
    await stack.policy('mode: ask\n');
    const answer = await stack.ask('PUT', '/policy', {
      body: 'mode: ask\nnewer:\n  - repositry: shop\n    tags: ^1.0\n',
    });
    expect(answer.body).toMatchObject({
      saved: false,
      errors: expect.arrayContaining([expect.objectContaining({ line: 3 })]),
    });
    expect(JSON.stringify(answer.body)).toContain('repository');
    expect(await stack.api('/policy')).toMatchObject({ text: 'mode: ask\n', rev: 1 });
    expect((await stack.ask('PUT', '/policy', { body: 'mode: observe\n', token: undefined })).status).toBe(401);
    expect(await stack.api('/policy')).toMatchObject({ rev: 1 });
  });
});

describe('one data folder', () => {
  it('ends cleanly on Ctrl-C, and the next start goes on with the same ports, images and policy', async () => {
    const folder = await lastingFolder();
    const first = await startProcess(folder);
    expect(Object.keys((await readPorts(folder)) ?? {}).sort()).toEqual(['dynamodb', 'ecs', 'page', 'registry']);
    const digest = await first.push(debianImage({ curl: '7.88.1-10+deb12u3' }, 'one'), 'one:1.0');
    await eventually('the image', async () => (await first.api<ImagesShape>('/images')).images.length === 1);
    await first.policy('mode: ask\n');
    const before = first.endpoints;
    expect(await first.interrupt()).toBe(0);
    expect(first.printed).toContain('stopping');
    expect(await readdir(folder)).not.toContain('endpoints.json');

    const second = await startProcess(folder);
    for (const name of ['registry', 'dynamodb', 'ecs', 'api', 'page'] as const)
      expect(second.endpoints[name]).toBe(before[name]);
    expect(second.endpoints.token).not.toBe(before.token);
    expect((await second.api<ImagesShape>('/images')).images.map((each) => each.digest)).toEqual([digest]);
    expect(await second.push(debianImage({ curl: '7.88.1-10+deb12u3' }, 'one'), 'one:1.0')).toBe(digest);
    expect(await second.api('/policy')).toMatchObject({ text: 'mode: ask\n' });

    // a second stack on the same folder is refused, and the first goes on
    const refused = await refusedStart(folder);
    expect(refused.code).toBe(1);
    expect(refused.text).toMatch(/a stack \(process \d+\) uses it already; stop that one, or choose another folder/);
    expect(refused.text).not.toMatch(/^\s+at /m);
    const emptied = await refusedStart(folder, ['--offline', '--no-demo', '--fresh']);
    expect(emptied.code).toBe(1);
    expect((await second.api<ImagesShape>('/images')).images).toHaveLength(1);
    expect(await second.interrupt()).toBe(0);

    // --fresh forgets
    const third = await startProcess(folder, { args: ['--offline', '--no-demo', '--fresh'] });
    expect((await third.api<ImagesShape>('/images')).images).toEqual([]);
  });

  it('never touches a folder that has files of somebody else', async () => {
    const folder = await dataFolder();
    await mkdir(folder);
    await writeFile(path.join(folder, 'thesis.txt'), 'the only copy');
    for (const args of [['--no-demo'], ['--no-demo', '--fresh']]) {
      const refused = await refusedStart(folder, args);
      expect(refused.code).toBe(1);
      expect(refused.text).toContain('it has files that are not ours; choose another folder with --data');
    }
    expect(await readdir(folder)).toEqual(['thesis.txt']);
  });

  it('says what it does not understand of a command line', async () => {
    const refused = await refusedStart(await dataFolder(), ['--offlin']);
    expect(refused.code).toBe(1);
    expect(refused.text).toContain('--offlin');
    expect(refused.text).toContain('npm start -- [options]');
  });
});
