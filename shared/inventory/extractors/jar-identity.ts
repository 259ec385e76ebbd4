import { groupOfArtifact } from './maven-groups.ts';

/** A Maven project as a jar names it. */
export interface MavenProject {
  readonly group?: string;
  readonly artifact: string;
  readonly version: string;
}

/** What is known of one jar before it is decided which projects it holds. */
export interface JarClues {
  /** file name without its ending */
  readonly stem: string;
  /** one of each META-INF/maven/group/artifact/pom.properties */
  readonly poms: readonly MavenProject[];
  /** main section of META-INF/MANIFEST.MF */
  readonly manifest: ReadonlyMap<string, string>;
}

/**
 * The projects that a jar holds: each pom.properties is one, shaded ones included. If one of them is the jar itself (its artifact and version are
 * the file's name, or it is the only one), that is all; else the jar is what its manifest and its file name say (detection.md section 4, traps 31 and
 * 32). A group is never guessed from words: only a vendor id, a bundle name that ends in the artifact, or a known artifact gives one.
 */
export function projectsOf(clues: JarClues): { readonly projects: readonly MavenProject[]; readonly known: boolean } {
  const { poms } = clues;
  if (poms.some((pom) => isNamedLike(pom, clues.stem)) || poms.length === 1) return { projects: poms, known: true };
  const own = ownProject(clues);
  if (own === undefined) return { projects: poms, known: false };
  const listed = poms.some(({ artifact, version }) => artifact === own.artifact && version === own.version);
  return { projects: listed ? poms : [...poms, own], known: own.group !== undefined || listed };
}

function isNamedLike({ artifact, version }: MavenProject, stem: string): boolean {
  return stem === artifact || stem === `${artifact}-${version}` || stem.startsWith(`${artifact}-${version}-`);
}

function ownProject({ stem, manifest }: JarClues): MavenProject | undefined {
  const name =
    /^(.+?)-(\d[A-Za-z0-9.+_]*(?:-(?:SNAPSHOT|RELEASE|FINAL|GA|(?:alpha|beta|rc|m)[.-]?\d*|jre|android))?)(?:-[A-Za-z][\w.-]*)?$/i.exec(
      stem,
    );
  const artifact = name?.[1] ?? title(manifest);
  const version =
    name?.[2] ??
    manifest.get('Implementation-Version') ??
    manifest.get('Bundle-Version') ??
    manifest.get('Specification-Version');
  if (artifact === undefined || version === undefined || !/^[A-Za-z0-9_.-]+$/.test(artifact)) return undefined;
  const plain = version.trim().split(/\s/)[0] ?? '';
  if (!/^\d[A-Za-z0-9_.+-]*$/.test(plain)) return undefined;
  const group = groupOf(artifact, manifest);
  return { ...(group === undefined ? {} : { group }), artifact, version: plain };
}

/** A title that can be an artifact: `spring-core`, not `Spring Core` or `Java Runtime Environment`. */
function title(manifest: ReadonlyMap<string, string>): string | undefined {
  const text = manifest.get('Implementation-Title') ?? manifest.get('Bundle-Name');
  return text !== undefined && /^[a-z0-9][a-z0-9_.-]*$/.test(text) ? text : undefined;
}

function groupOf(artifact: string, manifest: ReadonlyMap<string, string>): string | undefined {
  const known = groupOfArtifact(artifact);
  if (known !== undefined) return known;
  const vendor = manifest.get('Implementation-Vendor-Id');
  if (vendor !== undefined && /^[a-z][\w-]*(?:\.[\w-]+)+$/i.test(vendor)) return vendor;
  const bundle = manifest.get('Bundle-SymbolicName')?.split(';')[0]?.trim();
  if (bundle?.endsWith(`.${artifact}`) && bundle.includes('.')) return bundle.slice(0, -artifact.length - 1);
  return undefined;
}
