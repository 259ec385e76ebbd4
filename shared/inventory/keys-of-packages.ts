import { type ProductModule, productOf } from './classifiers/index.ts';
import { extendedRelease } from './extended-support.ts';
import { type FoundPackage, type PackageType, packageTypes } from './layer-facts.ts';
import { rpmVendor } from './rpm-vendor.ts';
import type { Distribution, PackageKey } from './types.ts';

/** Ecosystems as OSV writes them, and names of our own for what nobody publishes advisories of (shared/judging/inventory-only.ts). */
const languages: Readonly<Partial<Record<PackageType, string>>> = {
  npm: 'npm',
  pypi: 'PyPI',
  maven: 'Maven',
  gem: 'RubyGems',
  composer: 'Packagist',
  nuget: 'NuGet',
  pear: 'PEAR',
  conda: 'conda',
  cran: 'CRAN',
  bioconductor: 'Bioconductor',
  luarocks: 'LuaRocks',
  cpan: 'CPAN',
  hex: 'Hex',
  otp: 'OTP',
  pub: 'Pub',
  julia: 'Julia',
  golang: 'Go',
  cargo: 'crates.io',
  wordpress: 'WordPress',
  'wordpress-core': 'Bitnami',
  jvm: 'Bitnami',
  program: 'Programs',
  nix: 'Nix',
  brew: 'Homebrew',
  snap: 'Snap',
  vcpkg: 'vcpkg',
  conan: 'ConanCenter',
  kernel: 'Kernel',
  model: 'Models',
};

/** The ecosystem of a language's packages by their type; undefined for operating systems' and for what is not read. */
export const languageEcosystem = (type: string): string | undefined =>
  Object.hasOwn(languages, type) ? languages[type as PackageType] : undefined;

/** Ecosystems of packages that only bills of materials speak of, by their purl type. */
const billed: Readonly<Record<string, string>> = {
  hackage: 'Hackage',
  swift: 'SwiftURL',
  bitnami: 'Bitnami',
};

/** The ecosystem of a purl type that no extractor of images finds; undefined for all others. */
export const billedEcosystem = (type: string): string | undefined =>
  Object.hasOwn(billed, type) ? billed[type] : undefined;

const osTypes: ReadonlySet<string> = new Set(packageTypes.filter((type) => languages[type] === undefined));

/** True for packages that an operating system's package manager installed (deb, rpm …): their distribution is part of their key. */
export const isOsPackage = (type: string): type is PackageType => osTypes.has(type);

/**
 * The key of an OS package. A distribution that OSV has no name for becomes `os-<id>`: no advisories carry that name, so it can
 * only end as "no advisories", whatever an image calls itself.
 */
export function osKey(found: FoundPackage, distribution: Distribution | undefined): PackageKey {
  return {
    ...makerOf(found, distribution),
    ...(found.module === undefined ? {} : { module: found.module }),
    ...(found.architecture === undefined ? {} : { architecture: found.architecture }),
    name: found.name,
    version: found.version,
    ...(found.source === undefined ? {} : { source: found.source }),
    ...(found.sourceVersion === undefined ? {} : { sourceVersion: found.sourceVersion }),
  };
}

/** Whose advisories are asked for, and whose build it is where it is not the distribution's. */
function makerOf(
  found: FoundPackage,
  distribution: Distribution | undefined,
): Pick<PackageKey, 'ecosystem' | 'release' | 'channel' | 'vendor'> {
  const extended = extendedRelease(found, distribution);
  if (extended === 'unknown') return { ...shardOf(distribution), vendor: 'tuxcare' };
  if (extended !== undefined) return { ecosystem: 'TuxCare', release: extended };
  const marked = found.type === 'rpm' ? rpmVendor(found, distribution) : found.vendor;
  // Docker is a third party everywhere but in the distribution that it makes itself
  const vendor = distribution?.id === 'dhi' && marked === 'docker' ? undefined : marked;
  const channel = distribution?.channel;
  return {
    ...shardOf(distribution),
    ...(channel === undefined ? {} : { channel }),
    ...(vendor === undefined ? {} : { vendor }),
  };
}

/** The key of a language package, a runtime or a program. */
export function languageKey(found: FoundPackage): PackageKey {
  if (found.type === 'program') return programKey(found);
  // whoever built it, its flaws are those of OpenJDK, whose versions its maker writes as the class library says them
  if (found.type === 'jvm') return { ecosystem: 'Bitnami', name: 'java', version: javaRelease(found.version) };
  return { ecosystem: languages[found.type] ?? found.type, name: found.name, version: found.version };
}

/** A program is judged by the advisories that the table of products names; where it names none the key says that nobody judges it. */
function programKey({ name, version }: FoundPackage): PackageKey {
  const { judge, goModule } = productOf(name) ?? {};
  if (judge?.by === 'bitnami') return { ecosystem: 'Bitnami', name: judge.name, version };
  if (judge?.by === 'project') return { ecosystem: judge.ecosystem, name, version };
  return judge?.by === 'go' && goModule !== undefined
    ? { ecosystem: 'Go', name: modulePath(goModule, version), version }
    : { ecosystem: 'Programs', name, version };
}

/** A Go module's path has its major version at its end, mostly from 2 on (golang.org/ref/mod, "Major version suffixes"). */
export function modulePath({ path, majorFrom }: ProductModule, version: string): string {
  const major = Number(/^\d+(?=\.)/.exec(version)?.[0] ?? 0);
  return majorFrom === undefined || major < majorFrom ? path : `${path}/v${major}`;
}

/** Java 8 and older call themselves 1.8.0_352; advisories write 8.0.352. */
function javaRelease(version: string): string {
  const [, major, update] = /^1\.(\d)\.0(?:_(\d+))?/.exec(version) ?? [];
  return major === undefined ? version : `${major}.0.${update ?? '0'}`;
}

function shardOf(distribution: Distribution | undefined): { readonly ecosystem: string; readonly release?: string } {
  if (distribution === undefined) return { ecosystem: 'os-unknown' };
  const { ecosystem, id, versionId } = distribution;
  if (ecosystem === undefined) return { ecosystem: `os-${id}`, ...(versionId === '' ? {} : { release: versionId }) };
  const colon = ecosystem.indexOf(':');
  return colon < 0 ? { ecosystem } : { ecosystem: ecosystem.slice(0, colon), release: ecosystem.slice(colon + 1) };
}
