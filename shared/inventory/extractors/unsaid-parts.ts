import type { ClassFolders } from './class-folders.ts';
import type { MavenProject } from './maven-pom.ts';

/** By the group, or its beginning: a folder in which only this project has classes. Its jars hold no pom.properties that would come along. */
const silent: readonly (readonly [group: string, folder: string])[] = [
  ['org.springframework', 'org/springframework/core'],
  ['org.hibernate', 'org/hibernate/engine/spi'],
  ['org.apache.tomcat', 'org/apache/catalina/core'],
  ['org.bouncycastle', 'org/bouncycastle/crypto'],
];

/** Projects whose classes were put into a jar, as by Maven's shade plugin, and of which nothing there says the version. */
export function unsaidParts(projects: readonly MavenProject[], folders: ClassFolders): readonly string[] {
  return silent.flatMap(([group, folder]) =>
    folders.has(folder) && !projects.some((project) => project.group?.startsWith(group)) ? [group] : [],
  );
}
