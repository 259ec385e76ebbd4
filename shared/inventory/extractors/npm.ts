import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { plausibleName } from '../plausible.ts';
import { packageDrafts } from './drafts.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';
import { isRecord, jsonOf } from './json.ts';
import { isTooling } from './npm-tooling.ts';

// what test suites of packages carry along (resolve/test/resolver/multirepo ...), and what they begin new projects with, is no dependency of anything
const fixture =
  /\/(?:tests?|__tests__|specs?|fixtures?|__fixtures__|__mocks__|mocks?|examples?|demos?|benchmarks?|templates?)\//i;
/** pnpm's store keeps files under the hash of their content; node_modules has hard links to them */
const stored = /(?:^|\/)store\/v\d+\/files\/[0-9a-f]{2}\/[0-9a-f]{30,128}$/;
/** where Debian's node searches packages, which its policy for Node.js modules places there, and JupyterLab its extensions */
const otherHome = /(?:^|\/)(?:usr\/(?:share|lib(?:\/[\w-]+)?)\/nodejs|share\/jupyter\/labextensions)\//;
/** where Yarn's linker called pnpm keeps a package, below node_modules */
const yarnStored = /^\.store\/[^/]+\/package(?=\/)/;
/** Deno runs packages from its cache, where they lie by registry, name and version */
const denoCached = /(?:^|\/)npm\/[a-z0-9-]+(?:\.[a-z0-9-]+)+\/(?:@[^/]+\/)?[^/]+\/\d[^/]*(?=\/)/;
/** where Fedora and Red Hat put what comes with Node.js, of which several versions may lie beside each other */
const versionedHome = /(?:^|\/)node_modules_\d+\//;
/** larger files of a store are no package.json */
const longestStored = 256 * 1024;

/**
 * Installed npm packages: every `package.json` below a `node_modules` folder, Debian's `nodejs` or JupyterLab's `labextensions`, that has a name and a version. Scoped, nested, bundled, Yarn's unplugged
 * and pnpm's layouts all have this form; Deno's cache is read too. Files without both fields (`{"type":"module"}`) are configuration, not packages. Package managers that
 * lie elsewhere (Yarn in /opt, Corepack's) are read too. A file of pnpm's store counts only where a hard link makes it such a package.json.
 */
export const npm: Extractor = {
  name: 'npm',
  version: 7,
  concerns: { names: ['package.json'], folders: ['store/v'] },
  wants({ path, base, size }) {
    if (size === 0) return undefined;
    if (base !== 'package.json')
      return base.length >= 30 && size <= longestStored && stored.test(path) ? 'content' : undefined;
    const inside = insidePackage(path);
    if (inside === undefined) return isTooling(path) ? 'content' : undefined;
    return fixture.test(inside) || isLeftOver(path) || inFixtureOfAnother(path) ? undefined : 'content';
  },
  read(file) {
    if (file.base !== 'package.json') return readStored(file);
    const json = jsonOf(file, 'package.json');
    const found = packageOf(json);
    if (found === undefined) return [];
    const inside = insidePackage(file.path);
    const isRoot = inside === undefined || inside === '/package.json';
    if (!isRoot && isMark(json, found, file.path)) return [];
    const bundled = isTooling(file.path) ? 'tooling' : isRoot ? undefined : 'vendored';
    return packageDrafts([{ ...found, ...(bundled === undefined ? {} : { bundled }) }]);
  },
};

/**
 * Whether a package.json deeper inside of a package is no package: a name that cannot be one (`%name%`) is a template; what nobody may publish (terser/dist), what leads to files of the
 * package around it (`"main": "../dist/query"`) and what has that package's name are marks for Node and bundlers.
 */
function isMark(json: unknown, { name }: FoundPackage, path: string): boolean {
  if (!plausibleName('npm', name)) return true;
  if (isRecord(json) && (json.private === true || [json.main, json.module].some(leadsOut))) return true;
  return path.slice(homeEnd(path)).startsWith(`${name}/`);
}

const leadsOut = (entry: unknown): boolean => typeof entry === 'string' && entry.startsWith('../');

function readStored(file: EvidenceFile): readonly EvidenceDraft[] {
  if (file.bytes[0] !== 0x7b) return [];
  let json: unknown;
  try {
    json = JSON.parse(file.bytes.toString('utf8'));
  } catch {
    // any file of any package may lie here
    return [];
  }
  const found = packageOf(json);
  if (found === undefined || !plausibleName('npm', found.name)) return [];
  return packageDrafts([found])
    .filter(({ kind }) => kind === 'packages')
    .map((draft) => ({ ...draft, onlyAs: 'npm-package' }));
}

/** True for the package.json of an installed package itself: what a file of pnpm's store has to be linked as. */
export const isPackageJson = (path: string): boolean => insidePackage(path) === '/package.json';

/**
 * The path inside of the package that the last node_modules holds: `node_modules/@scope/name/lib/x` is `/lib/x`; undefined outside of every home of
 * packages. Only folders inside of the package say that something is a fixture.
 */
function insidePackage(path: string): string | undefined {
  const start = homeEnd(path);
  if (start === undefined) return after(denoCached, path);
  const rest = path.slice(start);
  const stored = after(yarnStored, rest);
  if (stored !== undefined) return stored;
  const parts = rest.split('/');
  return `/${parts.slice(rest.startsWith('@') ? 2 : 1).join('/')}`;
}

/** What follows the folder of a package in a path. */
function after(folder: RegExp, path: string): string | undefined {
  const match = folder.exec(path);
  return match === null ? undefined : path.slice(match.index + match[0].length);
}

/** Where the name of a package begins in a path. */
function homeEnd(path: string): number | undefined {
  const at = path.lastIndexOf('node_modules/');
  if (at === 0 || (at > 0 && path[at - 1] === '/')) return at + 'node_modules/'.length;
  const other = versionedHome.exec(path) ?? otherHome.exec(path);
  return other === null ? undefined : other.index + other[0].length;
}

/** True below a folder that npm or pnpm moved a package aside to (`.express-Xy12abCD`, `.ignored_express`), or that is a cache: npm allows no name that begins with a dot. */
function isLeftOver(path: string): boolean {
  const rest = path.slice(homeEnd(path));
  return /^(?:@[^/]+\/)?\./.test(rest) && after(yarnStored, rest) === undefined;
}

/** True for packages that one around them has among its tests. */
function inFixtureOfAnother(path: string): boolean {
  for (let outer = aroundHome(path); outer !== undefined; outer = aroundHome(outer))
    if (fixture.test(insidePackage(outer) ?? '')) return true;
  return false;
}

/** The folder that the last node_modules lies in. */
function aroundHome(path: string): string | undefined {
  const at = path.lastIndexOf('/node_modules/');
  return at < 0 ? undefined : path.slice(0, at + 1);
}

/** The package that a package.json describes; undefined when it has not both a name and a version. */
export function packageOf(json: unknown): FoundPackage | undefined {
  if (!isRecord(json)) return undefined;
  const { name, version, license } = json;
  if (typeof name !== 'string' || typeof version !== 'string' || name === '' || version.trim() === '') return undefined;
  // npm itself drops a leading v or = when it reads a version
  const plain = version.trim().replace(/^[=v]+/, '');
  return {
    type: 'npm',
    name,
    version: plain === '' ? version.trim() : plain,
    ...(typeof license === 'string' ? { licenses: [license.slice(0, 200)] } : {}),
  };
}
