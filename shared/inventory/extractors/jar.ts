import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { baseOf } from '../path.ts';
import { shown } from '../plausible.ts';
import { bundleLicenses } from './bundle-licenses.ts';
import { ClassFolders } from './class-folders.ts';
import { licensesOf, sift } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { archiveEndings, archiveStem, isArchiveName, isGeneratedName, mayBeOtherFormat } from './jar-endings.ts';
import { identify } from './jar-identity.ts';
import { manifestOf, versionsIn } from './jar-manifest.ts';
import { projectOfPlace } from './maven-place.ts';
import { type MavenProject, pomPlace, projectOfProperties, projectOfXml } from './maven-pom.ts';
import { unsaidParts } from './unsaid-parts.ts';
import { BadZip, isZip, type ZipEntry, zipContent, zipEntries } from './zip.ts';

const deepest = 8;
/** manifests of signed jars list a digest for every class */
const longestText = 8 << 20;
const mostProjects = 5_000;

/** Said once for many jars: coverage counts equal texts. */
const nameless = 'a jar that does not say which Maven project it is: advisories cannot be found for it';
const guessed =
  'a jar whose Maven group is only guessed from its manifest: if it was published under another one, its advisories are not found';

/**
 * Java archives, nested to any honest depth (`BOOT-INF/lib`, war in ear): Maven's own description, then manifest, file name and classes. Read from
 * memory by the central directory; what is unpacked is bounded by the size of the outermost archive.
 */
export const jar: Extractor = {
  name: 'jar',
  version: 7,
  concerns: { endings: archiveEndings },
  wants({ base, size }) {
    return size > 0 && isArchiveName(base) ? 'archive' : undefined;
  },
  read(file) {
    if (mayBeOtherFormat(file.base) && !isZip(file.bytes)) return [];
    const reading = new JarReading(file.bytes.length, projectOfPlace(file.path));
    reading.read(file.bytes, file.base, [], 0);
    return reading.drafts();
  },
};

class JarReading {
  readonly #claims: FoundPackage[] = [];
  readonly #troubles: EvidenceDraft[] = [];
  /** bytes that may still be unpacked: nested jars are packed already, so honest ones need about their own size */
  #budget: number;
  readonly #placed: MavenProject | undefined;

  constructor(size: number, placed: MavenProject | undefined) {
    this.#budget = 16 * 2 ** 20 + 8 * size;
    this.#placed = placed;
  }

  drafts(): EvidenceDraft[] {
    const { packages, troubles } = sift(this.#claims);
    const all: EvidenceDraft[] = [...troubles, ...this.#troubles];
    return packages.length === 0 ? all : [{ kind: 'packages', packages }, ...all];
  }

  /** `inside` is the way from the outermost archive to this one. What was read before a broken place stays. */
  read(bytes: Buffer, name: string, inside: readonly string[], depth: number): void {
    const contents = new JarContents();
    try {
      for (const entry of zipEntries(bytes)) {
        contents.folders.add(entry.name);
        contents.isApplication ||= entry.name.startsWith('BOOT-INF/');
        if (entry.name === 'META-INF/MANIFEST.MF') contents.manifest = manifestOf(this.#text(bytes, entry, inside));
        else if (pomPlace.test(entry.name)) contents.addPom(entry.name, () => this.#text(bytes, entry, inside));
        else if (isArchiveName(baseOf(entry.name)) && !entry.name.endsWith('/'))
          this.#nested(bytes, entry, inside, depth);
      }
    } catch (error) {
      this.#trouble(error, inside);
    }
    this.#name(name, contents, inside);
  }

  #nested(bytes: Buffer, entry: ZipEntry, inside: readonly string[], depth: number): void {
    const way = [...inside, entry.name];
    if (depth + 1 > deepest) {
      const text = `${shown(way.join('!/'))}: archives in more than ${deepest} archives are not read`;
      this.#troubles.push({ kind: 'trouble', code: 'limit', text });
      return;
    }
    let content: Buffer;
    try {
      content = this.#unpack(bytes, entry, this.#budget);
    } catch (error) {
      this.#trouble(error, way);
      return;
    }
    const name = baseOf(entry.name);
    if (!mayBeOtherFormat(name) || isZip(content)) this.read(content, name, way, depth + 1);
  }

  #unpack(bytes: Buffer, entry: ZipEntry, most: number): Buffer {
    const content = zipContent(bytes, entry, most);
    if (entry.method !== 0) this.#budget -= content.length;
    return content;
  }

  /** A text that cannot be read is told and empty: the other clues may still say what the jar is. */
  #text(bytes: Buffer, entry: ZipEntry, inside: readonly string[]): string {
    try {
      return this.#unpack(bytes, entry, Math.min(longestText, this.#budget)).toString('utf8');
    } catch (error) {
      this.#trouble(error, [...inside, entry.name]);
      return '';
    }
  }

  #trouble(error: unknown, way: readonly string[]): void {
    if (!(error instanceof BadZip)) throw error;
    const place = way.length === 0 ? '' : `${shown(way.join('!/'))}: `;
    const code = error.limit ? 'limit' : 'unreadable-evidence';
    this.#troubles.push({ kind: 'trouble', code, text: `${place}this Java archive cannot be read: ${error.message}` });
  }

  #name(name: string, contents: JarContents, inside: readonly string[]): void {
    const { manifest, folders } = contents;
    const placed = inside.length === 0 ? this.#placed : undefined;
    const poms = contents.poms();
    const { own, shaded, group } = identify({ stem: archiveStem(name), poms, manifest, folders, placed });
    const inner = inside.length === 0 ? {} : { inner: inside.join('!/').slice(0, 2048) };
    const claim = (project: MavenProject): FoundPackage => ({
      type: 'maven',
      name: project.group === undefined ? project.artifact : `${project.group}:${project.artifact}`,
      version: project.version,
      ...inner,
    });
    // what was shaded into a jar may have brought its manifest along
    const isOwn = shaded.length === 0 || (own !== undefined && versionsIn(manifest).includes(own.version));
    if (own !== undefined) this.#claims.push({ ...claim(own), ...(isOwn ? licensesOf(bundleLicenses(manifest)) : {}) });
    for (const project of shaded) this.#claims.push({ ...claim(project), bundled: 'shaded' });
    // a war, an ear or what Spring Boot packed is the application; that nobody publishes advisories for it is not news
    if (!/\.jar$/i.test(name) || isGeneratedName(name) || folders.isEmpty || contents.isApplication) return;
    if (own === undefined ? shaded.length === 0 : group === 'unknown') {
      this.#say(nameless);
      return;
    }
    if (group === 'guessed') this.#say(guessed);
    for (const part of unsaidParts(own === undefined ? shaded : [own, ...shaded], folders))
      this.#say(`a jar with classes of ${part} that does not say which version: advisories cannot be found for them`);
  }

  #say(text: string): void {
    this.#troubles.push({ kind: 'trouble', code: 'unknown-version', text });
  }
}

/** What the entries of one archive say. */
class JarContents {
  readonly folders = new ClassFolders();
  manifest: ReadonlyMap<string, string> = new Map();
  /** packed by Spring Boot: the classes beside its loader are nobody's library */
  isApplication = false;
  readonly #properties = new Map<string, MavenProject>();
  readonly #xml = new Map<string, () => MavenProject | undefined>();

  addPom(place: string, text: () => string): void {
    if (this.#properties.size + this.#xml.size > mostProjects) return;
    const folder = place.slice(0, place.lastIndexOf('/'));
    if (place.endsWith('.xml')) {
      this.#xml.set(folder, () => projectOfXml(place, text()));
      return;
    }
    const project = projectOfProperties(place, text());
    if (project !== undefined) this.#properties.set(folder, project);
  }

  /** One project of each folder below META-INF/maven; a pom.xml is only read where there are no properties. */
  readonly poms = (): MavenProject[] => {
    const found = [...this.#properties.values()];
    for (const [folder, read] of this.#xml) {
      const project = this.#properties.has(folder) ? undefined : read();
      if (project !== undefined) found.push(project);
    }
    const id = ({ group, artifact, version }: MavenProject): string => `${group}:${artifact}:${version}`;
    return [...new Map(found.map((project) => [id(project), project])).values()];
  };
}
