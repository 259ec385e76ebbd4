import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { askService } from '../../../shared/oci/adapters/service-http.ts';

async function service(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => void server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('a service gets the request as it was signed, and its answer comes back whole', async () => {
  const url = await service(async (request, response) => {
    const { 'x-amz-target': target, authorization, 'content-length': length } = request.headers;
    const body = (await buffer(request)).toString();
    response.writeHead(400).end(JSON.stringify({ method: request.method, target, authorization, length, body }));
  });
  const headers = { 'x-amz-target': 'Some.Action', authorization: 'AWS4' };
  const { status, text } = await askService({ url, headers, body: '{"é":1}' });
  expect(status).toBe(400);
  expect(JSON.parse(text)).toEqual({
    method: 'POST',
    target: 'Some.Action',
    authorization: 'AWS4',
    length: '8',
    body: '{"é":1}',
  });
});

test('what is signed for one host goes to no other', async () => {
  let followed = false;
  const other = await service((_, response) => {
    followed = true;
    response.end();
  });
  const url = await service((_, response) => void response.writeHead(307, { location: other }).end());
  expect(await askService({ url, headers: {}, body: '{}' })).toEqual({ status: 307, text: '' });
  expect(followed).toBe(false);
});

test('an answer without end is not read, and a line that is cut is an error', async () => {
  const endless = await service((_, response) => void response.write(Buffer.alloc(2 << 20)));
  await expect(askService({ url: endless, headers: {}, body: '{}' })).rejects.toMatchObject({ code: 'too-large' });
  const cut = await service((_, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half');
    response.destroy();
  });
  await expect(askService({ url: cut, headers: {}, body: '{}' })).rejects.toThrow();
});
