import { UnreadableEvidence } from '../errors.ts';
import { packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';

const longest = 64 * 1024;

/** How builds of OpenJDK are called, by what their makers write as IMPLEMENTOR. */
const builds: readonly (readonly [RegExp, string])[] = [
  [/^Eclipse Adoptium$/, 'temurin'],
  [/^AdoptOpenJDK$/, 'adoptopenjdk'],
  [/^Amazon\.com/, 'corretto'],
  [/^Azul /, 'zulu'],
  [/^BellSoft$/, 'liberica'],
  [/^GraalVM/, 'graalvm'],
  [/^(?:IBM Corporation|International Business Machines)/, 'semeru'],
  [/^Microsoft/, 'microsoft-openjdk'],
  [/^SAP SE$/, 'sapmachine'],
  // the same text in builds of OpenJDK by Oracle and in Oracle's JDK
  [/^Oracle Corporation$/, 'jdk'],
];

/**
 * Java runtimes that no package manager placed, by the `release` file at the root of each (JEP 223 and 320 fix its fields): `JAVA_VERSION`,
 * and `IMPLEMENTOR` for who built it. Many programs have a file of this name; without JAVA_VERSION it is none of these. A runtime that an OS package
 * brought is that package, which is listed and judged itself.
 */
export const jvmRelease: Extractor = {
  name: 'jvm-release',
  version: 2,
  concerns: { names: ['release'] },
  wants({ base, size }) {
    return base === 'release' && size > 0 && size <= longest ? 'content' : undefined;
  },
  read({ path, bytes }) {
    const fields = new Map<string, string>();
    for (const [, name = '', value = ''] of bytes.toString('utf8').matchAll(/^([A-Z_]+)="([^"\n]*)"\r?$/gm)) {
      if (!fields.has(name)) fields.set(name, value);
    }
    const version = fields.get('JAVA_VERSION');
    const maker = fields.get('IMPLEMENTOR')?.trim();
    if (version === undefined) {
      if (maker === undefined) return [];
      throw new UnreadableEvidence(path, 'the release file of a Java runtime without its JAVA_VERSION');
    }
    const name = builds.find(([pattern]) => maker !== undefined && pattern.test(maker))?.[1] ?? 'openjdk';
    return packageDrafts(
      [
        {
          type: 'jvm',
          name,
          version,
          ...(maker === undefined || maker === 'N/A' ? {} : { supplier: maker.slice(0, 200) }),
        },
      ],
      { unlessOwned: true },
    );
  },
};
