import type { Judge, Product, VersionMark } from './product.ts';

/** A program made with Go, known by the module that it is built from. */
export interface GoProgram {
  readonly id: string;
  readonly cpe: Product['cpe'];
  /** 'go': the advisories of its module, whose versions are the program's */
  readonly judge: Judge | 'go';
  /** the first major version that stands in the module's path, 2 if not given */
  readonly majorFrom?: number | 'never';
  /** the module's versions are others than the program's */
  readonly hasOwnVersions?: true;
  readonly names: readonly string[];
  /** module path without its major version */
  readonly module: string;
  /** variables that the project's build sets with `-ldflags -X` */
  readonly variables?: readonly string[];
  readonly marks?: readonly VersionMark[];
  /** beginnings of its releases (`v3.`), for builds that say nothing of their flags */
  readonly stamps?: readonly string[];
}

/** Source of an expression for a release as Go projects write it; its group is `version`. */
export const releaseNumber =
  'v?(?<version>\\d{1,4}\\.\\d{1,4}\\.\\d{1,4}(?:-(?:alpha|beta|rc|security)[-.]?\\d{0,3}(?:\\.\\d{1,3})?)?)';

/**
 * The build information that Go links into each program is plain text: `mod<TAB>module<TAB>v1.2.3`, and the build's flags. A version made
 * of a commit's time is none, and neither is `(devel)`.
 */
export function goProduct(program: GoProgram): Product {
  const { id, cpe, judge, names, module, variables = [], marks = [], stamps = [], majorFrom = 2 } = program;
  const path = module.replace(/[.]/g, '\\.');
  return {
    id,
    cpe,
    judge: judge === 'go' ? { by: 'go' } : judge,
    goModule: {
      path: module,
      ...(majorFrom === 'never' ? {} : { majorFrom }),
      hasReleases: program.hasOwnVersions !== true,
    },
    classifiers: [
      {
        names,
        marks: [
          ...variables.map((variable) => ({
            anchor: `${variable}=`,
            expression: new RegExp(`^${variable.replace(/[.]/g, '\\.')}=['"\\\\]{0,2}${releaseNumber}(?![\\w.-])`),
          })),
          ...marks,
          {
            anchor: `\t${module}`,
            before: 4,
            expression: new RegExp(
              `(?:path\\t${path}[/\\n]|mod\\t${path}(?:\\/v\\d{1,3})?\\t(?:${releaseNumber}(?:\\+[a-z]{1,16}){0,2}[\\t\\n])?)`,
            ),
            proves: true,
          },
          ...stamps.map(stampMark),
        ],
      },
    ],
  };
}

/**
 * A release that `-X` set, where `-trimpath` keeps the flags out of the build information: it stands alone among the data and is ended by a zero, behind bytes of anything. Names of
 * functions are ended so too (`pkg.init.func2.1.1`, `entropy/v1.0.0`), and have more of the name before them; a C compiler writes its version twice.
 */
function stampMark(stamp: string): VersionMark {
  const notBefore = stamp.startsWith('v') ? './+ -' : '\\w./+ -';
  return {
    anchor: stamp,
    before: 1,
    expression: new RegExp(
      `^[^${notBefore}](?=${stamp.replace(/[.]/g, '\\.')})${releaseNumber}(?:\\+[a-z]{1,16}(?:-\\d{1,3})?)?\\0`,
    ),
    mostHits: 1 << 18,
    needsProof: true,
  };
}
