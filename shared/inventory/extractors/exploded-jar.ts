import { packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { inFixture } from './fixture.ts';
import { projectOfProperties } from './maven-pom.ts';

const place = /(?:^|\/)(META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties)$/;
const longest = 64 * 1024;

/**
 * Java archives that were unpacked into a folder: buildpacks do so with what runs by itself, servlet containers with wars, Dockerfiles for the sake of layers. Of
 * projects that were shaded into one, Maven's descriptions are all that is left; jars in its `lib` folders are read as jars.
 */
export const explodedJar: Extractor = {
  name: 'exploded-jar',
  version: 1,
  concerns: { names: ['pom.properties'] },
  wants({ path, base, size }) {
    const isSmall = size > 0 && size <= longest;
    return base === 'pom.properties' && isSmall && place.test(path) && !inFixture(path) ? 'content' : undefined;
  },
  read({ path, bytes }) {
    const project = projectOfProperties(place.exec(path)?.[1] ?? '', bytes.toString('utf8'));
    if (project === undefined) return [];
    const { group, artifact, version } = project;
    return packageDrafts([{ type: 'maven', name: group === undefined ? artifact : `${group}:${artifact}`, version }]);
  },
};
