import { isArtifact, isVersion } from './jar-file-name.ts';
import type { MavenProject } from './maven-pom.ts';

/** The main section of a manifest: lines go on with a leading space (JAR file specification). */
export function manifestOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  // later sections list single files, a digest for each class of a signed jar
  const main = text.replace(/\r\n?/g, '\n').split('\n\n', 1)[0] ?? '';
  for (const line of main.replace(/\n /g, '').split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}

/** The versions that a manifest gives, the most telling first: `5.10.0 (b0)` is 5.10.0. */
export function versionsIn(manifest: ReadonlyMap<string, string>): string[] {
  return ['Implementation-Version', 'Bundle-Version', 'Specification-Version'].flatMap((field) => {
    const plain = manifest.get(field)?.split(/\s/, 1)[0] ?? '';
    return isVersion(plain) ? [plain] : [];
  });
}

/** A title that can be an artifact: `spring-core`, not `Spring Core` or `Java Runtime Environment`. */
export function titleIn(manifest: ReadonlyMap<string, string>): string | undefined {
  return ['Implementation-Title', 'Bundle-Name']
    .map((field) => manifest.get(field))
    .find((text) => text !== undefined && /^[a-z0-9]/.test(text) && isArtifact(text));
}

/** `com.acme.engine` of `com.acme.engine;singleton:=true`. */
export function bundleIn(manifest: ReadonlyMap<string, string>): string | undefined {
  return manifest.get('Bundle-SymbolicName')?.split(';', 1)[0]?.trim();
}

/** Who made it, by an id: Maven and sbt write the group there. */
export const vendorIn = (manifest: ReadonlyMap<string, string>): string | undefined =>
  manifest.get('Implementation-Vendor-Id');

/** The project of a plug-in of Jenkins, which its build writes into the manifest whichever tool it is made with. */
export function pluginIn(manifest: ReadonlyMap<string, string>): MavenProject | undefined {
  const group = manifest.get('Group-Id');
  const artifact = manifest.get('Short-Name');
  // `1.4 (private-0a1b2c3d-somebody)` was built from somebody's folder
  const version = manifest.get('Plugin-Version')?.split(/\s/, 1)[0];
  if (group === undefined || artifact === undefined || version === undefined) return undefined;
  return isArtifact(group) && isArtifact(artifact) && isVersion(version) ? { group, artifact, version } : undefined;
}
