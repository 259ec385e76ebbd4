import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeZip } from '../shared/advisories/make-zip.ts';
import { drydock, freshFolder } from './command.ts';
import { advisories, application, at, home, layout, packages, reportOf, scan } from './scanned-debian.ts';
import { debianImage, writeLayout } from './stored-images.ts';

describe('what a scan remembers', () => {
  test('layers: the second scan does not read them again', async () => {
    const own = freshFolder();
    const image = debianImage(packages, application);
    const folder = writeLayout(path.join(own, 'image'), image);
    const args = [
      'scan',
      folder,
      '--advisories',
      advisories,
      '--format',
      'json',
      '--cache-dir',
      path.join(own, 'kept'),
    ];
    const first = await drydock(args, { home: own });
    const manifest = JSON.parse(image.blobs.get(image.descriptor.digest)!.toString()) as {
      layers: { digest: string }[];
    };
    for (const { digest } of manifest.layers) rmSync(path.join(folder, 'blobs', digest.replace(':', '/')));
    const second = await drydock(args, { home: own });
    expect(second).toEqual(first);
    expect(existsSync(path.join(own, 'cache/drydock/layers'))).toBe(false);
    const elsewhere = await drydock([...args.slice(0, -1), path.join(own, 'other')], { home: own });
    expect(elsewhere.code).toBe(1);
  });

  test('advisories from the web: they are fetched once, and serve without it', async () => {
    const asked: string[] = [];
    const record = readFileSync(path.join(advisories, 'Debian/DSA-1-1.json'));
    const zip = makeZip([{ name: 'DSA-1-1.json', bytes: record }]);
    let gone = false;
    const server = createServer((request, response) => {
      // it keeps its port, which the server of another test could have got
      if (gone) return void request.socket.destroy();
      asked.push(request.url ?? '');
      if (request.url === '/Debian/all.zip') response.writeHead(200, { etag: '"1"' }).end(zip);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const own = freshFolder();
    const run = (...args: string[]) =>
      drydock(['scan', layout, '--advisories', address, '--kev', path.join(advisories, 'kev.json'), ...args], {
        home: own,
      });
    const first = await run('--format', 'json');
    expect(first.stderr).toBe('');
    expect(reportOf(first).findings.map(({ vulnerability }) => vulnerability)).toEqual(['CVE-2023-38545']);
    expect(reportOf(first).coverage.reasons.map(({ text }) => text)).toEqual(['no advisories for npm']);
    const count = asked.length;
    gone = true;
    expect(reportOf(await run('--format', 'json')).findings).toHaveLength(1);
    expect((await run('--offline')).code).toBe(0);
    expect(asked).toHaveLength(count);
    server.closeAllConnections();
    server.close();
  });

  test('nothing, where the cache cannot be written: it says so and goes on', async () => {
    writeFileSync(at('a-file'), '');
    const options = ['--cache-dir', path.join(at('a-file'), 'cache')];
    const TMPDIR = at('temporary');
    mkdirSync(TMPDIR);
    const ran = await drydock(['scan', layout, '--advisories', advisories, ...options], {
      home,
      environment: { TMPDIR },
    });
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('cannot be written, so nothing is remembered; choose another folder with --cache-dir');
    expect(readdirSync(TMPDIR)).toEqual([]);
    expect((await scan(layout, '--quiet', ...options)).stderr).toBe('');
  });
});
