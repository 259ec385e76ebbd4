import { request } from 'node:http';
import { ListClustersCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './harness.ts';

interface Said {
  readonly status: number | undefined;
  readonly body: { readonly __type?: string };
}

describe('the HTTP side of the fleet', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench({ throttle: true }).start();
  });
  afterEach(() => bench.stop());

  const send = (headers: Record<string, string>, body = '{}', method = 'POST'): Promise<Said> =>
    new Promise((resolve, reject) => {
      const target = { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters' };
      const sent = request(bench.fleet.url, { method, headers: { ...target, ...headers } }, async (response) => {
        let text = '';
        for await (const part of response) text += part;
        resolve({ status: response.statusCode, body: text === '' ? {} : JSON.parse(text) });
      });
      // the server closes on what it refuses to read: its answer counts, not the broken pipe after it
      sent.on('error', reject);
      sent.end(body);
    });

  it('answers without looking at a signature', async () => {
    expect(await send({})).toEqual({ status: 200, body: { clusterArns: [] } });
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io:80', '169.254.169.254'])(
    'refuses the Host %j',
    async (host) => {
      expect((await send({ host })).status).toBe(421);
    },
  );

  it.each(['127.0.0.1:1', 'localhost', '[::1]:8080'])('answers the Host %j', async (host) => {
    expect((await send({ host })).status).toBe(200);
  });

  it.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'file://'])(
    'refuses the Origin %j',
    async (origin) => {
      expect((await send({ origin })).status).toBe(403);
    },
  );

  it.each([
    [{ 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.Explode' }, '{}', 'UnknownOperationException'],
    [{ 'x-amz-target': 'DynamoDB_20120810.ListTables' }, '{}', 'UnknownOperationException'],
    [{}, '[1]', 'SerializationException'],
    [{}, '{"a"', 'SerializationException'],
    [{}, '{"maxResults":"many"}', 'InvalidParameterException'],
    [{ 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.__proto__' }, '{}', 'UnknownOperationException'],
  ])('answers %j %s with %s', async (headers, body, type) => {
    expect(await send(headers as Record<string, string>, body)).toMatchObject({ status: 400, body: { __type: type } });
  });

  it('takes a null member as an absent one', async () => {
    expect((await send({}, '{"nextToken":null,"maxResults":null}')).status).toBe(200);
  });

  it('does not read more than 1 MiB', async () => {
    const said = await send({}, JSON.stringify({ nextToken: 'x'.repeat(1_100_000) })).catch(
      (error: { code?: string }) => error,
    );
    if ('status' in said) expect(said.status).toBe(413);
    else expect(['EPIPE', 'ECONNRESET']).toContain((said as { code?: string }).code);
    expect((await send({})).status).toBe(200);
  });

  it('throttles at the published rates: 20 registrations at once, then one a second', async () => {
    const register = () =>
      bench.ecs.send(
        new RegisterTaskDefinitionCommand({ family: 'a', containerDefinitions: [{ name: 'a', image: 'b/c' }] }),
      );
    for (let n = 0; n < 20; n += 1) await register();
    await expect(register()).rejects.toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' });
    await bench.ecs.send(new ListClustersCommand({}));
    await bench.pass(999);
    await expect(register()).rejects.toMatchObject({ name: 'ThrottlingException' });
    await bench.pass(1_000);
    await register();
  });
});
