import type { Digest, ImageConfig } from '#shared/oci';
import type { coverageCodes } from './coverage-codes.ts';
import type { Linkage } from './elf/index.ts';
import type { Bundling } from './layer-facts.ts';

/** A distribution and release that an image is built of, from os-release and its kin. */
export interface Distribution {
  /** ID of os-release: debian, ubuntu, alpine, wolfi … */
  readonly id: string;
  /** VERSION_ID, or '' for rolling distributions */
  readonly versionId: string;
  readonly codename?: string;
  readonly prettyName?: string;
  /** The OSV ecosystem that judges its packages: `Debian:12`, `Alpine:v3.20`; undefined when nobody does. */
  readonly ecosystem?: string;
  /** an update channel that only some of its images have: 'esm' of Ubuntu Pro, 'eus-9.4' of Red Hat */
  readonly channel?: string;
  /** the repositories that the image says it was built from (Red Hat's content sets); a claim */
  readonly repositories?: readonly string[];
}

/**
 * Everything that an advisory can judge a package by (glossary). `ecosystem` is OSV's base name ('Debian', 'npm');
 * `release` is its suffix ('12', 'v3.20') or absent for language ecosystems.
 */
export interface PackageKey {
  readonly ecosystem: string;
  readonly release?: string;
  readonly channel?: string;
  /** set when a third party (not the distribution) made the package: its feed must not judge it */
  readonly vendor?: string;
  readonly module?: string;
  readonly architecture?: string;
  readonly name: string;
  readonly version: string;
  readonly source?: string;
  readonly sourceVersion?: string;
}

/** A package that is there in the merged image, with what brought it. */
export interface InstalledPackage {
  readonly key: PackageKey;
  readonly purl: string;
  /** deb, apk, npm, pypi, maven … (the purl type) */
  readonly type: string;
  /** path of the evidence inside the image, hostile text */
  readonly path: string;
  /** other names of the same file (hard links) */
  readonly alsoAt?: readonly string[];
  /** blob digest of the layer that first brought (name, version) and where it stays */
  readonly layer: Digest;
  readonly licenses?: readonly string[];
  /** for language packages that an OS package owns: `deb:python3-requests` */
  readonly ownedBy?: string;
  readonly supplier?: string;
  /** set when it came as a part of something else, which only that something's maker can change */
  readonly bundled?: Bundling;
  /** import paths of those packages of a Go module that are linked into the program; absent: not known */
  readonly linked?: readonly string[];
}

/** A regular file that can run: a program, a script, or a shared library. */
export interface ExecutableFile {
  readonly path: string;
  /** 64 hex digits; absent where nobody asked for it (`HashedExecutables`) */
  readonly sha256?: string;
  readonly size: number;
  /** permission bits with setuid and setgid, octal semantics */
  readonly mode: number;
  readonly layer: Digest;
  /** the line after `#!` of a script; the loader of an ELF file is in `linkage` */
  readonly interpreter?: string;
  /** the OS package that owns it: `deb:curl` */
  readonly owner?: string;
  /** file capabilities that it gives to whom runs it: cap_net_raw … */
  readonly capabilities?: readonly string[];
  /** what an ELF file needs of the image around it */
  readonly linkage?: Linkage;
}

/** A symbolic link by which programs are called: to one, or to a folder above one (`bin` to `usr/bin`); hostile text. */
export interface ProgramLink {
  readonly path: string;
  /** where it leads, all links followed */
  readonly target: string;
}

/** Whether a package is used by what the image starts; only a factor of risk: nothing is hidden by it. */
export interface InUse {
  /** 'not seen': nothing that the image starts leads to it, as far as its files tell; 'unknown': something that it starts may */
  readonly state: 'yes' | 'not seen' | 'unknown';
  /** what leads to it, from the entrypoint on, or why that is not known; holds hostile text */
  readonly why: string;
}

/** A private key, or a file with a password or token, that whoever can pull the image can read. */
export interface FoundSecret {
  /** hostile text */
  readonly path: string;
  /** our own word: `a private key` */
  readonly what: string;
  readonly layer: Digest;
  /** false: a later layer deletes or replaces it, and the layer still has it */
  readonly isThere: boolean;
}

/** Why an image could not be judged whole. `text` is for people; `path` is hostile. */
export interface CoverageReason {
  readonly code: (typeof coverageCodes)[number];
  readonly text: string;
  readonly path?: string;
  /** what is there and not read, such as `an rpm database`; our own word */
  readonly what?: string;
}

/** How much of an image could be judged (glossary). 'scanned' has no reasons. */
export interface Coverage {
  readonly state: 'scanned' | 'partial' | 'unsupported';
  readonly reasons: readonly CoverageReason[];
}

/** A layer as the inventory lists it, base first. */
export interface InventoryLayer {
  readonly digest: Digest;
  readonly size: number;
  readonly createdBy?: string;
}

/** What the provenance of an image says that it was made of (SLSA); hostile text. */
export interface Provenance {
  /** images among its materials: bases, and stages that were only built in */
  readonly images: readonly { readonly name: string; readonly digest: Digest }[];
  /** why some of it could not be read */
  readonly trouble?: string;
}

/** What an inventory was made from, when not from an image's layers: somebody's bill of materials, or a folder. */
export type InventoryOrigin =
  | {
      readonly kind: 'sbom';
      /** `CycloneDX 1.5` */
      readonly form: string;
      readonly document: Digest;
      /** who wrote it, as it says */
      readonly tool?: string;
    }
  | { readonly kind: 'folder'; readonly path: string };

/** What an image holds after its layers are merged (glossary). */
export interface Inventory {
  readonly schemaVersion: 1;
  readonly image: Digest;
  /** versions of the extractors and limits that made it; a newer one means: read again */
  readonly extractors: string;
  /** absent: its own layers */
  readonly origin?: InventoryOrigin;
  readonly distribution?: Distribution;
  readonly config: ImageConfig;
  /** what the image says that it was built on (annotations or labels org.opencontainers.image.base.*); a claim, hostile text */
  readonly claimedBase?: { readonly digest?: string; readonly name?: string };
  /** what attached provenance says that it was made of; a claim */
  readonly provenance?: Provenance;
  readonly layers: readonly InventoryLayer[];
  readonly packages: readonly InstalledPackage[];
  readonly executables: readonly ExecutableFile[];
  /** names under which executables are called; absent where there are none, and in inventories of older versions */
  readonly programLinks?: readonly ProgramLink[];
  /** keys and tokens of all layers; absent where there are none, and in inventories of older versions */
  readonly secrets?: readonly FoundSecret[];
  /** what reading can know; missing advisories are added when judging */
  readonly coverage: Coverage;
}

/** The packages that one layer brought and that are still there; `id` is the hash of the sorted package keys. */
export interface PackageSet {
  readonly id: string;
  readonly layer: Digest;
  readonly keys: readonly PackageKey[];
}
