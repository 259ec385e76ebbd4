/** Whose advisories speak of a product. `nobody` is a reason of coverage: the product is listed and not judged. */
export type Judge =
  | { readonly by: 'bitnami' /** the package as OSV's Bitnami records write it */; readonly name: string }
  | { readonly by: 'go' /** the advisories of its module */ }
  | { readonly by: 'project' /** its own, under an ecosystem of ours */; readonly ecosystem: string }
  | { readonly by: 'nobody' };

/** One place in a program's bytes that tells its version. */
export interface VersionMark {
  /** text that is always there (latin1): it is searched first, and only its surroundings are looked at */
  readonly anchor: string;
  /** tried on the surroundings; its group `version`, or all the groups that `form` names, make the version */
  readonly expression: RegExp;
  /** characters before the anchor that the expression may use; 0 if not given, at most `widest` */
  readonly before?: number;
  /** places of the anchor that are looked at, where honest files have it more often than 4,096 times */
  readonly mostHits?: number;
  /** counts only if one of the classifier's proofs is also in the file: for versions that stand alone in the bytes */
  readonly needsProof?: true;
  /** the expression matches without a version too, and then proves the product */
  readonly proves?: true;
  /** for versions that programs write otherwise than advisories do: `8.0.$<update>` */
  readonly form?: string;
}

/** Files that can be the product, and where in them its version stands. */
export interface Classifier {
  /** file names without version, as `nameStem` makes them: `python` for python3.11, `libssl.so` for libssl.so.1.1 */
  readonly names: readonly string[];
  /** its files are scripts or archives behind one (`#!`), not ELF */
  readonly isScript?: true;
  /** in order of trust: the first that is found anywhere in the file counts; none: only proofs, for products that say no version */
  readonly marks: readonly VersionMark[];
  /** texts of which one proves that it is the product even if no version is found */
  readonly proofs?: readonly string[];
}

/** Files that come with a product and do not tell its version: modules, launchers of its library, sisters of its library. */
export interface ProductParts {
  /** tried on the path of the file that was recognised; the first group is where the product's folders lie, '' or with a slash at its end */
  readonly home: RegExp;
  /** paths from there. Only where the product's own build puts files and nobody else does */
  readonly inside: readonly RegExp[];
}

/** The Go module of a program. */
export interface ProductModule {
  /** its path without a major version */
  readonly path: string;
  /** the first major version that stands in the path (`/v2`); undefined: none ever does */
  readonly majorFrom?: number;
  /** false: the module counts its versions otherwise than the program's releases (Prometheus 2.45 is v0.45) */
  readonly hasReleases: boolean;
}

/** A program or library that people install without a package manager. */
export interface Product {
  /** the name in its purl: `pkg:generic/nginx` */
  readonly id: string;
  /** vendor and product of its CPE */
  readonly cpe: `${string}:${string}`;
  readonly judge: Judge;
  /** the module that it is built from, when it is made with Go: build information speaks of it too */
  readonly goModule?: ProductModule;
  readonly parts?: ProductParts;
  /** none: an extractor of files knows it */
  readonly classifiers: readonly Classifier[];
}

/** The judge of products that Bitnami packages; its records follow upstream versions (reference: advisories of the Bitnami ecosystem). */
export const bitnami = (name: string): Judge => ({ by: 'bitnami', name });

/**
 * The judge of products whose project or vendor numbers their flaws itself: its records in the CVE List (shared/advisories/cve-list/cve-judges.ts says by which names, and from
 * which release on).
 */
export const ownCna: Judge = { by: 'project', ecosystem: 'CVE List' };

/** The judge of all others: nobody publishes what could be read here as ranges of their releases. */
export const nobody: Judge = { by: 'nobody' };

/** Stands where a version should when a program is known and its version is not; judging knows the word. */
export const unknownVersion = 'unknown';
