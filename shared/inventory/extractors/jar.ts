import { UnreadableEvidence } from '../errors.ts';
import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { baseOf } from '../path.ts';
import { shown } from '../plausible.ts';
import { sift } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { type MavenProject, projectsOf } from './jar-identity.ts';
import { BadZip, type ZipEntry, zipContent, zipEntries } from './zip.ts';

const archive = /\.(jar|war|ear|par|sar|nar|jpi|hpi|kar|lpkg)$/i;
/** parts of a Java runtime, which is a program of its own and not a Maven project */
const runtimeJar = /^(?:jrt-fs|rt|jsse|jce|charsets|resources|tools|dt|jconsole|sa-jdi)\.jar$/;
const deepest = 8;
const longestText = 1 << 16;
/** NAME_MAX */
const longestName = 255;
const mostProjects = 5_000;

/** Said once for many jars: coverage counts equal texts. */
const nameless = 'a jar that does not say which Maven project it is: advisories cannot be found for it';

/**
 * Java archives, nested to any honest depth (`BOOT-INF/lib`, war in ear): pom.properties, then manifest and file name. Read from
 * memory by the central directory; what is unpacked is bounded by the size of the outermost archive.
 */
export const jar: Extractor = {
  name: 'jar',
  version: 1,
  wants({ base, size }) {
    return size > 0 && archive.test(base) && !runtimeJar.test(base) ? 'archive' : undefined;
  },
  read(file) {
    const reading = new JarReading(file.bytes.length);
    try {
      reading.read(file.bytes, file.base, [], 0);
    } catch (error) {
      if (error instanceof BadZip)
        throw new UnreadableEvidence(file.path, `this Java archive cannot be read: ${error.message}`, { cause: error });
      throw error;
    }
    return reading.drafts();
  },
};

class JarReading {
  readonly #claims: FoundPackage[] = [];
  readonly #troubles: EvidenceDraft[] = [];
  /** bytes that may still be unpacked: nested jars are packed already, so honest ones need about their own size */
  #budget: number;

  constructor(size: number) {
    this.#budget = 8 * 2 ** 20 + 8 * size;
  }

  drafts(): EvidenceDraft[] {
    const { packages, troubles } = sift(this.#claims);
    const all: EvidenceDraft[] = [...troubles, ...this.#troubles];
    return packages.length === 0 ? all : [{ kind: 'packages', packages }, ...all];
  }

  /** `inside` is the way from the outermost archive to this one. */
  read(bytes: Buffer, name: string, inside: readonly string[], depth: number): void {
    const poms: MavenProject[] = [];
    let manifest: ReadonlyMap<string, string> = new Map();
    for (const entry of zipEntries(bytes)) {
      if (entry.name === 'META-INF/MANIFEST.MF') manifest = manifestOf(this.#text(bytes, entry));
      else if (
        entry.name.startsWith('META-INF/maven/') &&
        entry.name.endsWith('/pom.properties') &&
        poms.length < mostProjects
      ) {
        const pom = pomOf(entry.name, this.#text(bytes, entry));
        if (pom !== undefined && !poms.some((known) => sameProject(known, pom))) poms.push(pom);
      } else if (archive.test(entry.name) && !entry.name.endsWith('/')) this.#nested(bytes, entry, inside, depth);
    }
    this.#name({ name, poms, manifest, inside });
  }

  #nested(bytes: Buffer, entry: ZipEntry, inside: readonly string[], depth: number): void {
    const way = [...inside, entry.name];
    if (depth + 1 > deepest) {
      this.#troubles.push({
        kind: 'trouble',
        code: 'limit',
        text: `${shown(way.join('!/'))}: archives in more than ${deepest} archives are not read`,
      });
      return;
    }
    try {
      this.read(this.#unpack(bytes, entry, this.#budget), baseOf(entry.name), way, depth + 1);
    } catch (error) {
      if (!(error instanceof BadZip)) throw error;
      const code = error.limit ? 'limit' : 'unreadable-evidence';
      this.#troubles.push({
        kind: 'trouble',
        code,
        text: `${shown(way.join('!/'))}: this Java archive cannot be read: ${error.message}`,
      });
    }
  }

  #unpack(bytes: Buffer, entry: ZipEntry, most: number): Buffer {
    const content = zipContent(bytes, entry, most);
    if (entry.method !== 0) this.#budget -= content.length;
    return content;
  }

  #text(bytes: Buffer, entry: ZipEntry): string {
    return this.#unpack(bytes, entry, Math.min(longestText, this.#budget)).toString('utf8');
  }

  #name(jarFile: {
    readonly name: string;
    readonly poms: readonly MavenProject[];
    readonly manifest: ReadonlyMap<string, string>;
    readonly inside: readonly string[];
  }): void {
    const { name, poms, manifest, inside } = jarFile;
    const ending = archive.exec(name)?.[1]?.toLowerCase();
    const { projects, known } = projectsOf({ stem: name.replace(archive, '').slice(0, longestName), poms, manifest });
    // a war or ear is the application; that nobody publishes advisories for it is not news
    const unsaid = !known && ending === 'jar';
    for (const { group, artifact, version } of projects) {
      this.#claims.push({
        type: 'maven',
        name: group === undefined ? artifact : `${group}:${artifact}`,
        version,
        ...(inside.length === 0 ? {} : { inner: inside.join('!/').slice(0, 2048) }),
      });
    }
    if (unsaid) this.#troubles.push({ kind: 'trouble', code: 'unknown-version', text: nameless });
  }
}

function sameProject(a: MavenProject, b: MavenProject): boolean {
  return a.artifact === b.artifact && a.version === b.version && a.group === b.group;
}

/** java.util.Properties as Maven writes it; the folder names say what the text does not. */
function pomOf(name: string, text: string): MavenProject | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(groupId|artifactId|version)\s*[=:](.*)$/.exec(line);
    const value = match?.[2]?.trim();
    if (match?.[1] !== undefined && value !== undefined && value !== '') fields.set(match[1], value);
  }
  const [, , groupFolder, artifactFolder] = name.split('/');
  const group = fields.get('groupId') ?? groupFolder;
  const artifact = fields.get('artifactId') ?? artifactFolder;
  const version = fields.get('version');
  // an unfiltered ${project.version} says nothing
  if (artifact === undefined || version === undefined || version.includes('${')) return undefined;
  return { ...(group === undefined ? {} : { group }), artifact, version };
}

/** The main section of a manifest: lines go on with a leading space (JAR file specification). */
function manifestOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.replace(/\r\n?/g, '\n').split('\n\n')[0]?.replace(/\n /g, '').split('\n') ?? []) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}
