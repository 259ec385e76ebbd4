import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import dynalite from 'dynalite';
import { StoreError, type Table } from '#shared/store';
import { createTable } from '#shared/store/adapters/dynamo-schema';
import { dynamoTable, localClient } from '#shared/store/adapters/dynamo-table';

const tableName = 'drydock';
const maxBody = 16 * 1024 * 1024;

/** The embedded database, listening on loopback. */
export interface Database {
  /** `http://127.0.0.1:<port>`, for anything that speaks DynamoDB with any credentials */
  readonly url: string;
  readonly tableName: string;
  readonly table: Table;
  /** Ends open requests, then closes the files. */
  close(): Promise<void>;
}

/** dynalite's own LevelDB, whichever version npm put beside it. */
interface LevelModule {
  readonly Level: new (
    path: string,
    options: { readonly valueEncoding: 'json' },
  ) => { open(): Promise<void>; close(): Promise<void> };
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

// dynalite throws from a callback when the store cannot be opened, which would end the process without a word: open it once before.
async function probe(path: string): Promise<void> {
  const { Level } = createRequire(createRequire(import.meta.url).resolve('dynalite'))('level') as LevelModule;
  const level = new Level(path, { valueEncoding: 'json' });
  try {
    await level.open();
    await level.close();
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const advice =
      codeOf(cause) === 'LEVEL_LOCKED'
        ? 'another drydock uses this folder; stop it, or start with another data folder'
        : `its files cannot be opened (${String(cause)}); move the folder away and start again`;
    throw new StoreError('unavailable', `the database in ${path}`, advice, { cause });
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Stands before dynalite: only this machine's programs come through (a web page sends an Origin, a rebound name another Host), and the body
 * is read here, because dynalite throws from an event handler when a client goes away in the middle of a request.
 */
function guarded(inner: (request: unknown, response: ServerResponse) => void, hosts: () => ReadonlySet<string>) {
  const refuse = (response: ServerResponse, status: number, text: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${text}\n`);
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on('error', () => response.destroy());
    request.on('error', () => response.destroy());
    if (!hosts().has(request.headers.host ?? '') || request.headers.origin !== undefined)
      return refuse(response, 403, 'this database serves programs on this machine only');
    if (request.method !== 'POST') return refuse(response, 405, 'POST only');
    let body: Buffer | undefined;
    try {
      body = await bodyOf(request);
    } catch {
      return;
    }
    if (body === undefined) return refuse(response, 413, 'the request is too large');
    const { method, url, headers } = request;
    inner(Object.assign(Readable.from([body]), { method, url, headers }), response);
  };
}

/**
 * Starts dynalite with its files in `folder` (made if missing), makes the table, and gives a table on it. What was written survives kill -9:
 * LevelDB writes through the system's page cache, and the system releases its lock with the process. Throws StoreError('unavailable') when
 * another process uses the folder or its files cannot be opened.
 */
export async function startDatabase({
  folder,
  port = 0,
}: {
  readonly folder: string;
  readonly port?: number;
}): Promise<Database> {
  const path = join(folder, 'dynalite');
  await mkdir(path, { recursive: true, mode: 0o700 });
  await probe(path);
  const store = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const [inner] = store.listeners('request');
  if (inner === undefined)
    throw new Error('dynalite has no request listener; its version is not the one in package.json');

  const hosts = new Set<string>();
  store.removeAllListeners('request');
  store.on(
    'request',
    guarded(
      (request, response) => inner.call(store, request, response),
      () => hosts,
    ),
  );
  try {
    await listen(store, port);
  } catch (error) {
    // dynalite closes its files only together with a server that listens
    await listen(store, 0);
    await new Promise((done) => store.close(done));
    throw error;
  }
  const { port: bound } = store.address() as AddressInfo;
  for (const name of ['127.0.0.1', 'localhost']) hosts.add(`${name}:${bound}`);

  const url = `http://127.0.0.1:${bound}`;
  const client = localClient(url);
  await createTable(client, tableName);
  return {
    url,
    tableName,
    table: dynamoTable({ client, tableName }),
    close: () => {
      client.destroy();
      return new Promise((done, failed) => {
        store.close((error) => (error ? failed(error) : done()));
        store.closeIdleConnections();
      });
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', (error) =>
      failed(
        codeOf(error) === 'EADDRINUSE'
          ? new Error(`port ${port} is in use; choose another for the database`, { cause: error })
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', done);
  });
}
