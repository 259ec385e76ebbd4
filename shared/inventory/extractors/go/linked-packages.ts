import { folderOf } from '../../path.ts';

/** Which packages are linked into a Go program. */
export interface LinkedPackages {
  /** Import paths of a module's packages (`stdlib`: of the standard library's), sorted; undefined: the paths of source files do not tell. */
  of(module: string): readonly string[] | undefined;
}

/** always linked, and where it lies tells where the standard library does: `` with `-trimpath`, `/usr/local/go/src/` */
const anchor = /^(.*?)runtime\/proc\.go$/;
/** `/root/go/pkg/mod/golang.org/x/net@v0.17.0/http2/frame.go`, or the same from the module on */
const ofModule = /^(?:.*\/mod\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[^/@]+)*)@v[^/]+((?:\/[^/]+)*)\/[^/]+$/;
const vendored = /(?:^|\/)vendor\/([a-z0-9-]+(?:\.[a-z0-9-]+)+\/.*)\/[^/]+$/;

/**
 * The packages of which anything is linked, by the source files that the table of functions names (detection.md section 4, trap 27): the linker leaves out
 * functions that nobody can call, and packages of which none is left with them.
 */
export function linkedPackages(paths: Iterable<string>): LinkedPackages {
  const all = [...paths];
  const home = all.map((path) => anchor.exec(path)?.[1]).find((prefix) => prefix !== undefined);
  const standard = new Set<string>();
  const others = new Set<string>();
  for (const path of all) {
    const own = home === undefined ? undefined : standardPackage(path, home);
    if (own !== undefined) standard.add(own);
    else {
      const other = packageOf(path);
      if (other !== undefined) others.add(other);
    }
  }
  const sorted = [...others].sort();
  return {
    of(module) {
      const found =
        module === 'stdlib'
          ? [...standard].sort()
          : sorted.filter((path) => path === module || path.startsWith(`${module}/`));
      return found.length === 0 ? undefined : found;
    },
  };
}

function standardPackage(path: string, home: string): string | undefined {
  if (!path.startsWith(home)) return undefined;
  const folder = folderOf(path.slice(home.length));
  // without a place of its own it is known by what every other path begins with: a host's name
  const isStandard = home !== '' || !/^(?:\/|[^/]*\.)/.test(folder);
  return folder !== '' && isStandard ? folder : undefined;
}

function packageOf(path: string): string | undefined {
  const [, module, folders = ''] = ofModule.exec(path) ?? [];
  if (module !== undefined)
    return `${module}${folders}`.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return vendored.exec(path)?.[1];
}
