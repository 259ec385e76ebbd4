import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeLayers, packageSets } from '#shared/inventory';
import { damage } from './damage.ts';
import { factsOf, imageOf, inventoryOf, layerOf, osRelease, stanza, type Tree } from './images.ts';
import { pom, zipOf } from './zip-builder.ts';

/** Evidence of every kind in its real shape, to be damaged. */
const samples: Readonly<Record<string, Buffer>> = {
  'var/lib/dpkg/status': Buffer.from(
    stanza('libcurl4', '7.88.1-10+deb12u4', { Source: 'curl (7.88.1-10)', Maintainer: 'A <a@b.c>' }) +
      stanza('bash', '5.2'),
  ),
  'var/lib/dpkg/status.d/base': Buffer.from('Package: base-files\nVersion: 12.4\nArchitecture: amd64\n'),
  'var/lib/dpkg/info/bash.list': Buffer.from('/.\n/bin\n/bin/bash\n'),
  'lib/apk/db/installed': Buffer.from(
    'C:Q1a=\nP:musl\nV:1.2.5-r0\nA:x86_64\no:musl\nF:lib\nR:ld-musl-x86_64.so.1\n\nP:busybox\nV:1.36.1-r29\n\n',
  ),
  'a/node_modules/@x/y/package.json': Buffer.from('{"name":"@x/y","version":"1.2.3","license":"MIT"}'),
  'p/requests-2.31.0.dist-info/METADATA': Buffer.from(
    'Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\n\nText\n',
  ),
  'j/app.jar': zipOf({
    ...pom('com.example', 'app', '1.0'),
    'META-INF/MANIFEST.MF': 'Implementation-Title: app\nImplementation-Version: 1.0\n',
    'BOOT-INF/lib/lib-2.0.jar': zipOf(pom('org.lib', 'lib', '2.0')),
  }),
  'j/engine-7.1.war': zipOf({
    'META-INF/maven/org.acme/engine/pom.xml':
      '<project><parent><version>7.1</version></parent><groupId>org.acme</groupId><!-- x --><artifactId>engine</artifactId></project>',
    'META-INF/MANIFEST.MF': 'Implementation-Vendor-Id: com.acme\nBundle-SymbolicName: com.acme.engine;x:=y\n',
    'com/acme/Engine.class': 'x',
  }),
  'a/.yarn/cache/ms-npm-2.1.2-1.zip': zipOf({ 'node_modules/ms/package.json': '{"name":"ms","version":"2.1.2"}' }),
  'p/six-1.16.0-py3.11.egg': zipOf({ 'EGG-INFO/PKG-INFO': 'Name: six\nVersion: 1.16.0\n' }),
  'p/pip/_vendor/vendor.txt': Buffer.from('requests==2.28.2\n    urllib3[secure]==1.26.14 ; x # y\n'),
  'opt/java/release': Buffer.from('IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="17.0.9"\n'),
  'etc/os-release': Buffer.from(osRelease.debian12),
  'etc/apk/repositories': Buffer.from('https://dl-cdn.alpinelinux.org/alpine/v3.20/main\n'),
  'usr/bin/run': Buffer.from('#!/usr/bin/env node --flag\nx'),
};

const printable = /^[\x21-\x7e]+$/;

describe('damaged evidence', () => {
  test.each(Object.keys(samples))(
    'given %s with any damage, then it is read or reported, and what is kept is plain text',
    async (path) => {
      await fc.assert(
        fc.asyncProperty(damage(samples[path] ?? Buffer.alloc(0)), async (content) => {
          const inventory = await inventoryOf({
            ...samples,
            'usr/bin/run': { content: samples['usr/bin/run'] ?? '', mode: 0o755 },
            [path]: { content, mode: 0o755 },
          });
          for (const { key, purl } of inventory.packages) {
            expect(key.name).toMatch(printable);
            expect(key.version).toMatch(printable);
            expect(purl).toMatch(/^pkg:[a-z]+\/[\x21-\x7e]+@[\x21-\x7e]+$/);
            expect(`${key.name}${key.version}${key.source ?? ''}`).not.toMatch(/[<>"'`|&;\s]/);
          }
          for (const { text } of inventory.coverage.reasons) expect(text).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
          expect(packageSets(inventory).length).toBeLessThanOrEqual(1);
        }),
        { numRuns: 120 },
      );
    },
  );
});

describe('images made to hurt', () => {
  test('given a name with escapes in a package database, then it is a reason with a path and nothing is dropped in silence', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status':
        stanza('\x1b[31mevil', '1') +
        stanza('<img src=x>', '1') +
        stanza('good', '1') +
        stanza('bad-version', '1 <!here>') +
        stanza('odd-arch', '1', { Architecture: 'a b' }),
    });
    expect(inventory.packages.map(({ key }) => key.name)).toEqual(['good']);
    expect(inventory.coverage.reasons).toEqual([
      {
        code: 'unreadable-evidence',
        path: 'var/lib/dpkg/status',
        text: expect.stringMatching(
          /^var\/lib\/dpkg\/status: "\\u\{1b\}\[31mevil" cannot be a deb package name, and 3 more like it$/,
        ),
      },
    ]);
  });

  test('given links in chains and fans, then merging ends in time that grows with their number', async () => {
    const tree: Record<string, Tree[string]> = {};
    for (let index = 0; index < 3000; index += 1) {
      tree[`l${index}`] = { link: `l${index + 1}/../l${index + 1}/..` };
      tree[`l${index}/x/y`] = { content: '#!x', mode: 0o755 };
    }
    const layers = [layerOf(tree), layerOf(tree)];
    const facts = await Promise.all(layers.map((layer) => factsOf(layer)));
    const inventory = mergeLayers({ image: await imageOf(layers), facts });
    expect(inventory.coverage.state).toBe('partial');
  });

  test('given many hard links to a file of many packages, then it is not multiplied without end, and that is told', async () => {
    const packages = Array.from({ length: 5000 }, (_, index) => ({ name: `acme/p${index}`, version: '1.0' }));
    const links = Array.from({ length: 30 }, (_, index) => [
      `l${index}/vendor/composer/installed.json`,
      { hard: 'a/vendor/composer/installed.json' },
    ]);
    const inventory = await inventoryOf({
      'a/vendor/composer/installed.json': JSON.stringify({ packages }),
      ...Object.fromEntries(links),
    });
    expect(inventory.packages).toHaveLength(105_000);
    expect(inventory.coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'limit', text: expect.stringContaining('very many hard links') }),
    );
  });

  test('given thousands of reasons, then coverage keeps some and counts the rest', async () => {
    const tree = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [
        `node_modules/p${index}/package.json`,
        `{"name":"<${index}>","version":"1"}`,
      ]),
    );
    const { reasons } = (await inventoryOf(tree)).coverage;
    expect(reasons.length).toBeLessThan(60);
    expect(reasons.at(-1)?.text).toMatch(/and \d+ more reasons/);
  });

  test('given JSON nested without end, then the file is unreadable and reading goes on', async () => {
    const inventory = await inventoryOf({
      'node_modules/a/package.json': '['.repeat(200_000),
      'node_modules/b/package.json': '{"name":"b","version":"1.0.0"}',
    });
    expect(inventory.packages.map(({ key }) => key.name)).toEqual(['b']);
    expect(inventory.coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'unreadable-evidence', path: 'node_modules/a/package.json' }),
    );
  });

  test('given text made for slow patterns, then parsing stays quick (it ends at all)', async () => {
    const long = ' '.repeat(200_000);
    const inventory = await inventoryOf({
      'etc/os-release': `ID=${long}\nPRETTY_NAME="${long}\n`,
      'etc/apk/repositories': `https://${'/'.repeat(30_000)}\n`,
      'var/lib/dpkg/status': `Package: a\nVersion: 1\nStatus: install ok installed\nSource: a (${long}\nMaintainer: ${'<'.repeat(100_000)}\n\n`,
      'x-1.dist-info/METADATA': `Name:${long}\nVersion:${long}x\n`,
      'lib/R/library/a/DESCRIPTION': `Package: a\nVersion: 1\nBuilt: R 4.3.1; ; ;\nLicense: x${'\n y'.repeat(300_000)}\n`,
      'a.jar': zipOf({
        'META-INF/MANIFEST.MF': `Implementation-Version: ${long}\nImplementation-Vendor-Id: ${'a.'.repeat(20_000)}!\n`,
        'META-INF/maven/a/b/pom.properties': `version=${long}`,
      }),
      [`${'a-1'.repeat(60)}-.jar`]: zipOf({ x: 'x' }),
    });
    expect(inventory.coverage.state).toBe('partial');
  });
});
