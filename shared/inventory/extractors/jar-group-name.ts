import type { ClassFolders } from './class-folders.ts';
import { isArtifact, type JarFileName } from './jar-file-name.ts';
import { vendorIn } from './jar-manifest.ts';
import { groupOfArtifact, isGroup } from './maven-groups.ts';
import type { MavenProject } from './maven-pom.ts';

/**
 * The project of a file name that begins with the group: `org.hibernate.orm.hibernate-core-6.2.13.Final`, as Quarkus names what it puts into `lib/main` and
 * sbt-native-packager all of its `lib`. A name with full stops says nowhere which of them ends the group (`org.osgi.core` is an artifact): only
 * a group that is known for the rest, or that the manifest's vendor id confirms. Undefined for all others.
 */
export function projectWithGroup(
  { artifact: name, version }: JarFileName,
  manifest: ReadonlyMap<string, string>,
  folders: ClassFolders,
): MavenProject | undefined {
  const readings: Required<MavenProject>[] = [];
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const artifact = name.slice(dot + 1);
    if (isArtifact(artifact)) readings.push({ group: name.slice(0, dot), artifact, version });
  }
  const vendor = vendorIn(manifest);
  return (
    readings.find(({ group, artifact }) => groupOfArtifact(artifact, version, folders) === group) ??
    // Hibernate's says org.hibernate in jars of org.hibernate.orm: what is known comes first
    readings.find(({ group }) => group === vendor && isGroup(group))
  );
}
