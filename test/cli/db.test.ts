import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { ownFeeds, tellingOfCopies } from '../../cli/scan/own-feeds.ts';
import { openScanBook } from '../../cli/scan/scan-book.ts';
import { high, many, releaseZip } from '../shared/advisories/cve-list/cve-records.ts';
import { chainguardPublication, redHatPublication } from '../shared/advisories/feeds/publications.ts';
import { built, rhel, vexDocument } from '../shared/advisories/feeds/red-hat/vex-documents.ts';
import { makeZip } from '../shared/advisories/make-zip.ts';
import { drydock, freshFolder } from './command.ts';

const record = (id: string, name: string) => ({
  name: `${id}.json`,
  bytes: Buffer.from(
    JSON.stringify({
      id,
      modified: '2026-01-02T00:00:00Z',
      affected: [{ package: { ecosystem: 'npm', name }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }] }],
    }),
  ),
});
const zipOf = (count: number): Buffer => makeZip(Array.from({ length: count }, (_, n) => record(`GHSA-${n}`, `p${n}`)));

const served = new Map<string, Buffer>();
const server = createServer((request, response) => {
  const body = served.get(decodeURIComponent(request.url ?? ''));
  if (body === undefined) response.writeHead(404).end();
  else response.writeHead(200, { etag: `"${body.length}"` }).end(body);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => void server.close());

const wolfi = chainguardPublication(3, '')['security.json'] ?? Buffer.alloc(0);
const good = (): void => {
  served.set('/osv/npm/all.zip', zipOf(10));
  served.set('/feeds/wolfi-secdb/security.json', wolfi);
  served.set(
    '/kev.json',
    Buffer.from(
      JSON.stringify({
        dateReleased: '2026-01-01',
        vulnerabilities: [{ cveID: 'CVE-2021-44228', dateAdded: '2021-12-10' }],
      }),
    ),
  );
  served.set(
    '/epss.csv.gz',
    gzipSync('#model_version:v1,score_date:2026-01-01T00:00:00Z\ncve,epss,percentile\nCVE-2021-44228,0.9,0.99\n'),
  );
  served.set('/cves.zip', releaseZip(many(20)));
  served.set(
    '/eol.json',
    Buffer.from(
      JSON.stringify({
        generated_at: '2026-01-01T00:00:00+00:00',
        result: [
          { name: 'debian', releases: [{ name: '12', isEol: false, eolFrom: '2026-07-11', eoesFrom: '2028-06-30' }] },
        ],
      }),
    ),
  );
};
const from = [
  '--from',
  `${address}/osv`,
  '--feeds',
  `${address}/feeds`,
  '--kev',
  `${address}/kev.json`,
  '--epss',
  `${address}/epss.csv.gz`,
  '--cve-list',
  `${address}/cves.zip`,
  '--end-of-life',
  `${address}/eol.json`,
];

describe('drydock db', () => {
  test('fetches for working offline, says what is there, and a scan uses it', async () => {
    good();
    const home = freshFolder();
    const cache = freshFolder();
    const run = (...args: string[]) => drydock(['db', ...args], { home, environment: { XDG_CACHE_HOME: cache } });
    expect((await run('status')).stdout).toMatch(/^nothing was fetched into .*; drydock db update Debian,npm does\n$/);
    expect((await run('status', './none')).stdout).toMatch(/none; drydock db export ".\/none" Debian,npm does\n$/);
    const first = await run('update', 'npm,Wolfi', ...from);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain('npm: fetched, 10 records');
    expect(first.stdout).toContain('Wolfi: fetched, 3 records');
    const again = (await run('update', ...from)).stdout;
    expect(again).toContain('npm: unchanged, 10 records');
    expect(again).toContain('cve-list: unchanged, 20 records');
    const status = JSON.parse((await run('status', '--json')).stdout) as { parts: Record<string, { records: number }> };
    expect(Object.entries(status.parts).map(([part, { records }]) => `${part} ${records}`)).toEqual([
      'npm 10',
      'Wolfi 3',
      'kev 1',
      'epss 1',
      'end-of-life 1',
      'cve-list 20',
    ]);
    const told = (await run('status')).stdout;
    expect(told).toMatch(/^npm: 10 records, 0\.0 MB, published as of 2026-01-02 00:00 UTC, fetched 20/m);
    expect(told).toMatch(/^kev: 1 records, .*published as of 2026-01-01, fetched/m);
    expect(told).toMatch(/^cve-list: 20 records, .*published as of 2024-06-01 14:42 UTC, fetched/m);
    expect(told).not.toContain('STALE');
    const book = await openScanBook({
      offline: true,
      cacheFolder: path.join(cache, 'drydock'),
      now: () => new Date(),
      warn: () => undefined,
    });
    expect((await book.shard('npm'))?.lookup('p3')).toHaveLength(1);
    expect((await book.shard('Wolfi'))?.lookup('p0')).toHaveLength(1);
    expect((await book.cves())?.lookup('CVE-2024-1000')?.ratings).toHaveLength(1);
    expect((await book.kev('CVE-2021-44228'))?.dateAdded).toBe('2021-12-10');
    expect(book.kevAsOf()).toBe('2026-01-01');
    expect((await book.epss('CVE-2021-44228'))?.score).toBeCloseTo(0.9, 3);
    expect((await book.endOfLife())?.ends.get('Debian:12')).toBe('2028-06-30');
  });

  test('marks what had no good answer for a day, with why, until it answers again: an unchanged answer is a good one', async () => {
    good();
    const home = freshFolder();
    const cache = freshFolder();
    const run = (...args: string[]) => drydock(['db', ...args], { home, environment: { XDG_CACHE_HOME: cache } });
    await run('update', 'npm', ...from);
    const index = path.join(cache, 'drydock/db/drydock-db.json');
    const aged = readFileSync(index, 'utf8').replaceAll(/"(fetchedAt|okAt)": "[^"]+"/g, '"$1": "2026-01-03T04:05:00Z"');
    writeFileSync(index, aged);
    expect((await run('status')).stdout).toMatch(
      /^npm: .*; STALE: last good answer 2026-01-03 04:05 UTC; drydock db update asks again$/m,
    );
    served.delete('/osv/npm/all.zip');
    await run('update', 'npm', ...from);
    expect((await run('status')).stdout).toMatch(
      /^npm: .*; STALE: last good answer 2026-01-03 04:05 UTC; .*does not hold it/m,
    );
    good();
    expect((await run('update', 'npm', ...from)).stdout).toContain('npm: unchanged');
    expect((await run('status')).stdout).not.toContain('STALE');
    const json = JSON.parse((await run('status', '--json')).stdout) as { parts: Record<string, object> };
    expect(json.parts['npm']).toMatchObject({
      asOf: '2026-01-02T00:00:00.000Z',
      stale: null,
      fetchedAt: '2026-01-03T04:05:00Z',
    });
    expect(json.parts['npm']).not.toHaveProperty('failing');
  });

  test('keeps of a publication whose archives have names of their own the newest, and a scan takes that instead of waiting', async () => {
    const home = freshFolder();
    const cache = freshFolder();
    const run = (...args: string[]) => drydock(['db', ...args], { home, environment: { XDG_CACHE_HOME: cache } });
    const cacheFolder = path.join(cache, 'drydock');
    const heavy = () => ownFeeds({ cacheFolder }).filter(({ row }) => row.heavy === true);
    expect(heavy()).toEqual([]);
    const changed = vexDocument([{ on: rhel.main('9.4'), ...built('p2', '1.2-4.el9_4', 'src'), status: 'fixed' }], {
      cve: 'CVE-2024-1002',
      released: '2026-01-04T00:00:00Z',
    });
    for (const [count, day] of [
      [3, '2026-01-02T00:00:00Z'],
      [4, '2026-01-03T00:00:00Z'],
    ] as const) {
      for (const [file, bytes] of Object.entries(redHatPublication(count, day)))
        served.set(`/feeds/red-hat-vex/${file}`, bytes);
      // what changed since the archive was made is there by itself
      served.set('/feeds/red-hat-vex/2024/cve-2024-1002.json', Buffer.from(JSON.stringify(changed)));
      expect((await run('update', 'Red Hat', ...from)).stdout).toContain(`Red Hat: fetched, ${count} records`);
    }
    const folder = path.join(cacheFolder, 'db/feeds/red-hat-vex');
    expect(readdirSync(path.dirname(folder))).toEqual(['red-hat-vex']);
    expect(readdirSync(folder).sort()).toEqual([
      '2024',
      'archive_latest.txt',
      'changes.csv',
      'csaf_vex_2026-01-03.tar.zst',
      'deletions.csv',
    ]);
    expect(heavy().map(({ origin }) => origin.describe)).toEqual([folder]);
    const book = await openScanBook({ offline: true, cacheFolder, now: () => new Date(), warn: () => undefined });
    const shard = await book.shard('Red Hat:enterprise_linux:9');
    expect(shard?.lookup('p3')).toHaveLength(1);
    expect(JSON.stringify(shard?.lookup('p2'))).toContain('1.2-4.el9_4');
    // OSV's copies are told of, once; what was fetched is not
    const told: string[] = [];
    for (const feeds of [[], heavy()]) {
      const telling = tellingOfCopies({ ...book, shard: async () => shard }, feeds, (text) => told.push(text));
      for (const name of ['npm', 'Red Hat:enterprise_linux:9', 'Red Hat:enterprise_linux:8']) await telling.shard(name);
    }
    expect(told).toEqual([expect.stringContaining("drydock db update 'Red Hat'")]);
  });

  test('exports a folder that --advisories reads; what is cut or much smaller later does not replace it', async () => {
    good();
    const home = freshFolder();
    const folder = path.join(freshFolder(), 'mirror');
    const run = (...args: string[]) =>
      drydock(['db', 'export', folder, ...args, ...from], { home, environment: { XDG_CACHE_HOME: freshFolder() } });
    expect(await run('npm,Wolfi')).toMatchObject({ code: 0 });
    for (const file of [
      'npm/all.zip',
      'feeds/wolfi-secdb/security.json',
      'kev.json',
      'epss.csv.gz',
      'cve-list.drydock',
    ])
      expect(existsSync(path.join(folder, file)), file).toBe(true);
    const whole = readFileSync(path.join(folder, 'npm/all.zip'));
    const list = readFileSync(path.join(folder, 'cve-list.drydock'));
    for (const bad of [zipOf(20).subarray(0, 900), zipOf(5), makeZip([])]) {
      served.set('/osv/npm/all.zip', bad);
      served.set('/feeds/wolfi-secdb/security.json', wolfi.subarray(0, 50));
      served.set('/cves.zip', releaseZip(many(10)));
      const { code, stdout } = await run();
      expect(code).toBe(1);
      expect(stdout).toMatch(/npm: .*refused|npm: .*nothing of it is used/);
      expect(stdout).toMatch(/cve-list: .*refused \(smaller\)/);
      expect(readFileSync(path.join(folder, 'cve-list.drydock')).equals(list)).toBe(true);
      expect(readFileSync(path.join(folder, 'npm/all.zip')).equals(whole)).toBe(true);
      expect(readFileSync(path.join(folder, 'feeds/wolfi-secdb/security.json')).equals(wolfi)).toBe(true);
    }
    const book = await openScanBook({
      advisories: folder,
      offline: true,
      cacheFolder: freshFolder(),
      now: () => new Date(),
      warn: () => undefined,
    });
    expect((await book.shard('Wolfi'))?.lookup('p0')).toHaveLength(1);
    expect(await book.kev('CVE-2021-44228')).toMatchObject({ dateAdded: '2021-12-10' });
    expect((await book.cves())?.lookup('CVE-2024-1019')?.ratings).toEqual([
      { by: 'redhat', container: 'cna', value: high },
    ]);
    expect(book.cvesAsOf()).toBe('2024-06-01T14:42:18Z');
    expect((await book.endOfLife())?.ends.get('Debian:12')).toBe('2028-06-30');
    expect(await book.epss('CVE-2021-44228')).toEqual({
      score: expect.closeTo(0.9, 3),
      percentile: expect.closeTo(0.99, 3),
    });
  });

  test("takes OSV's withdrawn records of no package too, which nothing is judged by", async () => {
    good();
    const withdrawn = { id: 'BELL-CVE-2000-0344', modified: '2023-11-10T14:48:56Z', withdrawn: '2023-11-10T14:48:56Z' };
    const bytes = Buffer.from(JSON.stringify({ ...withdrawn, affected: [] }));
    served.set('/osv/[EMPTY]/all.zip', makeZip([{ name: `${withdrawn.id}.json`, bytes }]));
    const folder = freshFolder();
    const ran = await drydock(['db', 'export', folder, 'npm,[EMPTY]', ...from], {
      home: freshFolder(),
      environment: { XDG_CACHE_HOME: freshFolder() },
    });
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain('[EMPTY]: fetched, 1 records');
    expect(existsSync(path.join(folder, '[EMPTY]/all.zip'))).toBe(true);
  });

  test('takes catalogues from files, and keeps one when a much smaller one comes from the same place', async () => {
    good();
    const home = freshFolder();
    const folder = freshFolder();
    const files = freshFolder();
    const kev = (count: number): string =>
      JSON.stringify({
        dateReleased: '2026-01-01',
        vulnerabilities: Array.from({ length: count }, (_, n) => ({
          cveID: `CVE-2024-${1000 + n}`,
          dateAdded: '2024-01-01',
        })),
      });
    const file = path.join(files, 'kev.json');
    const run = () =>
      drydock(['db', 'export', folder, 'npm', ...from, '--kev', file, '--cve-list', 'none'], {
        home,
        environment: { XDG_CACHE_HOME: freshFolder() },
      });
    expect((await run()).stdout).toContain(`kev: advisories of ${file} refused (empty)`);
    writeFileSync(file, kev(20));
    expect((await run()).stdout).toContain('kev: fetched, 20 records');
    writeFileSync(file, kev(5));
    const refused = await run();
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('5 records instead of 20');
    expect(readFileSync(path.join(folder, 'kev.json'), 'utf8')).toBe(kev(20));
    writeFileSync(file, kev(25));
    expect((await run()).stdout).toContain('kev: fetched, 25 records');
  });

  test.each([
    ['--from', '/mnt/osv'],
    ['--kev', 'https://['],
    ['--cve-list', 'https://['],
    ['--feeds', 'https://['],
  ])('%s %s is no address, and is named', async (option, where) => {
    const { code, stderr } = await drydock(['db', 'update', 'npm', option, where], {
      home: freshFolder(),
      environment: { XDG_CACHE_HOME: freshFolder() },
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`${option} "${where}" is no address`);
  });

  test('a folder of publications that is not there, or holds none, is named: OSV alone is what --feeds none says', async () => {
    const home = freshFolder();
    const folder = freshFolder();
    const refused = async (where: string) => {
      const { code, stderr } = await drydock(['db', 'update', 'Wolfi', '--feeds', where], {
        home,
        environment: { XDG_CACHE_HOME: freshFolder() },
      });
      expect(code).toBe(1);
      return stderr;
    };
    expect(await refused('hoem')).toMatch(/--feeds "hoem": there is no such folder; write home, none/);
    expect(await refused(folder)).toContain('no publication lies in it');
    good();
    mkdirSync(path.join(folder, 'wolfi-secdb'));
    writeFileSync(path.join(folder, 'wolfi-secdb/security.json'), wolfi);
    const found = await drydock(['db', 'update', 'Wolfi', ...from, '--feeds', folder], {
      home,
      environment: { XDG_CACHE_HOME: freshFolder() },
    });
    expect(found.stdout).toContain('Wolfi: fetched, 3 records');
  });

  test.each([['../npm'], ['npm,/etc'], ['']])('%j is no ecosystem', async (name) => {
    const { code, stderr } = await drydock(['db', 'update', name], {
      home: freshFolder(),
      environment: { XDG_CACHE_HOME: freshFolder() },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('ecosystem');
  });
});
