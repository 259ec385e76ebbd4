import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { AdvisorySource } from '#shared/advisories';
import { SourceUnavailable } from '#shared/advisories';
import { rememberedSource } from '../../cli/scan/remembered-source.ts';
import { openScanBook, type ScanBookOptions } from '../../cli/scan/scan-book.ts';
import { makeZip } from '../shared/advisories/make-zip.ts';
import { freshFolder } from './command.ts';
import { writeAdvisories } from './stored-images.ts';

const hour = 3_600_000;
const start = Date.parse('2026-05-01T00:00:00Z');

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  afterAll(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const record = (id: string, ecosystem: string, name: string, modified = '2026-04-01T00:00:00Z') => ({
  name: `${id}.json`,
  bytes: Buffer.from(
    JSON.stringify({
      id,
      modified,
      affected: [{ package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }] }],
    }),
  ),
});

/** A clock that is set by hand, and a source that answers or does not. */
function world() {
  const state = { now: start, up: true, asked: 0, stamp: 'one' as string | undefined };
  const source: AdvisorySource = {
    describe: 'https://feeds.example/',
    ecosystems: async () => [],
    async *records() {},
    async modified() {
      state.asked += 1;
      if (!state.up)
        throw new SourceUnavailable('https://feeds.example/', 'no answer', { cause: new Error('ECONNREFUSED') });
      return state.stamp;
    },
  };
  const folder = freshFolder();
  const remember = (offline = false) =>
    rememberedSource(source, {
      folder,
      now: () => new Date(state.now),
      freshFor: 6 * hour,
      staleAfter: 24 * hour,
      offline,
    });
  return { state, remember };
}

describe('a remembered source', () => {
  test('is not asked again while its answer is fresh, and is afterwards', async () => {
    const { state, remember } = world();
    expect(await remember().modified('Debian')).toBe('one');
    state.stamp = 'two';
    state.now += 5 * hour;
    expect(await remember().modified('Debian')).toBe('one');
    expect(state.asked).toBe(1);
    state.now += 2 * hour;
    expect(await remember().modified('Debian')).toBe('two');
  });

  test('remembers that there is nothing, too', async () => {
    const { state, remember } = world();
    state.stamp = undefined;
    expect(await remember().modified('Haiku')).toBeUndefined();
    expect(await remember(true).modified('Haiku')).toBeUndefined();
    expect(state.asked).toBe(1);
  });

  test('serves its last answer when it does not answer, and says when that is old', async () => {
    const { state, remember } = world();
    await remember().modified('Debian');
    state.up = false;
    state.now += 23 * hour;
    const recent = remember();
    expect(await recent.modified('Debian')).toBe('one');
    expect(recent.outcome('Debian')).toEqual({ kind: 'remembered', at: new Date(start).toISOString() });
    state.now += 2 * hour;
    const old = remember();
    expect(await old.modified('Debian')).toBe('one');
    expect(old.outcome('Debian')).toEqual({ kind: 'old', at: new Date(start).toISOString(), why: 'ECONNREFUSED' });
  });

  test('asks a source that is down once in a run, and offline not at all', async () => {
    const { state, remember } = world();
    state.up = false;
    const source = remember();
    await expect(source.modified('Debian')).rejects.toThrow(SourceUnavailable);
    await expect(source.modified('npm')).rejects.toThrow(SourceUnavailable);
    expect(state.asked).toBe(1);
    await expect(remember(true).modified('npm')).rejects.toThrow('--offline');
    expect(state.asked).toBe(1);
  });

  test('does not believe an answer of tomorrow', async () => {
    const { state, remember } = world();
    await remember().modified('Debian');
    state.now -= 48 * hour;
    state.stamp = 'two';
    expect(await remember().modified('Debian')).toBe('two');
  });
});

describe('the book of a scan', () => {
  const options = (more: Partial<ScanBookOptions>): ScanBookOptions & { readonly told: string[] } => {
    const told: string[] = [];
    return {
      offline: false,
      cacheFolder: freshFolder(),
      now: () => new Date(start),
      warn: (text) => told.push(text),
      told,
      ...more,
    };
  };

  test('goes on with the starter advisories when OSV does not answer, says so once, and knows that it missed something', async () => {
    const given = options({
      osv: 'http://127.0.0.1:9/',
      kev: path.join(writeAdvisories(freshFolder(), [], ['CVE-2023-38545']), 'kev.json'),
    });
    const book = await openScanBook(given);
    expect((await book.shard('Debian:12'))?.lookup('curl')).toHaveLength(1);
    expect(await book.shard('Alpine:v3.20')).toBeUndefined();
    expect(book.missed()).toBe(true);
    expect(given.told).toEqual([
      expect.stringContaining('advisories could not be fetched from http://127.0.0.1:9/: connect ECONNREFUSED'),
    ]);
    expect(book.used()).toMatchObject([{ shard: 'Debian:12', source: 'starter advisories' }]);
    expect((await book.manifest()).shards['Debian:12']?.source).toBe('starter advisories');
  });

  test('takes EPSS scores from beside the advisories, or from where it is told; what cannot be read is said', async () => {
    const folder = writeAdvisories(freshFolder(), []);
    const scores =
      '#model_version:v1,score_date:2026-01-01T00:00:00Z\ncve,epss,percentile\nCVE-2021-44228,0.94358,0.99963\n';
    expect(await (await openScanBook(options({ advisories: folder }))).epss('CVE-2021-44228')).toBeUndefined();
    writeFileSync(path.join(folder, 'epss.csv.gz'), gzipSync(scores));
    const book = await openScanBook(options({ advisories: folder }));
    expect(await book.epss('CVE-2021-44228')).toEqual({ score: 0.94358, percentile: 0.9996 });
    expect(book.epssAsOf()).toBe('2026-01-01T00:00:00.000Z');

    const address = await serve((_, response) => response.end(gzipSync(scores)));
    const given = options({ advisories: writeAdvisories(freshFolder(), []), epss: `${address}scores.csv.gz` });
    expect(await (await openScanBook(given)).epss('CVE-2021-44228')).toMatchObject({ score: 0.94358 });
    const offline = await openScanBook({ ...given, offline: true });
    expect(await offline.epss('CVE-2021-44228')).toMatchObject({ score: 0.94358 });

    writeFileSync(path.join(folder, 'epss.csv.gz'), gzipSync(scores).subarray(0, 30));
    const broken = options({ advisories: folder });
    expect(await (await openScanBook(broken)).epss('CVE-2021-44228')).toBeUndefined();
    expect(broken.told).toEqual([expect.stringContaining('EPSS')]);
    await expect(openScanBook(options({ epss: '/no/epss.csv.gz' }))).rejects.toThrow('there is no such file');
  });

  test('takes the newest catalogue that was fetched or bundled beside advisories that have none', async () => {
    const advisories = writeAdvisories(freshFolder(), []);
    rmSync(path.join(advisories, 'kev.json'), { force: true });
    const given = options({ advisories });
    const fetched = (dateReleased: string): void => {
      const one = { cveID: 'CVE-2099-12345', dateAdded: '2020-01-01' };
      mkdirSync(path.join(given.cacheFolder, 'db'), { recursive: true });
      writeFileSync(
        path.join(given.cacheFolder, 'db/kev.json'),
        JSON.stringify({ dateReleased, vulnerabilities: [one] }),
      );
    };
    const isKnown = async () => (await (await openScanBook(given)).kev('CVE-2099-12345')) !== undefined;
    expect(await isKnown()).toBe(false);
    fetched('2026-04-30T10:00:00.000Z');
    expect(await isKnown()).toBe(true);
    fetched('2001-01-01T10:00:00.000Z');
    expect(await isKnown()).toBe(false);
    writeFileSync(path.join(given.cacheFolder, 'db/kev.json'), '{"half');
    expect(await (await openScanBook(given)).kev('CVE-2021-44228')).toMatchObject({ dateAdded: '2021-12-10' });
    expect(given.told).toEqual([]);
  });

  test('prefers what OSV has over the starter advisories, and takes what it lacks from them', async () => {
    const osv = await serve((request, response) => {
      if (request.url !== '/Debian/all.zip') return response.writeHead(404).end();
      return response.writeHead(200, { etag: '"a"' }).end(makeZip([record('DSA-9-1', 'Debian:12', 'curl')]));
    });
    const given = options({ osv });
    const book = await openScanBook(given);
    expect((await book.shard('Debian:12'))?.lookup('curl').map(({ id }) => id)).toEqual(['DSA-9-1']);
    expect((await book.shard('npm'))?.lookup('lodash').length).toBeGreaterThan(0);
    expect(book.missed()).toBe(false);
    expect(given.told).toEqual([]);
    expect(book.used()).toMatchObject([
      { shard: 'Debian:12', source: osv, askedAt: new Date(start).toISOString() },
      { shard: 'npm', source: 'starter advisories' },
    ]);
  });

  test('keeps serving what it fetched, and says when that is old', async () => {
    let answers = true;
    const osv = await serve((_request, response) => {
      if (!answers) return response.writeHead(404).end();
      return response.writeHead(200, { etag: '"a"' }).end(makeZip([record('DSA-9-1', 'Debian:12', 'curl')]));
    });
    const given = options({ osv });
    await (await openScanBook(given)).shard('Debian:12');
    answers = false;
    const later = await openScanBook({ ...given, offline: true, now: () => new Date(start + 72 * hour) });
    expect((await later.shard('Debian:12'))?.lookup('curl')).toHaveLength(1);
    expect(later.reasons()).toEqual([
      {
        code: 'stale-advisories',
        text: 'advisories for debian-12 were last asked for on 2026-05-01: not asked (--offline)',
      },
    ]);
    // offline is what the person wanted: nothing is told and the gate decides by what is here
    expect(later.missed()).toBe(false);
    expect(given.told).toEqual([]);
  });

  test('fails for an address that was named and does not answer, and for a folder that is not there', async () => {
    const book = await openScanBook(options({ advisories: 'http://127.0.0.1:9/' }));
    await expect(book.shard('Debian:12')).rejects.toThrow('127.0.0.1:9');
    await expect(openScanBook(options({ advisories: '/no/such/folder' }))).rejects.toThrow(
      /there is no such folder; name a folder or address/,
    );
    await expect(
      openScanBook(options({ advisories: writeAdvisories(freshFolder(), []), kev: '/no/kev.json' })),
    ).rejects.toThrow(/there is no such file/);
  });

  test.each(['advisories', 'kev', 'epss', 'cveList', 'endOfLife'])(
    'names what %s is given when that is no address',
    async (name) => {
      const opened = openScanBook(options({ [name]: 'https://me:secret@[/osv/' }));
      await expect(opened).rejects.toThrow('https://[/osv/: it is not a web address');
    },
  );

  test('does not call its data newer than today', async () => {
    const zip = makeZip([
      record('DSA-8-1', 'Debian:12', 'curl'),
      record('DSA-9-1', 'Debian:12', 'curl', '2999-01-01T00:00:00Z'),
    ]);
    const osv = await serve((_request, response) => response.writeHead(200, { etag: '"a"' }).end(zip));
    const book = await openScanBook(options({ osv }));
    await book.shard('Debian:12');
    expect(book.used()).toMatchObject([{ asOf: '2026-04-01T00:00:00Z' }]);
  });

  test('leaves out a broken record and says which', async () => {
    const folder = writeAdvisories(freshFolder(), [
      { id: 'DSA-1-1', ecosystem: 'Debian:12', package: 'curl' },
      { id: 'DSA-2-1', ecosystem: 'Debian:12', package: 'zlib' },
    ]);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path.join(folder, 'Debian/DSA-3-1.json'), '{"id": "DSA-3-1"');
    const given = options({ advisories: folder });
    const book = await openScanBook(given);
    expect((await book.shard('Debian:12'))?.lookup('curl')).toHaveLength(1);
    expect(given.told).toEqual([expect.stringMatching(/^1 advisory of .* cannot be read and was left out: DSA-3-1$/)]);
  });
});
