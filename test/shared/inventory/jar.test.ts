import { describe, expect, test } from 'vitest';
import { inventoryOf, named, osRelease, stanza, type Tree } from './images.ts';
import { pom, zipOf } from './zip-builder.ts';

const manifest = (fields: Readonly<Record<string, string>>): Record<string, string> => ({
  'META-INF/MANIFEST.MF': `Manifest-Version: 1.0\r\n${Object.entries(fields)
    .map(([field, value]) => `${field}: ${value}\r\n`)
    .join('')}\r\n`,
});

const jars = async (tree: Tree): Promise<string[]> => named(await inventoryOf(tree), 'maven');

describe('Java archives', () => {
  test('given a jar whose pom.properties are its file name, then it is that project', async () => {
    const log4j = zipOf({ ...pom('org.apache.logging.log4j', 'log4j-core', '2.14.1'), 'org/apache/X.class': 'x' });
    const inventory = await inventoryOf({ 'opt/app/lib/log4j-core-2.14.1.jar': log4j });
    expect(inventory.packages).toMatchObject([
      {
        key: { ecosystem: 'Maven', name: 'org.apache.logging.log4j:log4j-core', version: '2.14.1' },
        purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
        path: 'opt/app/lib/log4j-core-2.14.1.jar',
      },
    ]);
  });

  test('given a fat jar with jars in BOOT-INF/lib, then each is found with its way inside', async () => {
    const log4j = zipOf({ ...pom('org.apache.logging.log4j', 'log4j-core', '2.14.1') });
    const spring = zipOf(manifest({ 'Implementation-Title': 'spring-core', 'Implementation-Version': '5.3.17' }));
    const app = zipOf(
      {
        ...pom('com.example', 'shop', '1.4.0'),
        'BOOT-INF/lib/log4j-core-2.14.1.jar': log4j,
        'BOOT-INF/lib/spring-core-5.3.17.jar': spring,
      },
      { stored: true, before: '#!/bin/sh\nexec java -jar "$0"\n' },
    );
    const inventory = await inventoryOf({ 'app.jar': app });
    expect(inventory.packages.map(({ key, path }) => [key.name, key.version, path])).toEqual([
      ['com.example:shop', '1.4.0', 'app.jar'],
      ['org.apache.logging.log4j:log4j-core', '2.14.1', 'app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar'],
      ['org.springframework:spring-core', '5.3.17', 'app.jar!/BOOT-INF/lib/spring-core-5.3.17.jar'],
    ]);
  });

  test('given war in ear, then the depth does not matter', async () => {
    const inner = zipOf(pom('commons-collections', 'commons-collections', '3.2.1'));
    const war = zipOf({ 'WEB-INF/lib/commons-collections-3.2.1.jar': inner });
    expect(await jars({ 'srv/all.ear': zipOf({ 'shop.war': war }) })).toEqual([
      'commons-collections:commons-collections@3.2.1',
    ]);
  });

  test('given a shaded jar with several pom.properties, then main and shaded are all there', async () => {
    const shaded = zipOf({ ...pom('com.example', 'tool', '1.0'), ...pom('com.google.guava', 'guava', '19.0') });
    expect(await jars({ 'tool-1.0.jar': shaded })).toEqual(['com.example:tool@1.0', 'com.google.guava:guava@19.0']);
  });

  test('given several pom.properties of which none is the file, then the file name adds its own project', async () => {
    const shaded = zipOf({
      ...pom('a.b', 'one', '1'),
      ...pom('c.d', 'two', '2'),
      ...manifest({ 'Implementation-Vendor-Id': 'com.acme' }),
    });
    expect(await jars({ 'three-3.1.jar': shaded })).toEqual(['a.b:one@1', 'c.d:two@2', 'com.acme:three@3.1']);
  });

  test('given a jar that names no group, then it is listed without one and coverage says so', async () => {
    const inventory = await inventoryOf({
      'lib/acme-util-2.3.jar': zipOf({ 'X.class': 'x' }),
      'lib/other-1.jar': zipOf({ 'X.class': 'x' }),
    });
    expect(named(inventory)).toEqual(['acme-util@2.3', 'other@1']);
    expect(inventory.coverage.reasons.filter(({ code }) => code === 'unknown-version')).toMatchObject([
      { text: expect.stringMatching(/^lib\/acme-util-2\.3\.jar and 1 more: a jar that does not say/) },
    ]);
  });

  test('given such a jar that an OS package owns, then it is judged with that and no reason is given', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('libacme-java', '2.3-1'),
      'var/lib/dpkg/info/libacme-java.list': '/usr/share/java/acme-util-2.3.jar\n',
      'usr/share/java/acme-util-2.3.jar': zipOf({ 'X.class': 'x' }),
    });
    expect(inventory.packages[1]).toMatchObject({ type: 'maven', ownedBy: 'deb:libacme-java' });
    expect(inventory.coverage.state).toBe('scanned');
  });

  test('given an unfiltered version or a manifest with continuation lines, then what is said is read', async () => {
    const unfiltered = zipOf({
      'META-INF/maven/g/a/pom.properties': 'groupId=g\nartifactId=a\nversion=\x24{project.version}\n',
      ...manifest({
        'Implementation-Vendor-Id': 'com.acme.ve\r\n ndor',
        'Implementation-Version': '7.1 (build 4)',
        'Implementation-Title': 'engine',
      }),
    });
    expect(await jars({ 'engine.jar': unfiltered })).toEqual(['com.acme.vendor:engine@7.1']);
  });

  test('given a jar that is no zip, a cut one and an empty entry table, then each is named and nothing is found', async () => {
    const whole = zipOf(pom('g.h', 'a', '1'));
    const inventory = await inventoryOf({
      'a.jar': 'not a zip',
      'b.jar': whole.subarray(0, whole.length - 30),
      'c.jar': zipOf({}),
    });
    expect(inventory.packages).toEqual([]);
    const paths = inventory.coverage.reasons
      .filter(({ code }) => code === 'unreadable-evidence')
      .map(({ path }) => path);
    expect(paths).toContain('a.jar');
  });

  test('given a nested archive that unpacks to far more than the jar, then it is cut by a named limit', async () => {
    const bomb = zipOf({ 'x.jar': Buffer.alloc(64 * 2 ** 20) });
    const inventory = await inventoryOf({ 'bomb.jar': bomb });
    expect(inventory.coverage.reasons).toContainEqual(expect.objectContaining({ code: 'limit', path: 'bomb.jar' }));
  });

  test('given jars nested deeper than anyone builds, then the rest is a limit and not a stack', async () => {
    let nested = zipOf(pom('g.h', 'deep', '1'));
    for (let depth = 0; depth < 12; depth += 1) nested = zipOf({ 'next.jar': nested });
    const inventory = await inventoryOf({ 'top.jar': nested });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons).toContainEqual(expect.objectContaining({ code: 'limit', path: 'top.jar' }));
  });
});
