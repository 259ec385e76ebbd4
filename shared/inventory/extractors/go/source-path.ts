/** A source file of a module as the table of functions names it. */
export interface ModuleFile {
  /** as `go.mod` writes it */
  readonly module: string;
  /** `v1.2.3` */
  readonly version: string;
  /** folders below the module, '' or with a slash before each */
  readonly folder: string;
}

/** begins with the name of a host */
const modulePath = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[^/]+)*$/;
const longestVersion = 120;

/**
 * Reads `github.com/acme/lib@v1.2.3/sub/file.go`, as `-trimpath` writes it, or the same below a module cache, where capitals are written as `!m` (golang.org/ref/mod,
 * "Module cache"). Undefined for other files. Paths are hostile and many: no step looks back.
 */
export function moduleFileOf(path: string): ModuleFile | undefined {
  const at = path.indexOf('@v');
  if (at <= 0) return undefined;
  const slash = path.indexOf('/', at);
  const last = path.lastIndexOf('/');
  if (slash < 0 || slash - at > longestVersion) return undefined;
  const module = path.slice(cacheEnd(path, at), at);
  const version = path.slice(at + 1, slash);
  if (!modulePath.test(module) || !/^v\d/.test(version)) return undefined;
  return { module: unescaped(module), version: unescaped(version), folder: path.slice(slash, last) };
}

/** Where the module's path begins: at once with `-trimpath`, else behind the cache's folder, `$GOPATH/pkg/mod` or another that ends like it. */
function cacheEnd(path: string, at: number): number {
  if (!/^(?:\/|[A-Za-z]:)/.test(path)) return 0;
  for (const cache of ['/pkg/mod/', '/mod/']) {
    const found = path.indexOf(cache);
    if (found >= 0 && found < at) return found + cache.length;
  }
  return 0;
}

const unescaped = (text: string): string =>
  text.includes('!') ? text.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase()) : text;

/** The import path of a package in a vendor folder; undefined for other files. */
export function vendoredPackageOf(path: string): string | undefined {
  const folder = '/vendor/';
  const at = path.startsWith('vendor/') ? -1 : path.lastIndexOf(folder);
  if (at < 0 && !path.startsWith('vendor/')) return undefined;
  const found = path.slice(at + folder.length, path.lastIndexOf('/'));
  return modulePath.test(found) && found.includes('/') ? found : undefined;
}
