/** A Go module in build information. */
export interface GoModule {
  readonly path: string;
  /** `v1.2.3`, a pseudo-version, `(devel)`, or '' */
  readonly version: string;
  /** what `replace` put in its place: another module, or a folder, which has no version */
  readonly replacement?: { readonly path: string; readonly version: string };
}

/** What build information says of a program (runtime/debug, BuildInfo). */
export interface GoBuild {
  /** import path of the program: `github.com/acme/tool/cmd/tool`, `cmd/go` for Go's own */
  readonly path: string;
  readonly main?: GoModule;
  readonly dependencies: readonly GoModule[];
  /** `-ldflags`, `vcs.revision` … */
  readonly settings: ReadonlyMap<string, string>;
}

const mostModules = 20_000;
const mostSettings = 500;

/** Reads the lines of build information: a word, then fields, separated by tabs. Lines of other words are left for newer versions of Go. */
export function goBuildOf(text: string): GoBuild {
  const modules: { kind: 'mod' | 'dep'; module: GoModule }[] = [];
  const settings = new Map<string, string>();
  let program = '';
  for (const line of text.split('\n')) {
    const [word, path = '', version = ''] = line.split('\t');
    if ((word === 'mod' || word === 'dep') && modules.length < mostModules)
      modules.push({ kind: word, module: { path, version } });
    else if (word === '=>') {
      const last = modules.at(-1);
      if (last !== undefined) last.module = { ...last.module, replacement: { path, version } };
    } else if (word === 'path') program = path;
    else if (word === 'build' && settings.size < mostSettings) {
      const setting = settingOf(line.slice('build\t'.length));
      if (setting !== undefined) settings.set(...setting);
    }
  }
  const main = modules.find(({ kind }) => kind === 'mod')?.module;
  return {
    path: program,
    ...(main === undefined ? {} : { main }),
    dependencies: modules.filter(({ kind }) => kind === 'dep').map(({ module }) => module),
    settings,
  };
}

/** `key=value`, either of them quoted as Go quotes (strconv.Quote) when it holds spaces, quotes or equals signs. */
function settingOf(text: string): [key: string, value: string] | undefined {
  const [, key, value] = /^("(?:[^"\\]|\\.)*"|[^="]*)=(.*)$/s.exec(text) ?? [];
  return key === undefined || value === undefined ? undefined : [unquoted(key), unquoted(value)];
}

function unquoted(text: string): string {
  if (text.startsWith('`') && text.endsWith('`') && text.length > 1) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    // \x1b and the like are Go's own; what they stand for is in no version
    return text.replace(/^"|"$/g, '').replace(/\\(["\\])/g, '$1');
  }
}
