import { folderOf } from '../../path.ts';
import { moduleFileOf, vendoredPackageOf } from './source-path.ts';

/** Which packages are linked into a Go program. */
export interface LinkedPackages {
  /** Import paths of a module's packages (`stdlib`: of the standard library's), sorted; undefined: the paths of source files do not tell, or are too many. */
  of(module: string): readonly string[] | undefined;
}

/** always linked, and where it lies tells where the standard library does: `` with `-trimpath`, `/usr/local/go/src/` */
const anchor = 'runtime/proc.go';
/** of one module; Kubernetes, the largest known, has 700 */
const mostOfOne = 5_000;
/** of a program, over all its modules */
const mostOfAll = 50_000;

/**
 * The packages of which anything is linked, by the source files that the table of functions names (detection.md section 4, trap 27): the linker leaves out
 * functions that nobody can call, and packages of which none is left with them.
 */
export function linkedPackages(paths: Iterable<string>): LinkedPackages {
  const all = [...paths];
  const home = all.find((path) => path === anchor || path.endsWith(`/${anchor}`))?.slice(0, -anchor.length);
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
  let left = mostOfAll;
  const known = new Map<string, readonly string[] | undefined>();
  const found = (module: string): readonly string[] | undefined => {
    const most = Math.min(mostOfOne, left);
    const own = module === 'stdlib' ? sortedUpTo(standard, most) : below(sorted, module, most);
    left -= own?.length ?? 0;
    return own;
  };
  return {
    of(module) {
      if (!known.has(module)) known.set(module, found(module));
      return known.get(module);
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
  const file = moduleFileOf(path);
  return file === undefined ? vendoredPackageOf(path) : `${file.module}${file.folder}`;
}

const sortedUpTo = (all: ReadonlySet<string>, most: number): string[] | undefined =>
  all.size === 0 || all.size > most ? undefined : [...all].sort();

/** A module's own package and those below it, of a sorted list; undefined: there is none, or there are more than `most`. */
function below(sorted: readonly string[], module: string, most: number): string[] | undefined {
  const own = sorted[firstFrom(sorted, module)] === module ? [module] : [];
  const from = firstFrom(sorted, `${module}/`);
  // `0` follows the slash
  const to = firstFrom(sorted, `${module}0`);
  const count = own.length + to - from;
  return count === 0 || count > most ? undefined : [...own, ...sorted.slice(from, to)];
}

/** Index of the first text that is not before `text`. */
function firstFrom(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
