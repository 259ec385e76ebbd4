import { baseOf } from '../path.ts';
import { isArtifact, isVersion } from './jar-file-name.ts';
import type { MavenProject } from './maven-pom.ts';

/** Maven's local repository, and Coursier's cache of Maven Central: the group is a folder for each of its parts */
const maven = /(?:^|\/)(?:\.m2\/repository|maven2)\/([^/]+(?:\/[^/]+)*)\/([^/]+)\/([^/]+)\/[^/]+$/;
/** Gradle's cache: the group is one folder, and the file's hash another */
const gradle = /(?:^|\/)files-2\.1\/([^/]+)\/([^/]+)\/([^/]+)\/[0-9a-f]{20,40}\/[^/]+$/;

/** The project that the place of a jar names: where build tools keep what they fetched, folders say what they asked for. Undefined elsewhere. */
export function projectOfPlace(path: string): MavenProject | undefined {
  const [, folders = '', artifact = '', version = ''] = maven.exec(path) ?? gradle.exec(path) ?? [];
  const group = folders.replaceAll('/', '.');
  const isOwn = baseOf(path).startsWith(`${artifact}-${version.replace(/-SNAPSHOT$/, '')}`);
  return isOwn && isArtifact(group) && isArtifact(artifact) && isVersion(version)
    ? { group, artifact, version }
    : undefined;
}
