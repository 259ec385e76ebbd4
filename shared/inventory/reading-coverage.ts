import { bitnamiFolders } from './billed-packages.ts';
import { extendedStreams, otherProducts } from './content-sets.ts';
import { noOwnVersion } from './extractors/go/go-program.ts';
import { someCrates } from './extractors/rust-sources.ts';
import { saysGoVersion } from './go-names.ts';
import { isOsPackage } from './keys-of-packages.ts';
import type { Evidence, LayerFacts } from './layer-facts.ts';
import type { MergedFiles } from './merged-files.ts';
import type { Ownership } from './ownership.ts';
import { shown } from './plausible.ts';
import { partsOfPrograms } from './program-parts.ts';
import type {
  Coverage,
  CoverageReason,
  Distribution,
  ExecutableFile,
  InstalledPackage,
  InventoryLayer,
} from './types.ts';

/** What coverage is decided by. */
export interface CoverageInput {
  readonly facts: readonly LayerFacts[];
  readonly layers: readonly InventoryLayer[];
  readonly merged: MergedFiles;
  readonly packages: readonly InstalledPackage[];
  readonly executables: readonly ExecutableFile[];
  readonly distribution: Distribution | undefined;
  readonly ownership: Ownership;
  /** database files that a link leads to and that were not read */
  readonly unread: readonly string[];
}

const mostReasons = 50;

/** How much of an image reading could know, with every reason (design decision 11: unknown is never clean). */
export function coverageOf(input: CoverageInput): Coverage {
  const evidence = visibleEvidence(input.merged);
  const reasons = [
    ...input.facts.flatMap((facts) => facts.reasons),
    ...troubles(evidence, input.ownership),
    ...unreadLinks(input),
    ...lost(input),
    ...system(input, evidence),
    ...sourceless(input),
    ...(input.distribution === undefined ? [] : extendedStreams(input.distribution)),
    ...(input.distribution === undefined ? [] : otherProducts(input.distribution)),
    ...strangers(input),
  ];
  const osPackages = input.packages.some(({ type }) => isOsPackage(type));
  const unread = evidence.some((fact) => fact.kind === 'unsupported' && fact.database && fact.root === '');
  return {
    state: unread && !osPackages ? 'unsupported' : reasons.length > 0 ? 'partial' : 'scanned',
    reasons: cut(reasons),
  };
}

function visibleEvidence(merged: MergedFiles): Evidence[] {
  const all: Evidence[] = [];
  for (const file of merged.files()) for (const fact of file.evidence) all.push({ ...fact, path: file.path });
  return all.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** The same trouble with many files is said once, with the first path and their number. */
function troubles(evidence: readonly Evidence[], ownership: Ownership): CoverageReason[] {
  const recognised = new Set(evidence.filter(saysGoVersion).map(({ path }) => path));
  const products = new Set(evidence.filter(isProduct).map(({ path }) => path));
  // a package, or a program that is known by its name, is judged as that: the crates in it are more than is known of others
  const isPart = (path: string): boolean =>
    products.has(path) || inLanguagePackage.test(path) || ownership.ownerOf(path) !== undefined;
  const same = new Map<string, { readonly first: CoverageReason & { readonly path: string }; count: number }>();
  for (const fact of evidence) {
    if (fact.kind !== 'trouble') continue;
    // what an OS package owns is judged with it, whatever it calls itself
    if (fact.code === 'unknown-version' && ownership.ownerOf(fact.path)?.ofSystem === true) continue;
    if (fact.text === noOwnVersion && recognised.has(fact.path)) continue;
    if (fact.text === someCrates && isPart(fact.path)) continue;
    const key = `${fact.code} ${fact.text}`;
    const known = same.get(key);
    if (known === undefined) same.set(key, { first: { code: fact.code, text: fact.text, path: fact.path }, count: 1 });
    else known.count += 1;
  }
  return [...same.values()].map(({ first, count }) => ({
    ...first,
    text: `${shown(first.path)}${count === 1 ? '' : ` and ${count - 1} more`}: ${first.text}`,
  }));
}

const isProduct = (fact: Evidence): boolean =>
  fact.kind === 'packages' && fact.packages.some(({ type }) => type === 'program');

function unreadLinks({ merged, unread }: CoverageInput): CoverageReason[] {
  const reasons: CoverageReason[] = unread.map((path) => ({
    code: 'unreadable-evidence',
    text: `${path}: a link leads to a package database that was not read`,
    path,
  }));
  for (const { path, target } of merged.dangling) {
    reasons.push({
      code: 'unreadable-evidence',
      text: `${shown(path)}: a hard link to ${shown(target)}, whose content was not read as this`,
      path,
    });
  }
  if (merged.isUncertain) {
    const text = 'a layer changes links that it has written into: where some of its files end up is not certain';
    reasons.push({ code: 'unreadable-evidence', text });
  }
  if (merged.exhausted)
    reasons.push({ code: 'limit', text: 'following the symbolic links of this image takes too long' });
  if (merged.isFullOfLinked)
    reasons.push({ code: 'limit', text: 'packages in files of very many hard links are not listed under all names' });
  return reasons;
}

function lost({ merged }: CoverageInput): CoverageReason[] {
  return merged.lostDatabases().map(({ database: { system: name, home }, packages: { length } }) => ({
    code: 'database-deleted',
    text: `a layer deletes the ${name} database ${shown(home)} of ${length === 1 ? '1 package' : `${length} packages`}; what it listed may still be there and is not judged`,
    path: home,
  }));
}

function system(input: CoverageInput, evidence: readonly Evidence[]): CoverageReason[] {
  const { packages, distribution, merged } = input;
  const reasons: CoverageReason[] = [];
  const seen = new Set<string>();
  for (const fact of evidence) {
    if (fact.kind !== 'unsupported' || seen.has(fact.what + fact.root)) continue;
    if (fact.listedIn !== undefined && isRead(fact.listedIn, merged)) continue;
    seen.add(fact.what + fact.root);
    reasons.push({
      code: 'unsupported-evidence',
      text: `${shown(fact.path)} is ${fact.what}, which is not read yet: its packages are not known`,
      path: fact.path,
      what: fact.what,
    });
  }
  const osPackages = packages.some(({ type }) => isOsPackage(type));
  if (distribution === undefined) {
    if (seen.size === 0 && isOfKnownPrograms(input)) return reasons;
    reasons.push({
      code: 'unknown-distribution',
      text: osPackages
        ? 'no os-release or its like: which distribution the packages are of is not known'
        : 'no os-release or its like and no package database: what this image is built of is not known',
    });
  } else if (!osPackages && seen.size === 0 && merged.lostDatabases().length === 0) {
    const empty = evidence.find((fact) => fact.kind === 'packages' && fact.database !== undefined);
    reasons.push({
      code: 'unsupported-evidence',
      text:
        empty === undefined
          ? `no package database of ${distribution.id} was found: what is installed is not known`
          : `the package database ${shown(empty.path)} lists no packages: what is installed is not known`,
    });
  }
  return reasons;
}

/** Built FROM scratch, or by Nix: no operating system at all, and every program in it is known (containers-roadmap#2301 asks for no less). */
function isOfKnownPrograms(input: CoverageInput): boolean {
  const { packages, executables, merged } = input;
  return (
    (packages.some(({ type }) => type === 'nix') ||
      executables.some(({ interpreter, path }) => interpreter === undefined && isRead(path, merged))) &&
    !packages.some(({ type }) => isOsPackage(type)) &&
    merged.lostDatabases().length === 0 &&
    strangers(input).length === 0
  );
}

/** Advisories of dpkg's distributions name sources: a list of binaries alone finds only those that have their source's name. */
function sourceless({ packages }: CoverageInput): CoverageReason[] {
  const [first, ...more] = packages.filter(({ type, key }) => type === 'deb' && key.source === undefined);
  if (first === undefined) return [];
  return [
    {
      code: 'unsupported-evidence',
      text: `${shown(first.path)} lists ${more.length === 0 ? 'a package' : `${more.length + 1} packages`} without their sources: where a source has another name, its advisories are not found`,
      path: first.path,
    },
  ];
}

// what language packages bring along belongs to them: in their own folders, or where the extensions of gems, the libraries of R, Erlang, Lua and Perl
// packages, the artifacts of Julia's, and the packages of Homebrew, Nix and Conan lie
const inLanguagePackage = new RegExp(
  `(?:^|/)(?:${[
    'node_modules|site-packages|dist-packages|gems|vendor',
    'extensions/[^/]+/\\d+\\.\\d+\\.\\d+[^/]*/[^/]+-\\d[^/]*',
    '(?:site-)?library/[^/]+/(?:libs|bin)',
    'lib/[^/]+-\\d[^/]*/priv',
    'lib/lua/5\\.\\d',
    'perl5?/(?:[^/]+/){0,4}auto',
    'artifacts/[0-9a-f]{40}',
    'Cellar/[^/]+/\\d[^/]*',
    'nix/store/[0-9a-z]{32}-[^/]*-\\d[^/]*',
    '(?:\\.conan/data|full_deploy/host)/[^/]+/\\d[^/]*',
    '\\.conan2/p/(?:b/)?[^/]+/p',
  ].join('|')})/`,
);

/** Programs that no package owns and nothing here recognises. Without any list of owned files nobody can say that of a file. */
function strangers({ executables, ownership, packages, merged }: CoverageInput): CoverageReason[] {
  if (!ownership.isKnown && packages.some(({ type }) => isOsPackage(type))) return [];
  const accounted = bitnamiFolders(packages);
  const isPart = partsOfPrograms(packages);
  const unknown = executables.filter(
    ({ owner, interpreter, path }) =>
      !accounted.some((folder) => path.startsWith(folder)) &&
      owner === undefined &&
      interpreter === undefined &&
      !inLanguagePackage.test(path) &&
      !isRead(path, merged) &&
      !isPart(path),
  );
  const [first] = unknown;
  if (first === undefined) return [];
  const more = unknown.length === 1 ? '' : ` and ${unknown.length - 1} more`;
  return [
    {
      code: 'unsupported-evidence',
      text: `${shown(first.path)}${more}: programs and libraries that no package owns and that are not recognised`,
      path: first.path,
    },
  ];
}

/** Whether a file says itself which packages it is made of. */
function isRead(path: string, merged: MergedFiles): boolean {
  return merged.at(path)?.evidence.some(({ kind }) => kind === 'packages') ?? false;
}

/** Many files with the same trouble say it once more in number, not in lines. */
function cut(reasons: readonly CoverageReason[]): CoverageReason[] {
  if (reasons.length <= mostReasons) return [...reasons];
  const rest = reasons.length - mostReasons;
  return [
    ...reasons.slice(0, mostReasons),
    { code: 'unreadable-evidence', text: `and ${rest} more reasons like these` },
  ];
}
