import { moduleFileOf } from './source-path.ts';

/** What the paths of source files say of a program. */
export interface SourceModules {
  /** path -> version, as `v1.2.3` */
  readonly modules: ReadonlyMap<string, string>;
  /** the version of Go that compiled it, `go1.22.3`, when that was downloaded as a module */
  readonly goVersion?: string;
}

const mostModules = 20_000;

/** The modules that source files are of, by their paths; the standard library's and those of folders name none. */
export function modulesOfSources(paths: Iterable<string>): SourceModules {
  const modules = new Map<string, string>();
  let goVersion: string | undefined;
  for (const path of paths) {
    const file = moduleFileOf(path);
    if (file === undefined) continue;
    if (file.module === 'golang.org/toolchain') goVersion ??= /-(go\d[\d.a-z]*?)\.[a-z]/.exec(file.version)?.[1];
    else if (modules.size < mostModules) modules.set(file.module, file.version);
  }
  return { modules, ...(goVersion === undefined ? {} : { goVersion }) };
}
