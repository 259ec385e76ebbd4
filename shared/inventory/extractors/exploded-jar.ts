import { UnreadableEvidence } from '../errors.ts';
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
    const text = bytes.toString('utf8');
    const project = projectOfProperties(place.exec(path)?.[1] ?? '', text);
    if (project === undefined) {
      // an unfiltered ${project.version}
      if (text.includes('${')) return [];
      throw new UnreadableEvidence(path, 'a description of a Maven project without its version');
    }
    const { group, artifact, version } = project;
    return packageDrafts([{ type: 'maven', name: group === undefined ? artifact : `${group}:${artifact}`, version }]);
  },
};
