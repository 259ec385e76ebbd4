import { hiddenPackages, type Inventory, packageKeyId, twinPackages } from '#shared/inventory';
import type { Finding } from '#shared/judging';

/** What is noise in one image (glossary), as it is kept beside its inventory. */
export interface Noise {
  /** by package key id: why all that is found there is */
  readonly packages: Readonly<Record<string, string>>;
  /** by package key id: the key id under which the same thing is judged too, so that what both have is told once */
  readonly twins: Readonly<Record<string, string>>;
  /** by package key id of a Go module: import paths of all that is linked of it, wherever in the image; absent: not known everywhere */
  readonly linked?: Readonly<Record<string, readonly string[]>>;
}

/** The noise of an image; undefined when there is none. */
export function noiseOf(inventory: Pick<Inventory, 'packages'>): Noise | undefined {
  const packages = hiddenPackages(inventory);
  const twins = twinPackages(inventory.packages);
  const linked = linkedOf(inventory.packages);
  if (packages.size + twins.size + linked.size === 0) return undefined;
  return {
    packages: Object.fromEntries(packages),
    twins: Object.fromEntries(twins),
    linked: Object.fromEntries(linked),
  };
}

function linkedOf(packages: Inventory['packages']): ReadonlyMap<string, readonly string[]> {
  const linked = new Map<string, Set<string>>();
  const unknown = new Set<string>();
  for (const found of packages) {
    if (found.key.ecosystem !== 'Go') continue;
    const id = packageKeyId(found.key);
    if (found.linked === undefined) unknown.add(id);
    else {
      const all = linked.get(id) ?? new Set();
      for (const path of found.linked) all.add(path);
      linked.set(id, all);
    }
  }
  return new Map([...linked].flatMap(([id, all]) => (unknown.has(id) ? [] : [[id, [...all].sort()]])));
}

/** Noise as it was kept: of an older form, packages alone. */
export function readNoise(kept: unknown): Noise {
  const noise = kept as Noise | Readonly<Record<string, string>>;
  return isNoise(noise) ? noise : { packages: noise, twins: {} };
}

const isNoise = (kept: Noise | Readonly<Record<string, string>>): kept is Noise =>
  typeof kept.packages === 'object' && typeof kept.twins === 'object';

/**
 * Why a finding on a package key is noise, one whose CVE was rejected too; undefined: it is none. `findingsOf` gives what was found on another key of the image. Malware never is: it is
 * no flaw that a distribution could have patched.
 */
export function whyNoise(
  { packages, twins, linked }: Noise,
  id: string,
  finding: Finding,
  findingsOf: (id: string) => readonly Finding[],
): string | undefined {
  if (finding.malicious) return undefined;
  const why = packages[id] ?? finding.rejected;
  if (why !== undefined) return why;
  const own = linked?.[id];
  const { imports = [] } = finding;
  if (own !== undefined && imports.length > 0 && !imports.some((path) => own.includes(path)))
    return `it is in ${listed(imports)}, and nothing of that is linked into a program here`;
  const twin = twins[id];
  const same = twin === undefined ? undefined : findingsOf(twin).find((other) => isSame(finding, other));
  return same === undefined
    ? undefined
    : `${same.vulnerability} is told of the Go module ${same.package.name}, which this program is built from`;
}

const listed = (paths: readonly string[]): string =>
  paths.length > 3 ? `${paths.slice(0, 3).join(', ')} and ${paths.length - 3} more packages` : paths.join(', ');

/** Whether two findings speak of one vulnerability; two CVE ids never do (design decision 8). */
function isSame(one: Finding, other: Finding): boolean {
  if (one.vulnerability === other.vulnerability) return true;
  const isCve = (id: string): boolean => id.startsWith('CVE-');
  if (isCve(one.vulnerability) && isCve(other.vulnerability)) return false;
  const ids = new Set([one.vulnerability, ...one.aliases]);
  return [other.vulnerability, ...other.aliases].some((id) => ids.has(id));
}
