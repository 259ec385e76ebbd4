import { describe, expect, test } from 'vitest';
import { mergeLayers } from '#shared/inventory';
import { factsOf, imageOf, inventoryOf, layerOf, named, osRelease, stanza, type Tree } from './images.ts';
import { manifest, pom, zipOf } from './zip-builder.ts';

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
    const spring = zipOf({
      ...manifest({ 'Implementation-Title': 'spring-core', 'Implementation-Version': '5.3.17' }),
      'org/springframework/core/SpringVersion.class': 'x',
    });
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

  test('given a shaded jar with several pom.properties, then the one that the file is named by is the jar, and the others are marked', async () => {
    const shaded = zipOf({ ...pom('com.google.guava', 'guava', '19.0'), ...pom('com.example', 'tool', '1.0') });
    const { packages } = await inventoryOf({ 'tool-1.0.jar': shaded });
    expect(packages.map(({ key, bundled }) => [key.name, key.version, bundled])).toEqual([
      ['com.example:tool', '1.0', undefined],
      ['com.google.guava:guava', '19.0', 'shaded'],
    ]);
  });

  test.each([
    'var/lib/jenkins/plugins/git.jpi',
    'var/lib/jenkins/plugins/git.hpi',
    'opt/nifi/lib/nifi-git.nar',
    'opt/karaf/git.kar',
    'opt/jboss/git.sar',
    'opt/jboss/git.rar',
    'opt/jboss/git.par',
    'opt/sling/git.far',
    'opt/liferay/git.lpkg',
    'zap/plugin/git.zap',
    'opt/GIT.WAR',
  ])('given %s, then the jars inside are found', async (path) => {
    const jar = zipOf(pom('commons-io', 'commons-io', '2.6'));
    expect(await jars({ [path]: zipOf({ 'WEB-INF/lib/commons-io-2.6.jar': jar }) })).toContain(
      'commons-io:commons-io@2.6',
    );
  });

  test('given files of other formats under the same endings (RAR, Nix, sysstat), then they are no evidence and no trouble', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('base-files', '12'),
      'data/backup.rar': Buffer.from('Rar!\x1a\x07\x01\x00rest'),
      'cache/x.nar': Buffer.from('\x0d\0\0\0\0\0\0\0nix-archive-1'),
      'var/log/sysstat/sa01.sar': 'text',
    });
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test('given an exploded Spring Boot layout, then each jar of BOOT-INF/lib is found where it lies', async () => {
    const { packages } = await inventoryOf(
      { 'application/BOOT-INF/lib/snakeyaml-1.29.jar': zipOf(pom('org.yaml', 'snakeyaml', '1.29')) },
      {
        'application/BOOT-INF/classpath.idx':
          '- "BOOT-INF/lib/snakeyaml-1.29.jar"\n- "BOOT-INF/lib/not-there-1.0.jar"\n',
        'application/META-INF/MANIFEST.MF': 'Start-Class: demo.App\r\n',
      },
    );
    expect(packages.map(({ key, path }) => [key.name, path])).toEqual([
      ['org.yaml:snakeyaml', 'application/BOOT-INF/lib/snakeyaml-1.29.jar'],
    ]);
  });

  test('given a manifest of 200 KB, as signed and OSGi jars have, then it is read', async () => {
    const digests = Array.from(
      { length: 4000 },
      (_, at) => `Name: a/B${at}.class\r\nSHA-256-Digest: ${at}abc=\r\n\r\n`,
    );
    const bytes = zipOf({
      'META-INF/MANIFEST.MF': `Manifest-Version: 1.0\r\nImplementation-Version: 2.13.7\r\n\r\n${digests.join('')}`,
      'scala/Option.class': 'x',
    });
    expect(await jars({ 'opt/scala-library.jar': bytes })).toEqual(['org.scala-lang:scala-library@2.13.7']);
  });

  test('given a zip64 archive behind a start script, then it is read as any other', async () => {
    const bytes = zipOf(pom('org.yaml', 'snakeyaml', '1.29'), {
      zip64: true,
      before: '#!/bin/sh\nexec java -jar "$0"\n',
    });
    expect(await jars({ 'snakeyaml-1.29.jar': bytes })).toEqual(['org.yaml:snakeyaml@1.29']);
  });

  test('given a jar that is larger than what is held in memory, then it is a named limit', async () => {
    const layer = layerOf({ 'opt/huge.jar': zipOf({ 'a.bin': Buffer.alloc(4096) }, { stored: true }) });
    const facts = await factsOf(layer, { maxArchiveBytes: 1024 });
    const { coverage } = mergeLayers({ image: await imageOf([layer]), facts: [facts] });
    expect(coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'limit', path: 'opt/huge.jar', text: expect.stringContaining('1024') }),
    );
  });

  test('given a jar that is cut in its directory or has a damaged part, then what is read before stays and the rest is told', async () => {
    const second = zipOf(pom('g.h', 'b', '2'));
    const third = zipOf(pom('g.h', 'c', '3'));
    const bytes = zipOf({ ...pom('g.h', 'a', '1'), 'lib/b-2.jar': second, 'lib/c-3.jar': third }, { stored: true });
    const damaged = bytes.indexOf(second) + 40;
    bytes.writeUInt8(bytes.readUInt8(damaged) ^ 0xff, damaged);
    const inventory = await inventoryOf({ 'a-1.jar': bytes });
    expect(named(inventory)).toEqual(['g.h:a@1', 'g.h:c@3']);
    expect(inventory.coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'unreadable-evidence', text: expect.stringContaining('lib/b-2.jar') }),
    );
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

  test('given an application that Spring Boot packed, or what Quarkus made of its classes, then that nobody publishes advisories for it is no news', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('bash', '5.2'),
      'app/shop.jar': zipOf({
        ...manifest({ 'Implementation-Title': 'shop', 'Implementation-Version': '1.2.3' }),
        'BOOT-INF/classes/com/acme/Shop.class': 'x',
        'org/springframework/boot/loader/JarLauncher.class': 'x',
      }),
      'deployments/quarkus/generated-bytecode.jar': zipOf({ 'com/acme/Shop_Bean.class': 'x' }),
      'deployments/quarkus/transformed-bytecode.jar': zipOf({ 'com/acme/Shop.class': 'x' }),
    });
    expect(named(inventory, 'maven')).toEqual(['shop@1.2.3']);
    expect(inventory.coverage.reasons).toEqual([]);
  });

  test('given a jar of Tomcat’s classes with a name that all objects have, then that is its name', async () => {
    const jar = zipOf({ 'org/apache/catalina/A.class': 'x' });
    expect(named(await inventoryOf({ 'lib/constructor-1.0.jar': jar }))).toEqual(['constructor@1.0']);
  });

  test('given a library under the name of what Quarkus makes, then it is found all the same', async () => {
    const jar = zipOf(pom('org.apache.logging.log4j', 'log4j-core', '2.14.1'));
    expect(named(await inventoryOf({ 'app/transformed-bytecode.jar': jar }))).toEqual([
      'org.apache.logging.log4j:log4j-core@2.14.1',
    ]);
  });

  test('given a manifest that states licences by address, by name and in quotes, then they are those of the jar', async () => {
    const licenses = async (stated: string): Promise<readonly string[] | undefined> => {
      const jar = zipOf({ ...pom('g.h', 'a', '1'), ...manifest({ 'Bundle-License': stated }) });
      return (await inventoryOf({ 'a-1.jar': jar })).packages[0]?.licenses;
    };
    expect(await licenses('https://www.apache.org/licenses/LICENSE-2.0.txt')).toEqual(['Apache-2.0']);
    expect(await licenses('"Eclipse Public License - v 1.0";link="https://e.org/a,b", MIT;description=x')).toEqual([
      'Eclipse Public License - v 1.0',
      'MIT',
    ]);
    expect(
      await licenses('http://www.eclipse.org/legal/epl-2.0, https://www.gnu.org/software/classpath/license.html'),
    ).toEqual(['EPL-2.0', 'https://www.gnu.org/software/classpath/license.html']);
    expect(await licenses('Apache License, Version 2.0')).toEqual(['Apache License, Version 2.0']);
    expect(await licenses('LICENSE.txt')).toBeUndefined();
  });

  test("given a shaded jar with another project's manifest, then its licence is not the jar's", async () => {
    const jar = zipOf({
      ...pom('g.h', 'a', '1'),
      ...pom('other', 'b', '2'),
      ...manifest({ 'Bundle-Version': '2', 'Bundle-License': 'MIT' }),
    });
    expect((await inventoryOf({ 'a-1.jar': jar })).packages.map(({ licenses }) => licenses)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('given an archive that was unpacked, then what was shaded into it is found by its descriptions', async () => {
    const inventory = await inventoryOf({
      'workspace/META-INF/maven/org.yaml/snakeyaml/pom.properties':
        'version=1.26\ngroupId=org.yaml\nartifactId=snakeyaml\n',
      'workspace/META-INF/maven/g/unfiltered/pom.properties': 'version=\x24{project.version}\n',
      'workspace/target/maven-archiver/pom.properties': 'version=1\ngroupId=g\nartifactId=built\n',
    });
    expect(inventory.packages).toMatchObject([
      {
        key: { ecosystem: 'Maven', name: 'org.yaml:snakeyaml', version: '1.26' },
        path: 'workspace/META-INF/maven/org.yaml/snakeyaml/pom.properties',
      },
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
