import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { feedTable, folderFiles, folderSource, httpFiles, openFeeds } from '#shared/advisories';
import { advisorySourceContract } from '../../../contract/advisory-source.ts';
import { writeServed } from '../served.ts';
import { chainguardPublication } from './publications.ts';
import { bulkOf, mirror, sourceOver } from './publish.ts';

advisorySourceContract('a bulk export with publications beside it', async () => {
  const base = await mkdtemp(join(tmpdir(), 'drydock-source-'));
  return {
    source: sourceOver(join(base, 'feeds'), folderSource(join(base, 'osv'))),
    serve: (served) => writeServed(join(base, 'osv'), served),
    close: () => rm(base, { recursive: true, force: true }),
  };
});

async function idsOf(source: ReturnType<typeof bulkOf>, ecosystem: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of source.records(ecosystem)) ids.push(id);
  return ids;
}

describe('publications beside the bulk export', () => {
  test('speak instead of it where the table says so, and name themselves as the source', async () => {
    const { folder, publish } = await mirror();
    await publish('wolfi-secdb', chainguardPublication(1, ''));
    const source = sourceOver(folder, bulkOf({ Wolfi: [{ id: 'CGA-1' }], npm: [{ id: 'GHSA-1' }] }));
    expect(await idsOf(source, 'Wolfi')).toEqual(['WOLFI-CVE-2024-1000']);
    expect(await idsOf(source, 'npm')).toEqual(['GHSA-1']);
    expect(await source.ecosystems()).toEqual(['Wolfi', 'npm']);
    expect(source.describeOf?.('Wolfi')).toBe(join(folder, 'wolfi-secdb'));
    expect(source.describeOf?.('npm')).toBe('bulk');
  });

  test('the stamp moves with the publication alone', async () => {
    const { folder, publish } = await mirror();
    await publish('wolfi-secdb', chainguardPublication(1, ''));
    const source = sourceOver(folder);
    const stamp = await source.modified('Wolfi');
    expect(await source.modified('Wolfi')).toBe(stamp);
    await publish('wolfi-secdb', chainguardPublication(2, ''));
    expect(await source.modified('Wolfi')).not.toBe(stamp);
    expect(await source.modified('Chainguard')).toBeUndefined();
  });

  test('the table has one row for an ecosystem, each with a reason, at the publishers over TLS', () => {
    const ecosystems = feedTable.map(({ feed }) => feed.ecosystem);
    expect(new Set(ecosystems).size).toBe(ecosystems.length);
    expect(new Set(feedTable.map(({ feed }) => feed.id)).size).toBe(feedTable.length);
    for (const { feed, reason } of feedTable) {
      expect(reason).toMatch(/\.$/);
      expect(feed.home).toMatch(/^https:\/\/[^?#]+\/$/);
    }
    expect(openFeeds('none', { cacheFolder: '/nowhere' })).toEqual([]);
    expect(openFeeds('home', { cacheFolder: '/nowhere' }).map(({ origin }) => origin.describe)).toEqual(
      feedTable.map(({ feed }) => feed.home),
    );
    expect(openFeeds(import.meta.dirname, { cacheFolder: '/nowhere' })).toEqual([]);
    expect(openFeeds('https://mirror.example/x', { cacheFolder: '/n' })[0]?.origin.describe).toBe(
      `https://mirror.example/x/${feedTable[0]?.feed.id}/`,
    );
  });
});

describe.each(['a folder', 'a web server'])('the files of a publication from %s', (kind) => {
  const setUp = async () => {
    const { folder, publish } = await mirror();
    if (kind === 'a folder') return { origin: folderFiles(join(folder, 'feed')), publish, asked: [] as string[] };
    const files = new Map<string, Buffer>();
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const body = files.get((request.url ?? '').slice(1));
      if (body === undefined) return void response.writeHead(404).end();
      const etag = `"${body.length}-${body[0] ?? 0}"`;
      const same = request.headers['if-none-match'] === etag;
      asked.push(`${request.url} ${same ? 304 : 200}`);
      response.writeHead(same ? 304 : 200, { etag, 'last-modified': 'Sat, 01 Jun 2024 00:00:00 GMT' });
      response.end(same ? undefined : body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return {
      origin: httpFiles(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
        cacheFolder: folder,
        pauses: [],
      }),
      publish: async (_: string, next: Readonly<Record<string, Buffer>>) => {
        files.clear();
        for (const [path, bytes] of Object.entries(next)) files.set(path, bytes);
      },
      asked,
    };
  };
  const text = async (file: { open(): AsyncIterable<Buffer> } | undefined): Promise<string> => {
    const pieces: Buffer[] = [];
    for await (const piece of file?.open() ?? []) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };

  test('are given with a stamp and the time of publication; what is not there is not given', async () => {
    const { origin, publish, asked } = await setUp();
    await publish('feed', { 'v3.20/main.json': Buffer.from('one') });
    const file = await origin.file('v3.20/main.json');
    expect(file?.modified).toBe('2024-06-01T00:00:00Z');
    expect(await text(file)).toBe('one');
    expect((await origin.file('v3.20/main.json'))?.stamp).toBe(file?.stamp);
    await publish('feed', { 'v3.20/main.json': Buffer.from('three') });
    expect((await origin.file('v3.20/main.json'))?.stamp).not.toBe(file?.stamp);
    expect(await text(await origin.file('v3.20/main.json'))).toBe('three');
    expect(await origin.file('v3.21/main.json')).toBeUndefined();
    if (kind === 'a web server') expect(asked.map((one) => one.slice(-3))).toEqual(['200', '304', '200', '304']);
  });

  test('that are damaged are fetched again', async () => {
    const { origin, publish, asked } = await setUp();
    await publish('feed', { 'a.json': Buffer.from('one') });
    await (await origin.file('a.json'))?.forget();
    expect(await text(await origin.file('a.json'))).toBe('one');
    if (kind === 'a web server') expect(asked).toEqual(['/a.json 200', '/a.json 200']);
  });

  test.each(['../secret', '/etc/passwd', 'a/../../b', '', 'https://elsewhere.example/x', 'a\\..\\b', 'a//b', '.'])(
    '%j leads nowhere',
    async (path) => {
      const { origin, publish, asked } = await setUp();
      await publish('feed', { 'a.json': Buffer.from('one') });
      expect(await origin.file(path)).toBeUndefined();
      expect(asked).toEqual([]);
    },
  );
});
