import type { Statement } from './statements.ts';

/**
 * Names the source package of each binary that a document speaks of: what was built of one has its version and release, and mostly begins with its name.
 * A binary whose source cannot be told stands for itself.
 */
export function sourceNames(statements: readonly Statement[]): (statement: Statement) => string {
  const sources = new Set<string>();
  const byBuild = new Map<string, Set<string>>();
  for (const { product } of statements) {
    if (product.architecture !== 'src') continue;
    sources.add(product.name);
    if (product.version === undefined) continue;
    const build = buildOf(product.module, product.version);
    byBuild.set(build, (byBuild.get(build) ?? new Set()).add(product.name));
  }
  const told = new Map<string, string>();
  for (const { product } of statements) {
    if (product.architecture === 'src' || product.version === undefined) continue;
    const builds = byBuild.get(buildOf(product.module, product.version));
    const source = builds === undefined ? undefined : (prefixOf(product.name, builds) ?? only(builds));
    if (source !== undefined) told.set(product.name, source);
  }
  return ({ product }) =>
    product.architecture === 'src'
      ? product.name
      : (told.get(product.name) ?? prefixOf(product.name, sources) ?? only(sources) ?? product.name);
}

// rpm builds of one source may differ in their epoch
const buildOf = (module: string | undefined, version: string): string =>
  `${module ?? ''} ${version.replace(/^\d+:/, '')}`;

const only = (names: ReadonlySet<string>): string | undefined => (names.size === 1 ? [...names][0] : undefined);

/** The longest of the names that a name begins with: itself, or up to one of its hyphens. However many names there are, only those are looked for. */
function prefixOf(name: string, names: ReadonlySet<string>): string | undefined {
  for (let end = name.length; end > 0; end = name.lastIndexOf('-', end - 1)) {
    const one = name.slice(0, end);
    if (names.has(one)) return one;
  }
  return undefined;
}
