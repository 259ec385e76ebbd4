import type { Digest } from '#shared/oci';
import type { Linkage } from './elf/index.ts';
import type { PathTable } from './path-table.ts';
import type { CoverageReason } from './types.ts';

/** Every type of package that is read today: what an operating system's package manager installs, then languages and applications. */
export const packageTypes = [
  'deb',
  'opkg',
  'apk',
  'rpm',
  'alpm',
  'ebuild',
  'npm',
  'pypi',
  'maven',
  'gem',
  'composer',
  'pear',
  'jvm',
  'program',
  'nuget',
  'conda',
  'cran',
  'bioconductor',
  'luarocks',
  'cpan',
  'hex',
  'otp',
  'pub',
  'julia',
  'golang',
  'cargo',
  'wordpress',
  'wordpress-core',
  'nix',
  'brew',
  'snap',
  'vcpkg',
  'conan',
  'kernel',
  'model',
] as const;

/** Nearly always the purl type; purl.ts says where it is not. */
export type PackageType = (typeof packageTypes)[number];

/**
 * How a package came as a part of something else, which decides who can change it: 'shaded' into another jar, 'vendored' by another package,
 * 'tooling' that a language's runtime brings along (npm's own modules).
 */
export type Bundling = 'shaded' | 'vendored' | 'tooling';

/** A package as its evidence describes it, before anybody knows the distribution or what other layers do to it. */
export interface FoundPackage {
  readonly type: PackageType;
  /** as advisories write it: normalised for PyPI, `group:artifact` for Maven, `vendor/name` for Composer */
  readonly name: string;
  readonly version: string;
  readonly source?: string;
  readonly sourceVersion?: string;
  readonly architecture?: string;
  /** the module stream that it was built in, for rpm: `nodejs:18` */
  readonly module?: string;
  /** a third party that made it (detection.md section 1) */
  readonly vendor?: string;
  readonly supplier?: string;
  readonly licenses?: readonly string[];
  /** where inside the evidence file: the path within a jar */
  readonly inner?: string;
  /** clean paths, if the evidence tells of files: the package is there only if one of them is in the merged image */
  readonly needsAny?: readonly string[];
  /** what the purl says beyond name and version and what advisories do not ask for: platform, build, channel, uuid */
  readonly qualifiers?: Readonly<Record<string, string>>;
  /** set when it did not come as itself */
  readonly bundled?: Bundling;
  /** import paths of those packages of a Go module that are linked into the program; absent: not known */
  readonly linked?: readonly string[];
}

/** A package database, which upper layers rewrite whole, and whose disappearance is news. */
export interface DatabaseHome {
  readonly system: 'dpkg' | 'opkg' | 'apk' | 'rpm' | 'pacman' | 'portage' | 'chisel';
  /** its folder: var/lib/dpkg */
  readonly home: string;
  /** the folder that it is the database of: '' for the image, else a nested root filesystem */
  readonly root: string;
  /** believed only if this folder is there in the merged image (detection.md section 4, trap 3) */
  readonly needsFolder?: string;
  /** path below `root` of a list that says the same and more: with packages there, this one is not believed */
  readonly unless?: string;
}

interface At {
  /** clean path of the evidence in its layer, links not resolved; hostile text */
  readonly path: string;
  /** place in the layer's order of entries */
  readonly order: number;
}

/** Who lists the files of packages: databases of operating systems, and language package managers that place programs and libraries. */
export type OwnerSystem = DatabaseHome['system'] | 'nuget' | 'conda' | 'pypi' | 'vcpkg';

/** Packages that one file speaks of. */
export interface PackagesEvidence extends At {
  readonly kind: 'packages';
  readonly packages: readonly FoundPackage[];
  readonly database?: DatabaseHome;
  /** the file speaks for itself, and counts only where no package lists it: whoever lists it knows better what it is of */
  readonly unlessOwned?: true;
  /** the content alone says nothing: it counts only where a hard link puts it at the place of such a file */
  readonly onlyAs?: 'npm-package';
}

/** Paths that a package owns, as path hashes (high, low in turn). */
export interface OwnedEvidence extends At {
  readonly kind: 'owned';
  readonly system: OwnerSystem;
  readonly home: string;
  readonly root: string;
  readonly owner: string;
  readonly paths: Uint32Array;
}

/** A package says itself that an operating system's package manager installed it (INSTALLER of a Python package). */
export interface InstallerEvidence extends At {
  readonly kind: 'installer';
  readonly by: 'rpm' | 'deb';
}

/** A small file that says which distribution and release this is. */
export interface ReleaseEvidence extends At {
  readonly kind: 'release';
  readonly text: string;
}

/** Evidence that nobody here reads yet: a portage database. `database`: it lists the packages of an operating system. */
export interface UnsupportedEvidence extends At {
  readonly kind: 'unsupported';
  readonly what: string;
  readonly root: string;
  readonly database: boolean;
  /** path of the file that lists it: where that was read there is nothing to tell */
  readonly listedIn?: string;
}

/** A private key, or a file that holds a password or token. Nothing of its content is kept. */
export interface SecretEvidence extends At {
  readonly kind: 'secret';
  /** our own word: `a private key` */
  readonly what: string;
}

/** Evidence that could not be read whole, for coverage. */
export interface TroubleEvidence extends At {
  readonly kind: 'trouble';
  readonly code: CoverageReason['code'];
  readonly text: string;
}

/** A package that a bill of materials inside of the image lists. */
export interface BilledPackage {
  /** the text of its package key */
  readonly key: string;
  readonly purl: string;
  /** the purl type */
  readonly type: string;
  readonly licenses?: readonly string[];
  readonly supplier?: string;
}

/** A bill of materials: what somebody says is there. */
export interface BillEvidence extends At {
  readonly kind: 'bill';
  /** `SPDX 2.3` */
  readonly form: string;
  readonly packages: readonly BilledPackage[];
}

/** Everything that an extractor can say of a file. */
export type Evidence =
  | PackagesEvidence
  | OwnedEvidence
  | InstallerEvidence
  | ReleaseEvidence
  | UnsupportedEvidence
  | BillEvidence
  | SecretEvidence
  | TroubleEvidence;

/** Evidence as an extractor gives it: place and order are added by the reader. */
export type EvidenceDraft =
  | Omit<PackagesEvidence, keyof At>
  | Omit<OwnedEvidence, keyof At>
  | Omit<InstallerEvidence, keyof At>
  | Omit<ReleaseEvidence, keyof At>
  | Omit<UnsupportedEvidence, keyof At>
  | Omit<BillEvidence, keyof At>
  | Omit<SecretEvidence, keyof At>
  | Omit<TroubleEvidence, keyof At>;

/** A regular file that can run: ELF or `#!` with any x bit, or a shared library by its name. */
export interface ExecutableFact extends At {
  /** 64 hex digits; absent where nobody asked for it (`HashedExecutables`) */
  readonly sha256?: string;
  readonly size: number;
  /** permission bits with setuid and setgid */
  readonly mode: number;
  /** the line after `#!`; absent for ELF */
  readonly interpreter?: string;
  /** file capabilities: cap_net_raw … */
  readonly capabilities?: readonly string[];
  /** absent for scripts and for ELF files without a readable header */
  readonly linkage?: Linkage;
}

/** A symbolic link. */
export interface LinkFact extends At {
  readonly target: string;
  /** order of the entry that takes its place in the same layer; until then entries are written through it */
  readonly until?: number;
}

/**
 * A hard link: no bytes, the content of `target`. `wanted`: an extractor would read a file of this name; `alike`: and reads the target by its own name, so
 * that a target of which nothing is known says nothing.
 */
export interface HardLinkFact extends At {
  readonly target: string;
  readonly wanted: boolean;
  readonly alike: boolean;
}

/** What one pass over a layer saw (glossary): a pure function of the layer's bytes, the extractors' versions and the limits. */
export interface LayerFacts {
  readonly blob: Digest;
  /** compressed bytes */
  readonly size: number;
  readonly unpackedSize: number;
  readonly entries: number;
  readonly extractors: string;
  /** 'partial' when a limit cut it; `reasons` says which */
  readonly state: 'whole' | 'partial';
  readonly reasons: readonly CoverageReason[];
  readonly paths: PathTable;
  readonly evidence: readonly Evidence[];
  readonly executables: readonly ExecutableFact[];
  readonly links: readonly LinkFact[];
  readonly hardLinks: readonly HardLinkFact[];
}

/** Layer facts by blob digest and extractors' version. Adapters: the store's, memory. */
export interface FactsStore {
  /** undefined: not there. Throws FactsCorrupt, which is treated as not there, and what its store throws. */
  get(blob: Digest, extractors: string): Promise<LayerFacts | undefined>;
  put(facts: LayerFacts): Promise<void>;
}
