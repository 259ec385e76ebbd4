import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentFile, documentHttp, folderSource, httpSource } from '#shared/advisories';
import { advisorySourceContract, type Served } from '../../contract/advisory-source.ts';
import { makeZip } from './make-zip.ts';
import { writeServed } from './served.ts';

const temporary = (): Promise<string> => mkdtemp(join(tmpdir(), 'drydock-source-'));

advisorySourceContract('a folder', async () => {
  const base = await temporary();
  const folder = join(base, 'osv');
  return {
    source: folderSource(folder),
    serve: (served) => writeServed(folder, served),
    close: () => rm(base, { recursive: true, force: true }),
  };
});

/** A server of the bulk layout that answers conditional requests, and counts. */
async function startServer(handle?: (request: IncomingMessage, response: ServerResponse) => boolean) {
  let served: Served = {};
  const counts = { whole: 0, unchanged: 0 };
  const server = createServer((request, response) => {
    if (handle?.(request, response) === true) return;
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname).slice(1);
    if (path === 'ecosystems.txt') {
      response.end(`${Object.keys(served).join('\n')}\n`);
      return;
    }
    const body = served[path.replace(/\/all\.zip$/, '')];
    if (!path.endsWith('/all.zip') || !Buffer.isBuffer(body)) {
      response.writeHead(404).end();
      return;
    }
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) {
      counts.unchanged += 1;
      response.writeHead(304).end();
      return;
    }
    counts.whole += 1;
    response.writeHead(200, { etag, 'content-length': body.length }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    counts,
    serve: async (next: Served) => {
      served = next;
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

advisorySourceContract('a web server', async () => {
  const server = await startServer();
  const cacheFolder = await temporary();
  return {
    source: httpSource(server.base, { cacheFolder, pauses: [] }),
    serve: server.serve,
    async close() {
      await server.close();
      await rm(cacheFolder, { recursive: true, force: true });
    },
  };
});

const record = (id: string): string => JSON.stringify({ id, modified: '2024-01-01T00:00:00Z', affected: [] });
const zip = makeZip([{ name: 'GHSA-1.json', bytes: Buffer.from(record('GHSA-1')) }]);

async function ids(source: ReturnType<typeof folderSource>, ecosystem: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { id } of source.records(ecosystem)) found.push(id);
  return found;
}

describe('a folder of loose records', () => {
  test('is read where there is no archive; a new file moves the stamp', async () => {
    const folder = await temporary();
    await writeServed(folder, { npm: { 'GHSA-1': record('GHSA-1'), 'GHSA-2': '{ not json' } });
    const source = folderSource(folder);
    expect(await source.ecosystems()).toEqual(['npm']);
    expect(await ids(source, 'npm')).toEqual(['GHSA-1', 'GHSA-2']);
    const stamp = await source.modified('npm');
    await writeFile(join(folder, 'npm', 'GHSA-3.json'), record('GHSA-3'));
    expect(await source.modified('npm')).not.toBe(stamp);
    await rm(folder, { recursive: true });
  });

  test('a folder that is not there is said so', async () => {
    await expect(folderSource('/nowhere/at/all').ecosystems()).rejects.toMatchObject({
      code: 'source-unavailable',
      about: '/nowhere/at/all',
    });
  });
});

describe('a web server of records', () => {
  const within = async (
    handle: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined,
    check: (given: {
      source: ReturnType<typeof httpSource>;
      server: Awaited<ReturnType<typeof startServer>>;
      cacheFolder: string;
    }) => Promise<void>,
  ): Promise<void> => {
    const server = await startServer(handle);
    const cacheFolder = await temporary();
    try {
      await server.serve({ npm: zip });
      await check({ source: httpSource(server.base, { cacheFolder, pauses: [0, 0] }), server, cacheFolder });
    } finally {
      await server.close();
      await rm(cacheFolder, { recursive: true, force: true });
    }
  };

  test('an unchanged archive is not sent again, also to a new process', () =>
    within(undefined, async ({ source, server, cacheFolder }) => {
      await ids(source, 'npm');
      await ids(source, 'npm');
      expect(await ids(httpSource(server.base, { cacheFolder }), 'npm')).toEqual(['GHSA-1']);
      expect(server.counts).toEqual({ whole: 1, unchanged: 2 });
    }));

  test('an answer that is cut is asked for again', () => {
    let cuts = 2;
    return within(
      (request, response) => {
        if (!request.url?.endsWith('all.zip') || cuts === 0) return false;
        cuts -= 1;
        response.writeHead(200, { 'content-length': zip.length });
        response.write(zip.subarray(0, 20));
        response.socket?.destroySoon();
        return true;
      },
      async ({ source, cacheFolder }) => {
        expect(await ids(source, 'npm')).toEqual(['GHSA-1']);
        const left = await readdir(cacheFolder, { recursive: true });
        expect(left.filter((name) => name.endsWith('.part'))).toEqual([]);
      },
    );
  });

  test('a server that keeps failing is named, without credentials, and nothing is believed', () =>
    within(
      (_, response) => {
        response.writeHead(503).end();
        return true;
      },
      async ({ server, cacheFolder }) => {
        const address = new URL(server.base);
        address.username = 'someone';
        address.password = 'secret';
        const source = httpSource(address.href, { cacheFolder, pauses: [0] });
        expect(source.describe).toBe(server.base);
        const error: unknown = await ids(source, 'npm').catch((cause: unknown) => cause);
        expect(error).toMatchObject({ code: 'source-unavailable' });
        expect(String(error)).toContain('503');
        expect(String(error)).not.toContain('secret');
      },
    ));

  test('a redirect is followed, its loop is not', () => {
    let loop = false;
    return within(
      (request, response) => {
        if (request.url === '/npm/all.zip') response.writeHead(302, { location: '/moved/all.zip' }).end();
        else if (request.url === '/moved/all.zip' && loop)
          response.writeHead(302, { location: '/moved/all.zip' }).end();
        else if (request.url === '/moved/all.zip') response.end(zip);
        else return false;
        return true;
      },
      async ({ source }) => {
        expect(await ids(source, 'npm')).toEqual(['GHSA-1']);
        loop = true;
        await expect(ids(source, 'npm')).rejects.toMatchObject({ code: 'source-unavailable' });
      },
    );
  });

  test('its list of changes and single records are had; the list by condition, a record that is gone as gone', () => {
    const asked: string[] = [];
    return within(
      (request, response) => {
        asked.push(request.url ?? '');
        if (request.url === '/npm/modified_id.csv') {
          const same = request.headers['if-none-match'] === '"1"';
          response.writeHead(same ? 304 : 200, { etag: '"1"' });
          response.end(same ? undefined : '2024-01-01T00:00:00Z,GHSA-1\n');
        } else if (request.url === '/npm/GHSA-1.json') response.end(record('GHSA-1'));
        else if (request.url === '/npm/GHSA-503.json') response.writeHead(503).end();
        else return false;
        return true;
      },
      async ({ source }) => {
        const journal = await source.journal?.('npm');
        expect([...((await journal?.ids()) ?? [])]).toEqual([['GHSA-1', '2024-01-01T00:00:00.000000000']]);
        expect((await journal?.record('GHSA-1'))?.toString()).toBe(record('GHSA-1'));
        expect(await journal?.record('GHSA-2')).toBeUndefined();
        await expect(journal?.record('GHSA-503')).rejects.toMatchObject({ code: 'source-unavailable' });
        expect((await source.journal?.('npm'))?.stamp).toBe(journal?.stamp);
        expect(await source.journal?.('PyPI')).toBeUndefined();
        expect(await source.journal?.('../npm')).toBeUndefined();
        expect(asked.filter((url) => url.includes('..'))).toEqual([]);
      },
    );
  });

  test('more bytes than allowed are refused', () =>
    within(undefined, async ({ server, cacheFolder }) => {
      await expect(ids(httpSource(server.base, { cacheFolder, pauses: [], limit: 30 }), 'npm')).rejects.toMatchObject({
        code: 'source-unavailable',
      });
    }));
});

describe('the catalogue of known exploited vulnerabilities', () => {
  test('comes from a file or a server, or is not there', async () => {
    const folder = await temporary();
    await writeFile(join(folder, 'kev.json'), '{}');
    expect(await documentFile(join(folder, 'kev.json')).read()).toEqual(Buffer.from('{}'));
    expect(await documentFile(join(folder, 'none.json')).read()).toBeUndefined();
    const server = await startServer((request, response) => {
      if (request.url !== '/kev.json') return false;
      response.end('{}');
      return true;
    });
    expect(await documentHttp(`${server.base}kev.json`).read()).toEqual(Buffer.from('{}'));
    expect(await documentHttp(`${server.base}none.json`).read()).toBeUndefined();
    await server.close();
    await rm(folder, { recursive: true });
  });
});
