import { describe, expect, test } from 'vitest';
import { inventoryOf, named } from './images.ts';
import { manifest, pom, zipOf } from './zip-builder.ts';

type Entries = Readonly<Record<string, string | Buffer>>;

const classes = (...names: readonly string[]): Entries =>
  Object.fromEntries(names.map((name) => [`${name}.class`, 'x']));

async function read(file: string, entries: Entries): Promise<{ readonly found: string[]; readonly told: string[] }> {
  const inventory = await inventoryOf({ [`opt/${file}`]: zipOf(entries) });
  const told = inventory.coverage.reasons.flatMap(({ code, text }) => (code === 'unknown-version' ? [text] : []));
  return { found: named(inventory, 'maven'), told };
}

describe('which project a jar is: jars without pom.properties, as they were published', () => {
  test.each<[string, Entries, string]>([
    ['h2-1.4.200.jar', classes('org/h2/Driver'), 'com.h2database:h2@1.4.200'],
    ['bcprov-jdk15on-1.68.jar', classes('org/bouncycastle/crypto/Digest'), 'org.bouncycastle:bcprov-jdk15on@1.68'],
    [
      'caffeine-2.8.4.jar',
      classes('com/github/benmanes/caffeine/cache/Cache'),
      'com.github.ben-manes.caffeine:caffeine@2.8.4',
    ],
    ['hibernate-core-5.6.5.Final.jar', classes('org/hibernate/Session'), 'org.hibernate:hibernate-core@5.6.5.Final'],
    [
      'hibernate-core-6.1.0.Final.jar',
      classes('org/hibernate/Session'),
      'org.hibernate.orm:hibernate-core@6.1.0.Final',
    ],
    [
      'hibernate-commons-annotations-5.1.2.Final.jar',
      classes('org/hibernate/annotations/common/Version'),
      'org.hibernate.common:hibernate-commons-annotations@5.1.2.Final',
    ],
    [
      'elasticsearch-rest-client-7.16.1.jar',
      classes('org/elasticsearch/client/Node'),
      'org.elasticsearch.client:elasticsearch-rest-client@7.16.1',
    ],
    ['elasticsearch-7.16.1.jar', classes('org/elasticsearch/Version'), 'org.elasticsearch:elasticsearch@7.16.1'],
    ['zstd-jni-1.5.0-2.jar', classes('com/github/luben/zstd/Zstd'), 'com.github.luben:zstd-jni@1.5.0-2'],
    ['okhttp-2.7.5.jar', classes('com/squareup/okhttp/Call'), 'com.squareup.okhttp:okhttp@2.7.5'],
    ['okhttp-4.9.3.jar', classes('okhttp3/Call'), 'com.squareup.okhttp3:okhttp@4.9.3'],
    ['rxjava-3.0.4.jar', classes('io/reactivex/rxjava3/core/Flowable'), 'io.reactivex.rxjava3:rxjava@3.0.4'],
    [
      'commons-httpclient-3.1.jar',
      classes('org/apache/commons/httpclient/HttpClient'),
      'commons-httpclient:commons-httpclient@3.1',
    ],
    ['spring-boot-starter-web-2.6.5.jar', {}, 'org.springframework.boot:spring-boot-starter-web@2.6.5'],
    [
      'log4j-1.2-api-2.14.1.jar',
      classes('org/apache/log4j/Logger', 'org/apache/logging/log4j/Bridge'),
      'org.apache.logging.log4j:log4j-1.2-api@2.14.1',
    ],
    [
      'netty-transport-native-epoll-4.1.70.Final-linux-x86_64.jar',
      classes('io/netty/channel/epoll/Epoll'),
      'io.netty:netty-transport-native-epoll@4.1.70.Final',
    ],
    ['akka-actor_2.13-2.6.17.jar', classes('akka/actor/Actor'), 'com.typesafe.akka:akka-actor_2.13@2.6.17'],
    ['log4j-1.2.12.jar', classes('org/apache/log4j/Logger'), 'log4j:log4j@1.2.12'],
    [
      'protobuf-java-4.27.0.jar',
      { ...manifest({ 'Bundle-SymbolicName': 'com.google.protobuf' }), ...classes('com/google/protobuf/Message') },
      'com.google.protobuf:protobuf-java@4.27.0',
    ],
    [
      'opentelemetry-instrumentation-api-2.0.0.jar',
      classes('io/opentelemetry/instrumentation/api/Instrumenter'),
      'io.opentelemetry.instrumentation:opentelemetry-instrumentation-api@2.0.0',
    ],
    [
      'hibernate-reactive-core-2.2.0.Final.jar',
      classes('org/hibernate/reactive/mutiny/Mutiny'),
      'org.hibernate.reactive:hibernate-reactive-core@2.2.0.Final',
    ],
  ])('given %s', async (file, entries, expected) => {
    expect(await read(file, entries)).toEqual({ found: [expected], told: [] });
  });

  test.each<[string, Entries, string]>([
    [
      'catalina.jar',
      {
        ...manifest({ 'Bundle-Name': 'tomcat-catalina', 'Bundle-Version': '9.0.58' }),
        ...classes('org/apache/catalina/Server'),
      },
      'org.apache.tomcat:tomcat-catalina@9.0.58',
    ],
    [
      'bootstrap.jar',
      {
        ...manifest({ 'Implementation-Title': 'Apache Tomcat Bootstrap', 'Implementation-Version': '9.0.58' }),
        ...classes('org/apache/catalina/startup/Bootstrap'),
      },
      'org.apache.tomcat:tomcat@9.0.58',
    ],
    [
      'el-api.jar',
      {
        ...manifest({ 'Bundle-Name': 'tomcat-el-api', 'Bundle-Version': '10.1.18' }),
        ...classes('jakarta/el/ELContext'),
      },
      'org.apache.tomcat:tomcat-el-api@10.1.18',
    ],
  ])(
    "given %s of a Tomcat distribution, then it is the artifact that Tomcat's advisories name",
    async (file, entries, expected) => {
      expect(await read(`tomcat/lib/${file}`, entries)).toEqual({ found: [expected], told: [] });
    },
  );
});

describe('which project a jar is: file names that begin with the group, as Quarkus and sbt-native-packager write them', () => {
  const vendor = (id: string): Entries => manifest({ 'Implementation-Vendor-Id': id });

  test.each<[string, Entries, string]>([
    [
      'org.hibernate.orm.hibernate-core-6.2.13.Final.jar',
      { ...vendor('org.hibernate'), ...classes('org/hibernate/Session') },
      'org.hibernate.orm:hibernate-core@6.2.13.Final',
    ],
    [
      'io.netty.netty-transport-native-epoll-4.1.70.Final-linux-x86_64.jar',
      classes('io/netty/channel/epoll/Epoll'),
      'io.netty:netty-transport-native-epoll@4.1.70.Final',
    ],
    [
      'org.typelevel.cats-core_2.13-2.6.1.jar',
      { ...vendor('org.typelevel'), ...classes('cats/Monad') },
      'org.typelevel:cats-core_2.13@2.6.1',
    ],
    [
      'com.typesafe.config-1.4.1.jar',
      {
        ...manifest({ 'Implementation-Vendor-Id': 'com.typesafe', 'Bundle-SymbolicName': 'com.typesafe.config' }),
        ...classes('com/typesafe/config/Config'),
      },
      'com.typesafe:config@1.4.1',
    ],
  ])('given %s without pom.properties', async (file, entries, expected) => {
    expect(await read(`quarkus-app/lib/main/${file}`, entries)).toEqual({ found: [expected], told: [] });
  });

  test('given several poms, then the one of that group and name is the jar and the others are shaded', async () => {
    const entries = {
      ...pom('org.wiremock', 'wiremock-standalone', '3.9.1'),
      ...pom('com.fasterxml.jackson.core', 'jackson-core', '2.17.2'),
      ...manifest({ 'Bundle-SymbolicName': 'other', 'Bundle-Version': '1.0' }),
      ...classes('org/wiremock/X'),
    };
    const inventory = await inventoryOf({ 'lib/main/org.wiremock.wiremock-standalone-3.9.1.jar': zipOf(entries) });
    const told = inventory.packages.map(({ key, bundled }) => `${key.name} ${bundled ?? 'own'}`);
    expect(told.sort()).toEqual([
      'com.fasterxml.jackson.core:jackson-core shaded',
      'org.wiremock:wiremock-standalone own',
    ]);
  });

  test('given an artifact whose own name has full stops, then it stays whole', async () => {
    const entries = {
      ...manifest({ 'Bundle-SymbolicName': 'org.osgi.core' }),
      ...classes('org/osgi/framework/Bundle'),
    };
    expect((await read('org.osgi.core-8.0.0.jar', entries)).found).toEqual(['org.osgi.core@8.0.0']);
  });

  test('given the vendor id of a company with many projects, then it ends no group', async () => {
    const entries = { ...vendor('org.apache'), ...classes('org/apache/something/X') };
    expect((await read('org.apache.something-1.2.jar', entries)).found).toEqual(['org.apache.something@1.2']);
  });
});

describe('which project a jar is: plug-ins of Jenkins without pom.properties', () => {
  test('given the manifest that their build writes, then it is the project that advisories name', async () => {
    const fields = { 'Group-Id': 'org.jenkins-ci.plugins', 'Short-Name': 'ssh-agent', 'Long-Name': 'SSH Agent' };
    const plugin = { ...fields, 'Plugin-Version': '295.v9ca_a_1c7cc3a_a_', 'Implementation-Version': '295' };
    expect(await read('plugins/ssh-agent.jpi', manifest(plugin))).toEqual({
      found: ['org.jenkins-ci.plugins:ssh-agent@295.v9ca_a_1c7cc3a_a_'],
      told: [],
    });
    const ofSomebody = { ...fields, 'Plugin-Version': '1.4 (private-0a1b2c3d-me)' };
    expect((await read('a.hpi', manifest(ofSomebody))).found).toEqual(['org.jenkins-ci.plugins:ssh-agent@1.4']);
  });
});

describe('what a jar must not be taken for', () => {
  test('given a jar for one Scala, then its vendor id is the group though its classes are elsewhere, and that is told', async () => {
    const entries = { ...manifest({ 'Implementation-Vendor-Id': 'co.fs2' }), ...classes('fs2/Stream') };
    const { found, told } = await read('fs2-io_2.13-3.1.5.jar', entries);
    expect(found).toEqual(['co.fs2:fs2-io_2.13@3.1.5']);
    expect(told).toMatchObject([expect.stringContaining('only guessed')]);
  });

  test("given somebody's grpc-spring-boot-starter, then it is not gRPC's own", async () => {
    const { found, told } = await read(
      'grpc-spring-boot-starter-4.5.9.jar',
      classes('org/lognet/springboot/grpc/Server'),
    );
    expect(found).toEqual(['grpc-spring-boot-starter@4.5.9']);
    expect(told).toMatchObject([expect.stringContaining('does not say which Maven project')]);
  });

  test('given a vendor id of one company for many projects, then it is no group', async () => {
    const entries = { ...manifest({ 'Implementation-Vendor-Id': 'org.apache' }), ...classes('org/apache/something/X') };
    expect((await read('something-1.2.jar', entries)).found).toEqual(['something@1.2']);
  });

  test('given a vendor id that no class confirms, then it is no group', async () => {
    const entries = { ...manifest({ 'Implementation-Vendor-Id': 'com.acme' }), ...classes('org/other/X') };
    expect((await read('engine-1.2.jar', entries)).found).toEqual(['engine@1.2']);
  });

  test('given vendor id and bundle name that speak of two groups, then it is neither', async () => {
    const entries = {
      ...manifest({ 'Implementation-Vendor-Id': 'com.acme', 'Bundle-SymbolicName': 'com.acme.core.engine' }),
      ...classes('com/acme/core/X'),
    };
    expect((await read('engine-1.2.jar', entries)).found).toEqual(['engine@1.2']);
  });

  test('given a group that is guessed from the manifest, then it is used, and never in silence', async () => {
    const unfiltered = {
      'META-INF/maven/g/a/pom.properties': 'groupId=g\nartifactId=a\nversion=\x24{project.version}\n',
      ...manifest({
        'Implementation-Vendor-Id': 'com.acme.ve\r\n ndor',
        'Implementation-Version': '7.1 (build 4)',
        'Implementation-Title': 'engine',
      }),
      ...classes('com/acme/vendor/X'),
    };
    const { found, told } = await read('app.jar', unfiltered);
    expect(found).toEqual(['com.acme.vendor:engine@7.1']);
    expect(told).toMatchObject([expect.stringContaining('only guessed')]);
  });

  test('given a shaded jar with the manifest of what was put into it (hadoop-client-runtime), then the manifest does not count', async () => {
    const { found } = await read('hadoop-client-runtime-3.3.1.jar', {
      ...pom('org.apache.hadoop.thirdparty', 'hadoop-shaded-protobuf_3_7', '1.1.1'),
      ...pom('org.apache.avro', 'avro', '1.7.7'),
      ...manifest({ 'Implementation-Vendor-Id': 'org.apache.hadoop.thirdparty', 'Implementation-Version': '1.1.1' }),
      ...classes('org/apache/hadoop/shaded/org/apache/avro/Schema'),
    });
    expect(found).toEqual([
      'org.apache.avro:avro@1.7.7',
      'org.apache.hadoop.thirdparty:hadoop-shaded-protobuf_3_7@1.1.1',
      'org.apache.hadoop:hadoop-client-runtime@3.3.1',
    ]);
  });

  test('given one pom.properties of a library that was put into a jar of another name and version, then the jar is not that library', async () => {
    const inventory = await inventoryOf({
      'lib/acme-tool-9.1.jar': zipOf({ ...pom('com.google.guava', 'guava', '19.0'), ...classes('com/acme/Tool') }),
    });
    expect(inventory.packages.map(({ key, bundled }) => [key.name, bundled])).toEqual([
      ['acme-tool', undefined],
      ['com.google.guava:guava', 'shaded'],
    ]);
  });
});

describe('what was put into a jar and does not say its version', () => {
  const app = { ...pom('com.example', 'shop', '1.4.0'), ...pom('com.google.guava', 'guava', '31.1-jre') };

  test.each([
    ['org.springframework', 'org/springframework/core/SpringVersion'],
    ['org.hibernate', 'org/hibernate/engine/spi/Mapping'],
    ['org.apache.tomcat', 'org/apache/catalina/core/StandardServer'],
    ['org.bouncycastle', 'org/bouncycastle/crypto/Digest'],
  ])('given classes of %s in a shaded application, then coverage says so', async (group, name) => {
    const { found, told } = await read('shop-1.4.0.jar', { ...app, ...classes(name) });
    expect(found).toEqual(['com.example:shop@1.4.0', 'com.google.guava:guava@31.1-jre']);
    expect(told).toEqual([
      `opt/shop-1.4.0.jar: a jar with classes of ${group} that does not say which version: advisories cannot be found for them`,
    ]);
  });

  test('given a jar of which nothing says what it is itself, then coverage says so too', async () => {
    const entries = { ...app, ...classes('org/springframework/core/SpringVersion') };
    expect((await read('app.jar', entries)).told).toEqual([expect.stringContaining('classes of org.springframework')]);
  });

  test("given the project's own jar, its own pom.properties in another, or only the loader of Spring Boot, then nothing is told", async () => {
    const core = classes('org/springframework/core/SpringVersion');
    expect((await read('spring-core-5.3.17.jar', core)).told).toEqual([]);
    const said = {
      ...app,
      ...pom('org.bouncycastle', 'bcprov-jdk18on', '1.78'),
      ...classes('org/bouncycastle/crypto/Digest'),
    };
    expect((await read('shop-1.4.0.jar', said)).told).toEqual([]);
    const loader = classes('org/springframework/boot/loader/JarLauncher', 'com/example/Shop');
    expect((await read('shop-1.4.0.jar', { ...app, ...loader })).told).toEqual([]);
  });
});

describe('jars in the caches of build tools', () => {
  const unsaid = zipOf({ 'com/acme/deep/A.class': 'x' });
  const sha1 = 'c157def142714c544bdea2e6144645702adf7097';

  test.each([
    ['Maven', 'root/.m2/repository/com/acme/deep/deep-core/1.2/deep-core-1.2.jar'],
    ['a snapshot', 'root/.m2/repository/com/acme/deep/deep-core/1.2-SNAPSHOT/deep-core-1.2-20211214.103000-7.jar'],
    ['Gradle', `root/.gradle/caches/modules-2/files-2.1/com.acme.deep/deep-core/1.2/${sha1}/deep-core-1.2.jar`],
    ['Coursier', 'root/.cache/coursier/v1/https/repo1.maven.org/maven2/com/acme/deep/deep-core/1.2/deep-core-1.2.jar'],
  ])('given one of %s that says nothing of itself, then its place says which project it is', async (_, path) => {
    const { packages, coverage } = await inventoryOf({ [path]: unsaid });
    expect(packages.map(({ key }) => key.name)).toEqual(['com.acme.deep:deep-core']);
    expect(coverage.reasons.filter(({ code }) => code === 'unknown-version')).toEqual([]);
  });

  test('given one that describes itself and what it shades, then its own description counts', async () => {
    const jar = zipOf({ ...pom('org.renamed', 'deep-core', '1.2'), ...pom('com.acme', 'other', '9') });
    const { packages } = await inventoryOf({
      'root/.m2/repository/com/acme/deep/deep-core/1.2/deep-core-1.2.jar': jar,
    });
    expect(packages.map(({ key, bundled }) => [key.name, bundled])).toEqual([
      ['com.acme:other', 'shaded'],
      ['org.renamed:deep-core', undefined],
    ]);
  });

  test('given one that only describes what it shades, then its place says what it is itself', async () => {
    const jar = zipOf({ ...pom('com.google.guava', 'guava', '1.2') });
    const { packages } = await inventoryOf({
      'root/.m2/repository/com/acme/deep/deep-core/1.2/deep-core-1.2.jar': jar,
    });
    expect(packages.map(({ key, bundled }) => [key.name, bundled])).toEqual([
      ['com.acme.deep:deep-core', undefined],
      ['com.google.guava:guava', 'shaded'],
    ]);
  });

  test('given a file of another name in such a place, or a jar inside of the jar, then the place says nothing of it', async () => {
    const outer = zipOf({ ...pom('com.acme', 'deep-core', '1.2'), 'lib/inner-3.jar': zipOf({ 'a/B.class': 'x' }) });
    const { packages } = await inventoryOf({
      'root/.m2/repository/com/acme/deep/deep-core/1.2/deep-core-1.2.jar': outer,
      'root/.m2/repository/com/acme/wide/wide-core/1.2/other-7.jar': unsaid,
    });
    expect(packages.map(({ key }) => key.name)).toEqual(['com.acme:deep-core', 'inner', 'other']);
  });
});

describe('which of several descriptions is the jar', () => {
  test('given a jar that was renamed, then its only pom.properties says what it is', async () => {
    expect((await read('app.jar', pom('com.example', 'shop', '1.4.0'))).found).toEqual(['com.example:shop@1.4.0']);
    expect((await read('shop-service-1.4.0.jar', pom('com.example', 'shop', '1.4.0'))).found).toEqual([
      'com.example:shop@1.4.0',
    ]);
  });

  test('given a renamed jar with several, then the one of its manifest is the jar', async () => {
    const inventory = await inventoryOf({
      'app.jar': zipOf({
        ...pom('com.google.guava', 'guava', '19.0'),
        ...pom('com.example', 'shop', '1.4.0'),
        ...manifest({ 'Implementation-Title': 'shop', 'Implementation-Version': '1.4.0' }),
      }),
    });
    expect(inventory.packages.map(({ key, bundled }) => [key.name, bundled])).toEqual([
      ['com.example:shop', undefined],
      ['com.google.guava:guava', 'shaded'],
    ]);
  });

  test('given a deployed snapshot, then the time in its name is of its version', async () => {
    const entries = { ...pom('com.example', 'shop', '1.0-SNAPSHOT'), ...pom('com.google.guava', 'guava', '19.0') };
    const inventory = await inventoryOf({ 'lib/shop-1.0-20211214.103000-7.jar': zipOf(entries) });
    expect(inventory.packages.map(({ key, bundled }) => [key.name, key.version, bundled])).toEqual([
      ['com.example:shop', '1.0-SNAPSHOT', undefined],
      ['com.google.guava:guava', '19.0', 'shaded'],
    ]);
  });

  test('given pom.xml without pom.properties, then it is read, its parent and comments included', async () => {
    const xml = `<?xml version="1.0"?><!-- <version>0</version> --><project>
  <parent><groupId>org.yaml</groupId><artifactId>parent</artifactId><version>1.29</version></parent>
  <artifactId>snakeyaml</artifactId>
  <dependencies><dependency><groupId>no</groupId><artifactId>no</artifactId><version>9</version></dependency></dependencies>
</project>`;
    const entries = { 'META-INF/maven/org.yaml/snakeyaml/pom.xml': xml };
    expect((await read('snakeyaml.jar', entries)).found).toEqual(['org.yaml:snakeyaml@1.29']);
  });
});
