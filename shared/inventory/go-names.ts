import { type ProductModule, productOf, productOfPurl, unknownVersion } from './classifiers/index.ts';
import { modulePath } from './keys-of-packages.ts';
import type { Evidence, FoundPackage } from './layer-facts.ts';
import { packageKeyId } from './package-key.ts';
import type { InstalledPackage } from './types.ts';

/** Made of a commit's time, which no release names. */
const ofCommit = /^0\.0\.0-\d{14}-[0-9a-f]{12}/;

/**
 * What one file says of itself in two ways, as one: a Go server is known as the program that people call it and as the module that it is built from.
 * - A version that only one of them knows is the other's too; a release counts for more than the time of a commit (detection.md section 4, trap 24).
 * - A program that Go's advisories judge is its module, and listed as that alone.
 * Two names that two sources judge stay two (trap 52: neither knows all that the other does); `twinPackages` joins what they find.
 */
function joinGoNames(found: readonly FoundPackage[]): readonly FoundPackage[] {
  const program = found.find(({ type, name }) => type === 'program' && productOf(name)?.goModule !== undefined);
  const { goModule, judge } = productOf(program?.name ?? '') ?? {};
  if (program === undefined || goModule === undefined || !goModule.hasReleases) return found;
  const module = found.find(({ type, name }) => type === 'golang' && isModuleOf(goModule, name));
  const isReleased = module !== undefined && !ofCommit.test(module.version);
  const version = program.version === unknownVersion && isReleased ? released(module.version) : program.version;
  if (version === unknownVersion) return found;
  const others = found.filter((one) => one !== program && (one !== module || isReleased));
  if (!isReleased) others.push({ type: 'golang', name: modulePath(goModule, version), version });
  return judge?.by === 'go' ? others : [...others, { ...program, version }];
}

/** Without what Go and vendors append to a release: `+incompatible`, `+ent`. */
const released = (version: string): string => version.replace(/\+.*$/, '');

/** The evidence of a file with `joinGoNames` of all that it says of Go modules and programs. */
export function withJoinedGoNames(evidence: readonly Evidence[]): readonly Evidence[] {
  if (evidence.length < 2) return evidence;
  const own = evidence.flatMap((fact) =>
    fact.kind === 'packages' && fact.packages.every(({ type }) => type === 'program' || type === 'golang')
      ? [fact]
      : [],
  );
  const [first] = own;
  if (first === undefined || own.length < 2) return evidence;
  const packages = joinGoNames(own.flatMap((fact) => fact.packages));
  return [...evidence.filter((fact) => !own.some((one) => one === fact)), { ...first, packages }];
}

/** Whether a file was recognised as a program that says the version that its Go module does not. */
export const saysGoVersion = (fact: Evidence): boolean =>
  fact.kind === 'packages' &&
  fact.packages.some(
    ({ type, name, version }) =>
      type === 'program' && version !== unknownVersion && productOf(name)?.goModule?.hasReleases === true,
  );

/** Programs by the package key ids that they have beside that of the Go module which they are, where both have the same version. */
export function twinPackages(packages: readonly InstalledPackage[]): ReadonlyMap<string, string> {
  const modules = Map.groupBy(
    packages.filter(({ type }) => type === 'golang'),
    ({ path }) => path,
  );
  const twins = new Map<string, string>();
  const alone = new Set<string>();
  for (const found of packages) {
    if (found.type !== 'program' || found.key.ecosystem === 'Go') continue;
    const id = packageKeyId(found.key);
    const twin = moduleBeside(found, modules.get(found.path) ?? []);
    if (twin === undefined) alone.add(id);
    else twins.set(id, packageKeyId(twin.key));
  }
  for (const id of alone) twins.delete(id);
  return twins;
}

function moduleBeside(program: InstalledPackage, modules: readonly InstalledPackage[]): InstalledPackage | undefined {
  const goModule = productOfPurl(program.purl)?.goModule;
  if (goModule === undefined) return undefined;
  return modules.find(
    ({ key }) => isModuleOf(goModule, key.name) && released(key.version) === released(program.key.version),
  );
}

/** `go.etcd.io/etcd/server/v3` is of `go.etcd.io/etcd`: some servers are modules inside of their project's. */
const isModuleOf = ({ path }: ProductModule, name: string): boolean =>
  name.startsWith(path) && /^(?:(?:\/server)?\/v\d+)?$/.test(name.slice(path.length));
