// Widely used jars that carry no pom.properties, by the group under which Maven Central has them. Prefixes end in '-'.
const groups: Readonly<Record<string, readonly string[]>> = {
  'org.springframework': [
    'spring-aop',
    'spring-aspects',
    'spring-beans',
    'spring-context',
    'spring-context-support',
    'spring-core',
    'spring-expression',
    'spring-jcl',
    'spring-jdbc',
    'spring-jms',
    'spring-messaging',
    'spring-orm',
    'spring-oxm',
    'spring-tx',
    'spring-web',
    'spring-webflux',
    'spring-webmvc',
    'spring-websocket',
  ],
  'org.springframework.boot': ['spring-boot', 'spring-boot-'],
  'org.springframework.security': ['spring-security-'],
  'org.springframework.cloud': ['spring-cloud-'],
  'org.springframework.data': ['spring-data-'],
  'org.springframework.kafka': ['spring-kafka'],
  'org.apache.logging.log4j': [
    'log4j-api',
    'log4j-core',
    'log4j-jul',
    'log4j-slf4j-impl',
    'log4j-slf4j2-impl',
    'log4j-to-slf4j',
    'log4j-web',
    'log4j-1.2-api',
  ],
  'org.apache.tomcat.embed': ['tomcat-embed-'],
  'org.apache.tomcat': [
    'tomcat-annotations-api',
    'tomcat-coyote',
    'tomcat-catalina',
    'tomcat-jasper',
    'tomcat-juli',
    'tomcat-util',
  ],
  'org.hibernate': ['hibernate-core', 'hibernate-entitymanager'],
  'org.hibernate.orm': ['hibernate-'],
  'io.micrometer': ['micrometer-'],
  'io.projectreactor': ['reactor-core'],
  'org.jetbrains.kotlin': ['kotlin-stdlib', 'kotlin-stdlib-', 'kotlin-reflect'],
  'com.squareup.okhttp3': ['okhttp'],
  'com.squareup.okio': ['okio', 'okio-jvm'],
  'org.ow2.asm': ['asm', 'asm-'],
  'org.bouncycastle': ['bcprov-', 'bcpkix-', 'bcutil-', 'bcpg-'],
  'com.h2database': ['h2'],
  'org.postgresql': ['postgresql'],
  'org.elasticsearch': ['elasticsearch', 'elasticsearch-'],
  'org.apache.kafka': ['kafka-clients', 'kafka-streams'],
  'org.quartz-scheduler': ['quartz'],
  'org.dom4j': ['dom4j'],
  'org.codehaus.groovy': ['groovy-'],
  'io.netty': ['netty-'],
};

const exact = new Map<string, string>();
const prefixes: (readonly [string, string])[] = [];
for (const [group, artifacts] of Object.entries(groups)) {
  for (const artifact of artifacts) {
    if (artifact.endsWith('-')) prefixes.push([artifact, group]);
    else exact.set(artifact, group);
  }
}

/** The group of a well-known artifact; undefined for all others. */
export function groupOfArtifact(artifact: string): string | undefined {
  return exact.get(artifact) ?? prefixes.find(([prefix]) => artifact.startsWith(prefix))?.[1];
}
