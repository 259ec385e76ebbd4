/** What the paths of source files say of a program. */
export interface SourceModules {
  /** path -> version, as `v1.2.3` */
  readonly modules: ReadonlyMap<string, string>;
  /** the version of Go that compiled it, `go1.22.3`, when that was downloaded as a module */
  readonly goVersion?: string;
}

const mostModules = 20_000;
/**
 * `github.com/acme/lib@v1.2.3/file.go`, as `-trimpath` writes it, or the same below a module cache; what stands before a version begins with a host's name.
 * Capitals are written as `!m` in a cache (golang.org/ref/mod, "Module cache").
 */
const source = /^(?:.*\/mod\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[^/@]+)*)@(v\d[^/@]{0,120})\//;

/** The modules that source files are of, by their paths; the standard library's and those of folders name none. */
export function modulesOfSources(paths: Iterable<string>): SourceModules {
  const modules = new Map<string, string>();
  let goVersion: string | undefined;
  for (const path of paths) {
    const [, escaped = '', version = ''] = source.exec(path) ?? [];
    if (escaped === '') continue;
    const name = escaped.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (name === 'golang.org/toolchain') goVersion ??= /-(go\d[\d.a-z]*?)\.[a-z]/.exec(version)?.[1];
    else if (modules.size < mostModules) modules.set(name, version.replace(/!([a-z])/g, '$1'));
  }
  return { modules, ...(goVersion === undefined ? {} : { goVersion }) };
}
