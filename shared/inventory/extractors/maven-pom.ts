/** A Maven project as a jar names it. */
export interface MavenProject {
  readonly group?: string;
  readonly artifact: string;
  readonly version: string;
}

/** `META-INF/maven/group/artifact/pom.properties` or `pom.xml`, where `maven-archiver` puts them. */
export const pomPlace = /^META-INF\/maven\/([^/]+)\/([^/]+)\/pom\.(properties|xml)$/;

/** The project in a pom.properties (java.util.Properties as Maven writes it); the folders of its place say what the text does not. */
export function projectOfProperties(place: string, text: string): MavenProject | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(groupId|artifactId|version)\s*[=:](.*)$/.exec(line);
    const value = match?.[2]?.trim();
    if (match?.[1] !== undefined && value !== undefined && value !== '') fields.set(match[1], value);
  }
  return projectOf(place, fields);
}

const mostTokens = 100_000;

/** The project in a pom.xml, for jars that were built without pom.properties; group and version may stand in `parent` only (POM reference). */
export function projectOfXml(place: string, text: string): MavenProject | undefined {
  const own = new Map<string, string>();
  const parent = new Map<string, string>();
  const open: string[] = [];
  let seen = 0;
  for (const [token] of withoutComments(text).matchAll(/<[^<>]*>|[^<]+/g)) {
    seen += 1;
    if (seen > mostTokens) break;
    if (token.startsWith('</')) open.pop();
    else if (!token.startsWith('<')) keep(open, token.trim(), own, parent);
    else if (!token.endsWith('/>') && !/^<[?!]/.test(token)) open.push(/^<([^\s>]*)/.exec(token)?.[1] ?? '');
  }
  return projectOf(place, new Map([...parent, ...own]));
}

function withoutComments(text: string): string {
  const kept: string[] = [];
  let at = 0;
  for (let start = text.indexOf('<!--'); start >= 0; start = text.indexOf('<!--', at)) {
    kept.push(text.slice(at, start));
    const end = text.indexOf('-->', start + 4);
    if (end < 0) return kept.join('');
    at = end + 3;
  }
  return kept.join('') + text.slice(at);
}

function keep(open: readonly string[], value: string, own: Map<string, string>, parent: Map<string, string>): void {
  if (value === '' || open[0] !== 'project') return;
  const field = open.at(-1) ?? '';
  if (open.length === 2 && /^(?:groupId|artifactId|version)$/.test(field)) own.set(field, value);
  if (open.length === 3 && open[1] === 'parent' && /^(?:groupId|version)$/.test(field)) parent.set(field, value);
}

function projectOf(place: string, fields: ReadonlyMap<string, string>): MavenProject | undefined {
  const [, groupFolder, artifactFolder] = pomPlace.exec(place) ?? [];
  const group = said(fields.get('groupId')) ?? groupFolder;
  const artifact = said(fields.get('artifactId')) ?? artifactFolder;
  const version = said(fields.get('version'));
  if (artifact === undefined || version === undefined) return undefined;
  return { ...(group === undefined ? {} : { group }), artifact, version };
}

/** An unfiltered ${project.version} says nothing. */
const said = (value: string | undefined): string | undefined => (value?.includes('${') ? undefined : value);
