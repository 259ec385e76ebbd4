import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '#local/database';

let folder: string;
const open: Database[] = [];
const start = async (): Promise<Database> => {
  const database = await startDatabase({ folder });
  open.push(database);
  return database;
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-database-'));
});
afterEach(async () => {
  for (const database of open.splice(0)) await database.close();
  await rm(folder, { recursive: true, force: true });
});

const raw = (
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; body: string; cors: unknown }> =>
  new Promise((done, failed) => {
    const call = request(url, { method: options.method ?? 'POST', headers: options.headers ?? {} }, async (response) =>
      done({
        status: response.statusCode ?? 0,
        body: await text(response),
        cors: response.headers['access-control-allow-origin'],
      }),
    );
    call.on('error', failed);
    call.end(options.body);
  });

describe('the embedded database', () => {
  it('keeps what was written over a restart', async () => {
    const first = await start();
    await first.table.put({ pk: 'a', sk: 'b', n: 1 });
    await open.pop()?.close();
    const second = await start();
    expect(await second.table.get({ pk: 'a', sk: 'b' })).toEqual({ pk: 'a', sk: 'b', n: 1 });
  });

  it('keeps what it said was written when its process is killed, and starts again on the same folder', async () => {
    const script = join(folder, 'writer.ts');
    const module = fileURLToPath(new URL('../../local/database.ts', import.meta.url));
    await writeFile(
      script,
      `import { startDatabase } from ${JSON.stringify(module)};
       const { table } = await startDatabase({ folder: ${JSON.stringify(folder)} });
       for (let n = 0; ; n += 1) { await table.put({ pk: 'a', sk: String(n).padStart(6, '0') }, { absent: true }); console.log(n); }`,
    );
    const child: ChildProcess = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    for await (const chunk of child.stdout ?? []) {
      said += String(chunk);
      if (said.split('\n').length > 200) break;
    }
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const last = Number(said.trim().split('\n').at(-1));
    const { table } = await start();
    let count = 0;
    for await (const item of table.query({ pk: 'a' })) {
      expect(Number(item.sk)).toBe(count);
      count += 1;
    }
    expect(count).toBeGreaterThanOrEqual(last);
    expect(await table.put({ pk: 'a', sk: 'new' }, { absent: true })).toBe('written');
  });

  it('says that another drydock uses the folder', async () => {
    await start();
    await expect(startDatabase({ folder })).rejects.toThrow(/another drydock uses this folder/);
  });

  it('says that a port is taken, and lets the folder go', async () => {
    const first = await start();
    const other = await mkdtemp(join(tmpdir(), 'drydock-database-'));
    await expect(startDatabase({ folder: other, port: Number(new URL(first.url).port) })).rejects.toThrow(
      /port \d+ is in use/,
    );
    const again = await startDatabase({ folder: other });
    await again.close();
    await rm(other, { recursive: true, force: true });
  });

  it('serves no web page and no other host name', async () => {
    const { url } = await start();
    const host = new URL(url).host;
    const headers = {
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      'content-type': 'application/x-amz-json-1.0',
      authorization: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c',
      'x-amz-date': '20250101T000000Z',
    };
    expect(await raw(url, { headers, body: '{}' })).toMatchObject({ status: 200, body: '{"TableNames":["drydock"]}' });
    expect(
      await raw(url, { headers: { ...headers, host: `localhost:${new URL(url).port}` }, body: '{}' }),
    ).toMatchObject({ status: 200 });
    for (const extra of [
      { origin: 'http://evil.example' },
      { origin: `http://${host}` },
      { host: 'evil.example' },
      { host: `evil.example:${new URL(url).port}` },
    ]) {
      expect(await raw(url, { headers: { ...headers, ...extra } as Record<string, string>, body: '{}' })).toMatchObject(
        { status: 403, cors: undefined },
      );
      expect(
        await raw(url, { method: 'OPTIONS', headers: { ...headers, ...extra } as Record<string, string> }),
      ).toMatchObject({ status: 403, cors: undefined });
    }
    expect(await raw(url, { method: 'GET', headers })).toMatchObject({ status: 405 });
  });

  it('outlives a client that goes away in the middle of a request', async () => {
    const { url, table } = await start();
    const port = Number(new URL(url).port);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1000\r\n\r\n{"half`);
    socket.resetAndDestroy();
    await once(socket, 'close');
    expect(await table.put({ pk: 'a', sk: 'b' })).toBe('written');
  });
});
