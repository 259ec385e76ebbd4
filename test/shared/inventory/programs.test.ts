import { describe, expect, test } from 'vitest';
import { packageSets, packagesInUse } from '#shared/inventory';
import { contentOf, recordedFiles } from './classifiers/recorded.ts';
import { elfFile } from './elf-builder.ts';
import { inventoryOf, named, osRelease, stanza } from './images.ts';

/** A program that holds what was recorded of a real one, far from both ends. */
function programOf(product: string, file?: string): { readonly content: Buffer; readonly mode: number } {
  const recorded = recordedFiles.find((one) => one.product === product && (file ?? one.file) === one.file);
  if (recorded === undefined) throw new Error(`nothing was recorded of ${product}`);
  const code = Buffer.concat([Buffer.alloc(5000, 0x90), contentOf(recorded), Buffer.alloc(300, 0x90)]);
  return { content: elfFile({ code }), mode: 0o755 };
}

const unrecognised = 'programs and libraries that no package owns and that are not recognised';

function debian(
  name: string,
  version: string,
  paths: readonly string[],
  fields: Readonly<Record<string, string>> = {},
) {
  return {
    'etc/os-release': osRelease.debian12,
    'var/lib/dpkg/status': stanza(name, version, fields),
    [`var/lib/dpkg/info/${name}.list`]: paths.map((path) => `/${path}\n`).join(''),
  };
}

describe('programs that no package manager placed', () => {
  test('given a Redis that was copied in, then it is a package that Bitnami’s advisories judge', async () => {
    const { packages, executables } = await inventoryOf({ 'usr/local/bin/redis-server': programOf('redis') });

    expect(packages).toMatchObject([
      {
        type: 'program',
        key: { ecosystem: 'Bitnami', name: 'redis', version: '7.0.15' },
        purl: 'pkg:generic/redis@7.0.15',
        path: 'usr/local/bin/redis-server',
      },
    ]);
    expect(executables).toMatchObject([{ path: 'usr/local/bin/redis-server' }]);
  });

  test('given an Apache, then its key has the name that advisories use and its purl the product’s', async () => {
    const { packages } = await inventoryOf({ 'usr/local/apache2/bin/httpd': programOf('httpd') });
    expect(packages[0]).toMatchObject({
      key: { ecosystem: 'Bitnami', name: 'apache' },
      purl: expect.stringMatching(/^pkg:generic\/httpd@2\.4\./),
    });
  });

  test('given a root filesystem inside the image, then its database owns what lies in it, and nothing of the image’s own root', async () => {
    const { packages, executables } = await inventoryOf({
      'usr/bin/redis-server': programOf('redis'),
      'rootfs/usr/bin/redis-server': programOf('redis'),
      ...Object.fromEntries(
        Object.entries(debian('redis-server', '5:7.0.15-1', ['usr/bin/redis-server'])).map(([path, content]) => [
          `rootfs/${path}`,
          content,
        ]),
      ),
    });
    expect(packages.map(({ purl, path }) => [purl.split('?')[0], path])).toEqual([
      ['pkg:deb/debian/redis-server@5:7.0.15-1', 'rootfs/var/lib/dpkg/status'],
      ['pkg:generic/redis@7.0.15', 'usr/bin/redis-server'],
    ]);
    expect(executables.map(({ path, owner }) => [path, owner])).toEqual([
      ['rootfs/usr/bin/redis-server', 'deb:redis-server'],
      ['usr/bin/redis-server', undefined],
    ]);
  });

  test('given a database that the image reaches by a link, then it owns what lies in the image’s own root', async () => {
    const moved = Object.entries(debian('redis-server', '5:7.0.15-1', ['usr/bin/redis-server'])).map(
      ([path, content]) => [path.replace(/^var/, 'data/var'), content] as const,
    );
    const { executables } = await inventoryOf({
      var: { link: '/data/var' },
      'usr/bin/redis-server': programOf('redis'),
      ...Object.fromEntries(moved),
    });
    expect(executables.map(({ path, owner }) => [path, owner])).toEqual([['usr/bin/redis-server', 'deb:redis-server']]);
  });

  test('given a product that nobody judges, then its key says so', async () => {
    const { packages } = await inventoryOf({ 'opt/bin/bash': programOf('bash') });
    expect(packages[0]?.key).toEqual({ ecosystem: 'Programs', name: 'bash', version: '5.2.15' });
  });

  test('given a library without x bit among Python’s packages, then it is known by its bytes', async () => {
    const { content } = programOf('openssl');
    const path = 'usr/lib/python3/site-packages/x.libs/libcrypto-3e69114b.so.3';
    const { packages } = await inventoryOf({ [path]: { content, mode: 0o644 } });
    expect(packages.map(({ key }) => key.name)).toEqual(['openssl']);
  });

  test('given one program at two paths of one layer, then both are listed and the layer’s set has it once', async () => {
    const inventory = await inventoryOf({
      'opt/a/redis-server': programOf('redis'),
      'opt/b/redis-cli': programOf('redis'),
    });
    expect(named(inventory)).toEqual(['redis@7.0.15', 'redis@7.0.15']);
    expect(packageSets(inventory).map(({ keys }) => keys.length)).toEqual([1]);
  });

  test('given one program with many names, as of busybox, then it is one package, and used by each of its names', async () => {
    const applets = Object.fromEntries(
      ['[[', 'busybox', 'httpd', 'sh'].map((name) => [`bin/${name}`, { hard: 'bin/[' }]),
    );
    const inventory = await inventoryOf({ 'bin/[': programOf('busybox') }, applets);
    expect(inventory.packages).toMatchObject([
      { key: { name: 'busybox' }, path: 'bin/busybox', alsoAt: ['bin/[', 'bin/[[', 'bin/httpd', 'bin/sh'] },
    ]);
    expect(inventory.executables).toHaveLength(5);
    const config = { ...inventory.config, entrypoint: ['/bin/httpd'], command: ['-f'] };
    expect([...packagesInUse({ ...inventory, config }).values()]).toEqual([
      { state: 'yes', why: expect.stringContaining('bin/httpd') },
    ]);
  });

  test('given another name of a file that the distribution owns, then it is the distribution’s; of one that was replaced since, it is not', async () => {
    const owned = {
      ...debian('redis-server', '5:7.0.15-1', ['usr/bin/redis-server']),
      'usr/bin/redis-server': programOf('redis'),
    };
    const link = { 'usr/local/bin/redis-server': { hard: 'usr/bin/redis-server' } };
    const replaced = { 'usr/bin/redis-server': { content: '#!/bin/sh\n', mode: 0o755 } };
    expect(named(await inventoryOf(owned, link))).toEqual(['redis-server@5:7.0.15-1']);
    expect(named(await inventoryOf(owned, link, replaced))).toEqual(['redis-server@5:7.0.15-1', 'redis@7.0.15']);
  });

  test('given a recognised program and a stranger, then only the stranger is a reason of coverage', async () => {
    const { coverage } = await inventoryOf(debian('base-files', '12.4', ['etc/debian_version']), {
      'usr/local/bin/redis-server': programOf('redis'),
      'usr/local/bin/mystery': { content: elfFile(), mode: 0o755 },
    });
    expect(coverage.reasons.map(({ text }) => text)).toEqual([`usr/local/bin/mystery: ${unrecognised}`]);
  });

  test('given the modules and sisters of what is recognised, then they are its parts; what others put beside them is not', async () => {
    const other = { content: elfFile(), mode: 0o755 };
    const { coverage } = await inventoryOf(debian('base-files', '12.4', ['etc/debian_version']), {
      'usr/local/lib/libpython3.13.so.1.0': programOf('python'),
      'usr/local/bin/python3.13': other,
      'usr/local/lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so': other,
      'usr/local/lib/libcrypto.so.3': programOf('openssl'),
      'usr/local/lib/libssl.so.3': other,
      'opt/jdk/lib/server/libjvm.so': programOf('java', 'libjvm.so'),
      'opt/jdk/lib/libnet.so': other,
      'opt/jdk/bin/keytool': other,
      'opt/other/lib/libnet.so': other,
      'usr/local/lib/python3.13/plugin.so': other,
      'usr/local/bin/python-plugin': other,
    });
    expect(coverage.reasons.map(({ text }) => text)).toEqual([`opt/other/lib/libnet.so and 2 more: ${unrecognised}`]);
  });

  test('given only recognised programs, then nothing is missing', async () => {
    const { coverage } = await inventoryOf(debian('base-files', '12.4', ['etc/debian_version']), {
      'usr/local/bin/redis-server': programOf('redis'),
    });
    expect(coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test('given a program whose bytes do not tell its version, then the version is unknown, in words that judging knows', async () => {
    const code = Buffer.from('path\tgithub.com/hashicorp/vault\nmod\tgithub.com/hashicorp/vault\t(devel)\t\n');
    const { packages } = await inventoryOf({ 'bin/vault': { content: elfFile({ code }), mode: 0o755 } });
    expect(packages[0]).toMatchObject({
      key: { ecosystem: 'Bitnami', name: 'vault', version: 'unknown' },
      purl: 'pkg:generic/vault',
    });
  });

  test('given a script or a text of such a name, then it is none', async () => {
    const { content } = programOf('redis');
    const { packages } = await inventoryOf({
      'usr/local/bin/redis-server': {
        content: Buffer.concat([Buffer.from('#!/bin/sh\n'), content.subarray(64)]),
        mode: 0o755,
      },
      'usr/local/bin/redis-cli': { content: content.subarray(64), mode: 0o755 },
      'usr/share/doc/redis-server': { content, mode: 0o644 },
    });
    expect(packages).toEqual([]);
  });

  test('given a program that is an archive behind a script, then it is known by its bytes too', async () => {
    const content = '#!/usr/bin/env php\n<?php ... __HALT_COMPILER(); wp-cli/wp-cli 2.9.0 2023-10-25T09:10:40+00:00\n';
    const { packages } = await inventoryOf({ 'usr/local/bin/wp': { content, mode: 0o755 } });
    expect(packages.map(({ key }) => key)).toEqual([{ ecosystem: 'Bitnami', name: 'wp-cli', version: '2.9.0' }]);
  });

  test('given a later layer that replaces it by a script, then it is gone', async () => {
    const inventory = await inventoryOf(
      { 'usr/local/bin/redis-server': programOf('redis') },
      { 'usr/local/bin/redis-server': { content: '#!/bin/sh\nexec true\n', mode: 0o755 } },
    );
    expect(inventory.packages).toEqual([]);
  });
});

describe('programs that an OS package owns', () => {
  test('given the distribution’s package, then it is that package and no second one', async () => {
    const inventory = await inventoryOf({
      ...debian('redis-tools', '5:7.0.15-1', ['usr/bin/redis-server']),
      'usr/bin/redis-server': programOf('redis'),
    });
    expect(inventory.packages.map(({ type }) => type)).toEqual(['deb']);
    expect(inventory.executables[0]).toMatchObject({ owner: 'deb:redis-tools' });
  });

  test('given a path that is written through the merged /usr, then it is owned all the same', async () => {
    const inventory = await inventoryOf({
      ...debian('bash', '5.2.15-2+b2', ['bin/bash']),
      bin: { link: 'usr/bin' },
      'usr/bin/bash': programOf('bash'),
    });
    expect(named(inventory)).toEqual(['bash@5.2.15-2+b2']);
  });

  test('given a third party’s package, which no feed judges, then what it holds is judged as the program', async () => {
    const inventory = await inventoryOf({
      ...debian('nginx', '1.22.1-1~bookworm', ['usr/sbin/nginx'], {
        Maintainer: 'NGINX Packaging <nginx-packaging@f5.com>',
      }),
      'usr/sbin/nginx': programOf('nginx'),
    });
    const vendors = inventory.packages.map(({ type, key }) => `${type} ${key.vendor ?? 'own'}`);
    expect(vendors).toContain('program own');
  });

  test('given a distribution that nobody judges, then the program is', async () => {
    const inventory = await inventoryOf({
      ...debian('redis', '7.0.15', ['usr/bin/redis-server']),
      'etc/os-release': 'ID=unheard\nVERSION_ID=1\n',
      'usr/bin/redis-server': programOf('redis'),
    });
    expect(inventory.packages.map(({ type }) => type).sort()).toEqual(['deb', 'program']);
  });

  test('given another version that a later layer put in its place, then both are judged', async () => {
    const inventory = await inventoryOf(
      {
        ...debian('redis-tools', '5:6.0.16-1+deb11u2', ['usr/bin/redis-server']),
        'usr/bin/redis-server': { content: elfFile(), mode: 0o755 },
      },
      { 'usr/bin/redis-server': programOf('redis') },
    );
    expect(named(inventory)).toEqual(['redis-tools@5:6.0.16-1+deb11u2', 'redis@7.0.15']);
  });

  test.each(['5:7.0.15-2', '5:7.2.1+really7.0.15-1'])(
    'given the same version once more in a later layer (chmod -R), then it stays the package’s: %s',
    async (version) => {
      const inventory = await inventoryOf(
        {
          ...debian('redis-tools', version, ['usr/bin/redis-server']),
          'usr/bin/redis-server': { content: elfFile(), mode: 0o755 },
        },
        { 'usr/bin/redis-server': programOf('redis') },
      );
      expect(inventory.packages.map(({ type }) => type)).toEqual(['deb']);
    },
  );

  test('given 7.0.150 as the package, then 7.0.15 is another version', async () => {
    const inventory = await inventoryOf(debian('redis-tools', '5:7.0.150-1', ['usr/bin/redis-server']), {
      'usr/bin/redis-server': programOf('redis'),
    });
    expect(inventory.packages.map(({ type }) => type)).toEqual(['deb', 'program']);
  });

  test('given no list of owned files, then only what lies outside of the system’s folders is taken for no package’s', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('redis-tools', '5:7.0.15-1'),
      'usr/bin/redis-server': programOf('redis'),
      'usr/local/bin/bash': programOf('bash'),
    });
    expect(named(inventory, 'program')).toEqual(['bash@5.2.15']);
  });
});
