import type { ClassFolders } from './class-folders.ts';
import { isArtifact, type JarFileName, splitJarName } from './jar-file-name.ts';
import { projectWithGroup } from './jar-group-name.ts';
import { bundleIn, pluginIn, titleIn, vendorIn, versionsIn } from './jar-manifest.ts';
import { groupOfArtifact, isGroup, publishedName } from './maven-groups.ts';
import type { MavenProject } from './maven-pom.ts';

/** What is known of one jar before it is decided which projects it holds. */
export interface JarClues {
  /** file name without its ending */
  readonly stem: string;
  /** one of each META-INF/maven/group/artifact */
  readonly poms: readonly MavenProject[];
  /** main section of META-INF/MANIFEST.MF */
  readonly manifest: ReadonlyMap<string, string>;
  readonly folders: ClassFolders;
  /** the project that a build tool's cache keeps the file under */
  readonly placed?: MavenProject | undefined;
}

/** Which projects a jar holds. */
export interface JarIdentity {
  /** the jar itself; undefined when nothing says what it is */
  readonly own?: MavenProject;
  /** how the own project's group is known; 'guessed' may name a project that is another one, and has to be told */
  readonly group: 'stated' | 'guessed' | 'unknown';
  /** other projects whose classes were put into it, or all of them when it is not known which is the jar's own */
  readonly shaded: readonly MavenProject[];
}

/**
 * Decides what a jar is (detection.md section 4, traps 31 and 32). The pom whose artifact and version are the file's name is the jar, all others are
 * shaded in; else the project that a build tool keeps it under; else the only pom unless the file's name speaks of something else, or the one that the manifest names; else what the file name and the
 * manifest say, with a group from the known artifacts, or guessed from the manifest and confirmed by the classes.
 */
export function identify(clues: JarClues): JarIdentity {
  const { poms } = clues;
  const pom = ownPom(clues);
  if (pom !== undefined) {
    return {
      own: pom,
      group: pom.group === undefined ? 'unknown' : 'stated',
      shaded: poms.filter((each) => each !== pom && !isSame(each, pom)),
    };
  }
  const own = ownProject(clues);
  return own === undefined ? { group: 'unknown', shaded: poms } : { ...own, shaded: poms };
}

const isSame = (a: MavenProject, b: MavenProject): boolean =>
  a.group === b.group && a.artifact === b.artifact && a.version === b.version;

function ownPom({ stem, poms, manifest, placed }: JarClues): MavenProject | undefined {
  const [named] = poms.filter((pom) => isNamedLike(pom, stem)).sort((a, b) => b.artifact.length - a.artifact.length);
  if (named !== undefined || placed !== undefined) return named ?? placed;
  const file = splitJarName(stem);
  const [only] = poms;
  if (poms.length === 1 && only !== undefined) return speaksOfAnother(file, only) ? undefined : only;
  const told = poms.filter((pom) => isInManifest(pom, manifest) && !speaksOfAnother(file, pom));
  return told.length === 1 ? told[0] : undefined;
}

function isNamedLike({ group, artifact: name, version }: MavenProject, stem: string): boolean {
  const artifact = group !== undefined && stem.startsWith(`${group}.${name}`) ? `${group}.${name}` : name;
  if (stem === artifact || stem === `${artifact}-${version}` || stem.startsWith(`${artifact}-${version}-`)) return true;
  // a deployed snapshot has the time of its making in the name: 1.0-20211214.103000-7
  const release = version.replace(/-SNAPSHOT$/, '');
  return release !== version && stem.startsWith(`${artifact}-${release}-`);
}

/** With neither name nor version in common a pom is not the file's, but of something that was put into it. */
function speaksOfAnother(file: JarFileName | undefined, pom: MavenProject): boolean {
  return file !== undefined && file.artifact !== pom.artifact && file.version !== pom.version;
}

function isInManifest({ artifact, version }: MavenProject, manifest: ReadonlyMap<string, string>): boolean {
  const bundle = bundleIn(manifest);
  return (
    versionsIn(manifest).includes(version) &&
    (titleIn(manifest) === artifact || bundle === artifact || bundle?.endsWith(`.${artifact}`) === true)
  );
}

function ownProject(clues: JarClues): (Pick<JarIdentity, 'group'> & { readonly own: MavenProject }) | undefined {
  const { stem, folders } = clues;
  const file = splitJarName(stem);
  const manifest = ownManifest(clues, file);
  const stated = pluginIn(manifest) ?? (file === undefined ? undefined : projectWithGroup(file, manifest, folders));
  if (stated !== undefined) return { own: stated, group: 'stated' };
  const [claimed] = versionsIn(manifest);
  const version = file?.version ?? claimed;
  if (version === undefined) return undefined;
  const name = file?.artifact ?? nameOf(stem, version, manifest, folders);
  if (name === undefined) return undefined;
  const artifact = publishedName(name, folders);
  const known = groupOfArtifact(artifact, version, folders);
  if (known !== undefined) return { own: { group: known, artifact, version }, group: 'stated' };
  const guessed = guessedGroup(artifact, manifest, folders);
  return guessed === undefined
    ? { own: { artifact, version }, group: 'unknown' }
    : { own: { group: guessed, artifact, version }, group: 'guessed' };
}

/** A jar with shaded projects may have got its manifest from one of them: it counts only if it speaks of the file's version. */
function ownManifest({ poms, manifest }: JarClues, file: JarFileName | undefined): ReadonlyMap<string, string> {
  if (poms.length === 0 || file === undefined || versionsIn(manifest).includes(file.version)) return manifest;
  return new Map();
}

/** The name of a jar whose file name has no version: as a known artifact, by its manifest's title, or as the file is called. */
function nameOf(
  stem: string,
  version: string,
  manifest: ReadonlyMap<string, string>,
  folders: ClassFolders,
): string | undefined {
  const asFile = publishedName(stem, folders);
  if (!folders.isEmpty && groupOfArtifact(asFile, version, folders) !== undefined) return asFile;
  return titleIn(manifest) ?? (/^[a-z]/.test(stem) && isArtifact(stem) ? stem : undefined);
}

/**
 * The group that the manifest lets one guess: its vendor id (sbt and Maven write the group there), or its bundle name without the artifact. Only one that
 * the jar has classes of, and only if both do not speak of two. What is made for one Scala is made by sbt, whose vendor id is the group wherever its classes are.
 */
function guessedGroup(
  artifact: string,
  manifest: ReadonlyMap<string, string>,
  folders: ClassFolders,
): string | undefined {
  const bundle = bundleIn(manifest);
  const vendor = vendorIn(manifest);
  if (vendor !== undefined && isGroup(vendor) && /_(?:2\.\d+|3)$/.test(artifact)) return vendor;
  const guesses = [
    vendor,
    bundle?.endsWith(`.${artifact}`) ? bundle.slice(0, -artifact.length - 1) : undefined,
  ].flatMap((guess) => (guess !== undefined && isGroup(guess) && confirmed(guess, folders) ? [guess] : []));
  return new Set(guesses).size === 1 ? guesses[0] : undefined;
}

function confirmed(group: string, folders: ClassFolders): boolean {
  const folder = group.replaceAll('.', '/');
  return (
    folders.isEmpty ||
    [folder, folder.replaceAll('-', '_'), folder.replaceAll('-', '')].some((each) => folders.has(each))
  );
}
