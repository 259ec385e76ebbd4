import type { ClassFolders } from './class-folders.ts';
import { type MavenFamily, mavenFamilies } from './maven-families.ts';

/** Names of jars in a Tomcat distribution, which are those of its build and not of its artifacts. */
const tomcatNames: Readonly<Record<string, string>> = {
  // parts of the distribution only, which Maven Central has, and advisories name, as a whole
  bootstrap: 'tomcat',
  catalina: 'tomcat-catalina',
  'catalina-ant': 'tomcat',
  'catalina-ha': 'tomcat-catalina-ha',
  'catalina-ssi': 'tomcat-ssi',
  'catalina-storeconfig': 'tomcat-storeconfig',
  'catalina-tribes': 'tomcat-tribes',
  jasper: 'tomcat-jasper',
  'jasper-el': 'tomcat-jasper-el',
};

/** The artifact that Maven Central has a distribution's file as: `catalina` with Tomcat's classes is tomcat-catalina. */
export function publishedName(artifact: string, folders: ClassFolders): string {
  const isTomcat =
    folders.has('org/apache/catalina') || folders.has('org/apache/jasper') || folders.has('org/apache/el');
  return isTomcat && Object.hasOwn(tomcatNames, artifact) ? (tomcatNames[artifact] ?? artifact) : artifact;
}

const byName = new Map<string, MavenFamily[]>();
const byPrefix: (readonly [string, MavenFamily])[] = [];
for (const family of mavenFamilies) {
  for (const artifact of family.artifacts) {
    if (/[-_]$/.test(artifact)) byPrefix.push([artifact, family]);
    else byName.set(artifact, [...(byName.get(artifact) ?? []), family]);
  }
}

/**
 * The group of a well-known artifact; undefined for all others. The jar has to have the family's classes, or none at all: another
 * `grpc-spring-boot-starter` is nobody's that is known here (detection.md section 4, trap 32).
 */
export function groupOfArtifact(artifact: string, version: string, folders: ClassFolders): string | undefined {
  const major = Number(/^\d+/.exec(version)?.[0] ?? 0);
  const candidates = [
    ...(byName.get(artifact) ?? []),
    ...byPrefix.filter(([prefix]) => artifact.startsWith(prefix)).map(([, family]) => family),
  ];
  return candidates.find(
    ({ group, folder, from = 0, below = Number.POSITIVE_INFINITY }) =>
      major >= from && major < below && (folders.isEmpty || folders.has(folder ?? group.replaceAll('.', '/'))),
  )?.group;
}

// vendors that publish under other groups than their own name
const tooBroad =
  /^(?:(?:org|com|net)\.)?(?:apache|sun|oracle|google|ibm|microsoft|eclipse|mysql|github|jboss|sourceforge)$/;

/** True for a text that can be one project's group, and is not the name of somebody who has many. */
export const isGroup = (text: string): boolean => /^[a-z][\w-]*(?:\.[\w-]+)+$/i.test(text) && !tooBroad.test(text);
