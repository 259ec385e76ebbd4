import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readFolder } from '#shared/inventory';
import { elfFile } from './elf-builder.ts';
import { inventoryOf, named, osRelease, stanza } from './images.ts';
import { gguf } from './large-file-builders.ts';

const home = mkdtempSync(path.join(tmpdir(), 'drydock-rootfs-'));
afterAll(() => {
  execFileSync('chmod', ['-R', 'u+rwx', home]);
  rmSync(home, { recursive: true, force: true });
});
let count = 0;
function rootfs(files: Readonly<Record<string, string | Buffer>>): string {
  count += 1;
  const folder = path.join(home, String(count));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}
const debian = {
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status': stanza('curl', '7.88.1-10') + stanza('perl-base', '5.36.0-7', { Source: 'perl' }),
  'var/lib/dpkg/info/curl.list': '/.\n/usr\n/usr/bin\n/usr/bin/curl\n',
  'usr/bin/curl': '\x7fELF-curl',
  'app/run.sh': '#!/bin/sh\n',
  'app/node_modules/a/package.json': '{"name":"a","version":"1.0.0"}',
};
const elf = (folder: string) => {
  chmodSync(path.join(folder, 'usr/bin/curl'), 0o4755);
  chmodSync(path.join(folder, 'app/run.sh'), 0o755);
  return folder;
};

describe('a root filesystem in a folder', () => {
  test('is read only as far as somebody looks: of a model no more than its beginning', async () => {
    const model = Buffer.concat([gguf({ 'general.architecture': 'llama' }), Buffer.alloc(4 << 20)]);
    const folder = rootfs({ ...debian, 'models/llama.gguf': model });
    const { packages, coverage } = await readFolder(folder, { limits: { maxUnpackedBytes: 1 << 20 } });
    expect(packages.filter(({ type }) => type === 'model').map(({ key }) => key.name)).toEqual(['llama']);
    expect(coverage.reasons.filter(({ code }) => code === 'limit')).toEqual([]);
  });

  test('has the packages, executables and owners of the same files in a layer', async () => {
    const folder = elf(rootfs(debian));
    const fromFolder = await readFolder(folder);
    const fromLayer = await inventoryOf({
      ...debian,
      'usr/bin/curl': { content: debian['usr/bin/curl'], mode: 0o4755 },
      'app/run.sh': { content: debian['app/run.sh'], mode: 0o755 },
    });
    const withoutLayer = ({ layer: _, ...rest }: { readonly layer: string }) => rest;
    expect(fromFolder.packages.map(withoutLayer)).toEqual(fromLayer.packages.map(withoutLayer));
    expect(fromFolder.executables.map(withoutLayer)).toEqual(fromLayer.executables.map(withoutLayer));
    expect(fromFolder.executables).toContainEqual(expect.objectContaining({ mode: 0o4755, owner: 'deb:curl' }));
    expect(fromFolder.distribution).toEqual(fromLayer.distribution);
    expect(fromFolder.coverage).toEqual(fromLayer.coverage);
    expect(fromFolder.origin).toEqual({ kind: 'folder', path: folder });
  });

  test('has programs that are larger than one piece of reading', async () => {
    const early = Buffer.concat([Buffer.alloc(5000, 0x90), Buffer.from('\0OpenSSL 3.0.13 30 Jan 2024\0')]);
    const content = elfFile({ type: 3, soname: 'libcrypto.so.3', code: Buffer.concat([early, Buffer.alloc(3 << 20)]) });
    const fromFolder = await readFolder(rootfs({ 'opt/lib/libcrypto.so.3': content }));
    expect(named(fromFolder)).toEqual(['openssl@3.0.13']);
    expect(fromFolder.executables).toMatchObject([{ linkage: { soname: 'libcrypto.so.3' } }]);
  });

  test('has the same digest wherever it lies, and another one when anything that counts differs', async () => {
    const digests = await Promise.all(
      [debian, debian, { ...debian, 'app/x': '' }, { ...debian, 'etc/os-release': osRelease.alpine320 }].map(
        async (files) => (await readFolder(rootfs(files))).image,
      ),
    );
    expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
    expect(new Set(digests).size).toBe(3);
  });

  test('does not look behind links, whether they lead out of it or round in circles', async () => {
    const outside = rootfs({ 'node_modules/outside/package.json': '{"name":"outside","version":"1.0.0"}' });
    const folder = rootfs(debian);
    symlinkSync(outside, path.join(folder, 'out'));
    symlinkSync('..', path.join(folder, 'app/up'));
    symlinkSync('/etc/shadow', path.join(folder, 'etc/passwd'));
    symlinkSync('../usr/lib/os-release', path.join(folder, 'etc/system-release'));
    expect(named(await readFolder(folder))).toEqual(['curl@7.88.1-10', 'perl-base@5.36.0-7', 'a@1.0.0']);
  });

  test('follows the links that the image follows: os-release in usr/lib', async () => {
    const folder = rootfs({ 'usr/lib/os-release': osRelease.alpine320, 'etc/x': '' });
    symlinkSync('../usr/lib/os-release', path.join(folder, 'etc/os-release'));
    expect((await readFolder(folder)).distribution).toMatchObject({ id: 'alpine', ecosystem: 'Alpine:v3.20' });
  });

  test('passes over pipes and sockets, and reads hard links as the files that they are', async () => {
    const folder = rootfs(debian);
    const pipe = path.join(folder, 'app/node_modules/pipe/package.json');
    mkdirSync(path.dirname(pipe), { recursive: true });
    execFileSync('mkfifo', [pipe]);
    chmodSync(pipe, 0o777);
    const server = createServer();
    // by a short name: a socket's may have some hundred bytes, and temporary folders can lie deep
    const before = process.cwd();
    process.chdir(folder);
    await new Promise<void>((resolve) => server.listen('run.sock', resolve));
    process.chdir(before);
    const linked = path.join(folder, 'app/node_modules/b');
    mkdirSync(linked);
    linkSync(path.join(folder, 'app/node_modules/a/package.json'), path.join(linked, 'package.json'));
    const inventory = await readFolder(folder);
    await new Promise((resolve) => server.close(resolve));
    expect(inventory.packages.filter(({ type }) => type === 'npm').map((found) => found.path)).toEqual([
      'app/node_modules/a/package.json',
      'app/node_modules/b/package.json',
    ]);
  });

  test('ends when it is told to, in the middle of a large file too', async () => {
    const folder = rootfs({ disk: '' });
    truncateSync(path.join(folder, 'disk'), 2 ** 40);
    chmodSync(path.join(folder, 'disk'), 0o755);
    const abort = new AbortController();
    const reading = readFolder(folder, {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    });
    await expect(reading).rejects.toThrow('enough');
  });

  test('says what it may not read', async ({ skip }) => {
    const folder = rootfs(debian);
    chmodSync(path.join(folder, 'app/node_modules/a/package.json'), 0);
    chmodSync(path.join(folder, 'var/lib/dpkg'), 0);
    // root may read everything
    if (process.getuid?.() === 0) return skip();
    const { coverage, packages } = await readFolder(folder);
    expect(packages).toEqual([]);
    expect(coverage.reasons.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'var/lib/dpkg: cannot be opened (EACCES)',
        'app/node_modules/a/package.json: cannot be read (EACCES)',
      ]),
    );
  });

  test('keeps names that are no UTF-8 apart, and hostile ones as data', async () => {
    const folder = rootfs(debian);
    for (const name of [Buffer.from([0x66, 0xff]), Buffer.from([0x66, 0xfe]), Buffer.from('\u001b[2J\n')]) {
      const inner = Buffer.concat([Buffer.from(`${folder}/app/node_modules/`), name]);
      mkdirSync(inner);
      writeFileSync(Buffer.concat([inner, Buffer.from('/package.json')]), '{"name":"x","version":"1.0.0"}');
    }
    const found = (await readFolder(folder)).packages.filter(({ key }) => key.name === 'x').map((each) => each.path);
    expect(found.sort()).toEqual([
      'app/node_modules/\u001b[2J\n/package.json',
      'app/node_modules/f\u00fe/package.json',
      'app/node_modules/f\u00ff/package.json',
    ]);
  });

  test('is cut by limits like a layer, and says so', async () => {
    const { coverage } = await readFolder(rootfs(debian), { limits: { maxEntries: 3 } });
    expect(coverage.reasons[0]).toMatchObject({ code: 'limit' });
    const bytes = await readFolder(rootfs(debian), { limits: { maxUnpackedBytes: 5 } });
    expect(bytes.coverage.reasons[0]?.text).toContain('maxUnpackedBytes');
  });

  test('that is not there is an error, and a signal ends reading', async () => {
    await expect(readFolder(path.join(home, 'nothing'))).rejects.toThrow('ENOENT');
    const stop = AbortSignal.abort(new Error('stop'));
    await expect(readFolder(rootfs(debian), { signal: stop })).rejects.toThrow('stop');
  });
});
