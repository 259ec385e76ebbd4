import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { plausibleName } from '../plausible.ts';
import { sift } from './drafts.ts';
import type { Extractor } from './extractor.ts';

// what test suites of packages carry along (resolve/test/resolver/multirepo ...) is no dependency of anything
const fixture = /\/(?:tests?|__tests__|specs?|fixtures?|__fixtures__|__mocks__|mocks?|examples?|demos?|benchmarks?)\//i;

/**
 * Installed npm packages: every `package.json` below a `node_modules` folder that has a name and a version. Scoped, nested, bundled and pnpm
 * layouts all have this form. Files without both fields (`{"type":"module"}`) are configuration, not packages.
 */
export const npm: Extractor = {
  name: 'npm',
  version: 1,
  wants({ path, base, size }) {
    if (base !== 'package.json' || size === 0) return undefined;
    const at = path.lastIndexOf('node_modules/');
    if (at < 0 || (at > 0 && path[at - 1] !== '/')) return undefined;
    return fixture.test(insidePackage(path.slice(at + 'node_modules/'.length))) ? undefined : 'content';
  },
  read(file) {
    const found = packageOf(parse(file.path, file.bytes));
    if (found === undefined) return [];
    // deeper inside, a name that cannot be one (`%name%`) is a template, not a package
    if (!plausibleName('npm', found.name) && !isInstalled(file.path)) return [];
    const { packages, troubles } = sift([found]);
    return packages.length === 0 ? troubles : [{ kind: 'packages', packages }, ...troubles];
  },
};

/** True for the package.json of the package itself, not of something that it carries along. */
function isInstalled(path: string): boolean {
  return insidePackage(path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)) === '/package.json';
}

/** `@scope/name/lib/x` -> `/lib/x`: only folders inside of the package say that something is a fixture. */
function insidePackage(rest: string): string {
  const parts = rest.split('/');
  return `/${parts.slice(rest.startsWith('@') ? 2 : 1).join('/')}`;
}

function parse(path: string, bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    throw new UnreadableEvidence(path, 'this package.json is no JSON', { cause });
  }
}

function packageOf(json: unknown): FoundPackage | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { name, version, license } = json as Readonly<Record<string, unknown>>;
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
