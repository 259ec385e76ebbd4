import { describe, expect, test } from 'vitest';
import { type InUse, type Inventory, mergeLayers, packageKeyId, packagesInUse } from '#shared/inventory';
import type { ImageConfig } from '#shared/oci';
import { elfFile } from './elf-builder.ts';
import { factsOf, imageOf, layerOf, osRelease, stanza, type Tree } from './images.ts';

const loader = '/lib64/ld-linux-x86-64.so.2';
const program = (...needed: readonly string[]) => ({
  content: elfFile({ loader, needed: needed.map((name) => ({ name })) }),
  mode: 0o755,
});
const library = (soname: string, ...needed: readonly string[]) => ({
  content: elfFile({ type: 3, soname, needed: needed.map((name) => ({ name })) }),
  mode: 0o644,
});
const script = (line: string) => ({ content: `#!${line}\n`, mode: 0o755 });
const lib = 'usr/lib/x86_64-linux-gnu';

/** A Debian of today: `/bin` and `/lib` are links, `sh` is dash, and packages own their files under both names. */
const debian: Tree = {
  'etc/os-release': osRelease.debian12,
  bin: { link: 'usr/bin' },
  lib: { link: 'usr/lib' },
  lib64: { link: 'usr/lib64' },
  'var/lib/dpkg/status': ['libc6', 'libssl3', 'openssl', 'zlib1g', 'dash', 'curl', 'libcurl4', 'tzdata', 'nginx']
    .map((name) => stanza(name, '1.0-1'))
    .join(''),
  'var/lib/dpkg/info/libc6:amd64.list': `/lib/x86_64-linux-gnu/libc.so.6\n/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2\n`,
  'var/lib/dpkg/info/libssl3:amd64.list': `/${lib}/libssl.so.3\n/${lib}/libcrypto.so.3\n`,
  'var/lib/dpkg/info/openssl.list': '/usr/bin/openssl\n',
  'var/lib/dpkg/info/zlib1g:amd64.list': `/${lib}/libz.so.1.2.13\n`,
  'var/lib/dpkg/info/dash.list': '/bin/dash\n',
  'var/lib/dpkg/info/curl.list': '/usr/bin/curl\n',
  'var/lib/dpkg/info/libcurl4:amd64.list': `/${lib}/libcurl.so.4\n`,
  'var/lib/dpkg/info/tzdata.list': '/usr/share/zoneinfo/UTC\n',
  'var/lib/dpkg/info/nginx.list': '/usr/sbin/nginx\n',
  [`${lib}/libc.so.6`]: library('libc.so.6', 'ld-linux-x86-64.so.2'),
  [`${lib}/ld-linux-x86-64.so.2`]: library('ld-linux-x86-64.so.2'),
  'usr/lib64/ld-linux-x86-64.so.2': { link: '../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2' },
  [`${lib}/libssl.so.3`]: library('libssl.so.3', 'libcrypto.so.3', 'libc.so.6'),
  [`${lib}/libcrypto.so.3`]: library('libcrypto.so.3', 'libc.so.6'),
  [`${lib}/libz.so.1.2.13`]: library('libz.so.1', 'libc.so.6'),
  [`${lib}/libcurl.so.4`]: library('libcurl.so.4', 'libssl.so.3', 'libc.so.6'),
  'usr/bin/openssl': program('libssl.so.3', 'libc.so.6'),
  'usr/bin/dash': program('libc.so.6'),
  'usr/bin/sh': { link: 'dash' },
  'usr/bin/curl': program('libcurl.so.4', 'libc.so.6'),
  'usr/sbin/nginx': program('libssl.so.3', 'libz.so.1', 'libc.so.6'),
};

async function imageWith(config: Partial<ImageConfig>, ...trees: readonly Tree[]): Promise<Inventory> {
  const layers = trees.map((tree) => layerOf(tree));
  const facts = await Promise.all(layers.map((layer) => factsOf(layer)));
  return mergeLayers({ image: await imageOf(layers, config), facts });
}

function answers(inventory: Inventory): Record<string, InUse> {
  const found = packagesInUse(inventory);
  return Object.fromEntries(
    inventory.packages.map(({ key }) => [key.name, found.get(packageKeyId(key)) ?? { state: 'unknown', why: 'none' }]),
  );
}

const states = (inventory: Inventory): Record<string, InUse['state']> =>
  Object.fromEntries(Object.entries(answers(inventory)).map(([name, { state }]) => [name, state]));

describe('packages that an entrypoint leads to', () => {
  test('given a server, then what it needs is in use with what leads there, and what nothing leads to is not seen', async () => {
    const found = answers(await imageWith({ entrypoint: ['nginx', '-g', 'daemon off;'] }, debian));
    expect(found.nginx).toEqual({ state: 'yes', why: 'nginx (usr/sbin/nginx)' });
    expect(found.libssl3).toEqual({ state: 'yes', why: `nginx -> libssl.so.3 (${lib}/libssl.so.3)` });
    expect(found.libc6?.state).toBe('yes');
    expect(found.zlib1g?.why).toBe(`nginx -> libz.so.1 (${lib}/libz.so.1.2.13)`);
    expect(found.curl).toEqual({ state: 'not seen', why: 'nothing that nginx starts or needs is of it' });
    expect(found.libcurl4?.state).toBe('not seen');
    // the command line tool is another package than its library
    expect(found.openssl?.state).toBe('not seen');
  });

  test('given a package without any program or library, then nothing shows whether it is used', async () => {
    expect(answers(await imageWith({ entrypoint: ['/usr/sbin/nginx'] }, debian)).tzdata).toEqual({
      state: 'unknown',
      why: 'it is not known to hold a program or a library, so nothing shows whether it is used',
    });
  });

  test('given an entrypoint script, then its shell and the command that it is given are in use, and nothing is called unseen', async () => {
    const found = answers(
      await imageWith(
        { entrypoint: ['/docker-entrypoint.sh'], command: ['nginx', '-g', 'daemon off;'] },
        { ...debian, 'docker-entrypoint.sh': script('/bin/sh -e') },
      ),
    );
    expect(found.dash).toEqual({ state: 'yes', why: '/docker-entrypoint.sh -> /bin/sh (usr/bin/dash)' });
    expect(found.libssl3?.why).toContain('/docker-entrypoint.sh -> nginx -> libssl.so.3');
    expect(found.curl).toEqual({
      state: 'unknown',
      why: '/docker-entrypoint.sh -> /bin/sh reads commands, and what else these start is not known',
    });
  });

  test.each<[string, readonly string[], InUse['state']]>([
    ['a plain shell form', ['/bin/sh', '-c', 'exec nginx -g daemon'], 'not seen'],
    ['several commands', ['/bin/sh', '-c', 'cd /srv && umask 022; nginx'], 'not seen'],
    ['one that starts curl', ['/bin/sh', '-c', 'nginx && curl http://x'], 'yes'],
    ['a variable, which may be anything', ['/bin/sh', '-c', 'exec $SERVER'], 'unknown'],
    ['a substitution', ['/bin/sh', '-c', 'nginx `cat /x`'], 'unknown'],
    ['a command that is not there', ['/bin/sh', '-c', 'nothing && nginx'], 'unknown'],
    ['commands line by line', ['/bin/sh', '-c', 'set -e\nnginx\n\ncurl http://x\n'], 'yes'],
    ['a command for when the shell ends', ['/bin/sh', '-c', "trap 'curl x' EXIT; nginx"], 'unknown'],
    ['something in the background', ['/bin/sh', '-c', 'nginx & nginx'], 'unknown'],
    ['hostile pipes', ['/bin/sh', '-c', `nginx ${'|'.repeat(5_000)}(`], 'unknown'],
    ['more text than is read', ['/bin/sh', '-c', `nginx ${' '.repeat(10_000)}; curl x`], 'unknown'],
    ['more commands than are followed', ['/bin/sh', '-c', `${'nginx;'.repeat(300)}curl x`], 'unknown'],
    ['a script for the shell', ['sh', 'start.sh'], 'unknown'],
    ['a wrapper', ['/usr/bin/tini', '--', 'nginx'], 'not seen'],
    ['a wrapper around the shell', ['tini', '-g', '--', 'sh', '-c', 'curl x'], 'yes'],
    ['a wrapper around what is not there', ['tini', '--', '/srv/own'], 'unknown'],
    ['a supervisor', ['supervisord', '-n'], 'unknown'],
    ['what is not there', ['/srv/own'], 'unknown'],
    ['nothing', [], 'unknown'],
  ])('given %s, then curl is: %#', async (_, entrypoint, state) => {
    const tree = {
      ...debian,
      'usr/bin/tini': program('libc.so.6'),
      'usr/bin/supervisord': script('/usr/bin/python3'),
      'usr/bin/python3.11': program('libc.so.6'),
      'usr/bin/python3': { link: 'python3.11' },
    };
    expect(states(await imageWith({ entrypoint }, tree)).curl).toBe(state);
  });

  test('given a needed library that is not in the image, then nothing is called unseen', async () => {
    const tree = { ...debian, 'usr/sbin/nginx': program('libmissing.so.9', 'libc.so.6') };
    expect(answers(await imageWith({ entrypoint: ['nginx'] }, tree)).curl).toEqual({
      state: 'unknown',
      why: 'libmissing.so.9, which nginx needs, was not found',
    });
  });

  test('given libraries that need each other in a circle, then each is looked at once', async () => {
    const tree = {
      ...debian,
      [`${lib}/libc.so.6`]: library('libc.so.6', 'libssl.so.3'),
    };
    expect(states(await imageWith({ entrypoint: ['curl'] }, tree))).toMatchObject({
      libssl3: 'yes',
      nginx: 'not seen',
    });
  });
});

describe('packages of applications', () => {
  const python: Tree = {
    ...debian,
    'usr/local/bin/python3.12': program('libc.so.6'),
    'usr/local/bin/python': { link: 'python3.12' },
    'usr/local/lib/python3.12/lib-dynload/_ssl.cpython-312-x86_64-linux-gnu.so': library(
      '',
      'libssl.so.3',
      'libc.so.6',
    ),
    'usr/local/lib/python3.12/site-packages/flask-3.0.0.dist-info/METADATA':
      'Metadata-Version: 2.1\nName: flask\nVersion: 3.0.0\n',
    'srv/package.json': '{"name":"left","version":"1.0.0"}',
    'srv/node_modules/left-pad/package.json': '{"name":"left-pad","version":"1.3.0"}',
  };

  test('given an interpreter, then what it may load is unknown, and what only another one would load is not seen', async () => {
    const found = answers(await imageWith({ entrypoint: ['python', 'app.py'] }, python));
    expect(found.flask).toEqual({ state: 'unknown', why: 'python may load flask' });
    expect(found['left-pad']).toEqual({ state: 'not seen', why: 'python starts nothing that could load it' });
    // through an extension module that nothing is linked with
    expect(found.libssl3).toEqual({
      state: 'unknown',
      why: `python may load _ssl.cpython-312-x86_64-linux-gnu.so -> libssl.so.3 (${lib}/libssl.so.3)`,
    });
    expect(found.libcurl4?.state).toBe('not seen');
  });

  test('given a script of an interpreter by its name, then that interpreter runs', async () => {
    const tree = { ...python, 'usr/local/bin/gunicorn': script('/usr/bin/env -S python -u'), 'usr/bin/env': program() };
    expect(answers(await imageWith({ command: ['gunicorn', 'app:app'] }, tree)).flask).toEqual({
      state: 'unknown',
      why: 'gunicorn -> /usr/bin/env -> python may load flask',
    });
  });

  test('given a package of the distribution that brings one of a language, then it is used as that one is', async () => {
    const tree: Tree = {
      ...debian,
      'var/lib/dpkg/status': `${stanza('python3-requests', '2.28.1+dfsg-1')}${stanza('python3-minimal', '3.11')}`,
      'var/lib/dpkg/info/python3-requests.list': '/usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO\n',
      'usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO':
        'Metadata-Version: 2.1\nName: requests\nVersion: 2.28.1\n',
      'usr/bin/python3': program('libc.so.6'),
    };
    const running = answers(await imageWith({ entrypoint: ['python3'] }, tree));
    expect(running['python3-requests']?.why).toBe('python3 may load deb:python3-requests');
    const other = answers(await imageWith({ entrypoint: ['curl'] }, tree));
    expect(other['python3-requests']?.state).toBe('not seen');
  });

  test('given an image whose files nobody listed, then nothing is known', async () => {
    const inventory = await imageWith({ entrypoint: ['nginx'] }, { ...debian, 'usr/sbin/nginx': null });
    expect(new Set(Object.values(states({ ...inventory, executables: [] })))).toEqual(new Set(['unknown']));
  });
});

test('a hostile image is looked at within bounds: endless words, a long chain, links in a circle', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 400 }, (_, at) => [
      `usr/lib/lib${at}.so`,
      library(`lib${at}.so`, `lib${at + 1}.so`, `lib${(at * 7) % 400}.so`),
    ]),
  );
  const inventory = await imageWith(
    {
      entrypoint: ['tini', ...Array.from({ length: 50 }, () => 'tini'), 'start'],
      command: Array.from({ length: 10_000 }, () => '--x'),
      workingDir: '/../../../srv',
    },
    {
      ...debian,
      ...many,
      'usr/bin/tini': program('lib0.so'),
      'usr/bin/start': { link: 'stop' },
      'usr/bin/stop': { link: 'start' },
    },
  );
  expect(answers(inventory).curl?.why).toBe(
    'tini -> tini -> tini -> tini -> tini -> tini -> tini -> tini -> tini starts more than is followed',
  );
});

test('given scripts that browsers load, then an image without Node.js says nothing of them', async () => {
  const inventory = await imageWith({ entrypoint: ['/usr/bin/curl'] }, debian, {
    'opt/share/jupyter/lab/static/third-party-licenses.json': '{"packages":[{"name":"marked","versionInfo":"17.0.1"}]}',
    'srv/node_modules/ms/package.json': '{"name":"ms","version":"2.1.2"}',
  });
  const { marked, ms } = answers(inventory);
  expect(marked?.state).toBe('unknown');
  expect(ms?.state).toBe('not seen');
});
