/** A bill of materials in one shape, whichever form it is written in or was read from. Strings that were read are what the document claims. */
export interface Bill {
  readonly subject: BillSubject;
  /** when it was made, ISO to the second, UTC */
  readonly created: string;
  readonly tool: { readonly name: string; readonly version: string };
  readonly distribution?: BillDistribution;
  /** base first */
  readonly layers: readonly BillLayer[];
  readonly parts: readonly BillPart[];
  readonly files: readonly BillFile[];
  /** why it does not list everything; empty: it claims to be complete */
  readonly gaps: readonly BillGap[];
}

/** What a bill is of. */
export interface BillSubject {
  readonly name: string;
  /** of the image's manifest, `sha256:…`; absent when the document names none */
  readonly digest?: string;
  /** `linux/amd64` */
  readonly platform?: string;
}

/** The operating system that the parts are of, as os-release names it. */
export interface BillDistribution {
  readonly id: string;
  /** '' for rolling ones */
  readonly versionId: string;
  readonly codename?: string;
  readonly prettyName?: string;
  /** whose advisories judge its packages, as OSV writes it */
  readonly ecosystem?: string;
  /** a support channel that its packages are of */
  readonly channel?: string;
}

/** A layer of the image. */
export interface BillLayer {
  readonly digest: string;
  readonly size: number;
  readonly createdBy?: string;
}

/** A package. */
export interface BillPart {
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  /** CPE 2.3 as a formatted string, for programs that advisories elsewhere name so */
  readonly cpe?: string;
  /** what advisories judge it by, where it was written by somebody who knew (the text of a package key) */
  readonly key?: string;
  /** the source package that a distribution built it from */
  readonly source?: string;
  readonly sourceVersion?: string;
  /** the module stream that an rpm package was built in, with or without what follows it: `nodejs:18` */
  readonly module?: string;
  /** as found: SPDX expressions, names, anything */
  readonly licenses: readonly string[];
  readonly supplier?: string;
  /** where in the image its evidence lies */
  readonly path?: string;
  readonly layer?: string;
  /** the package of the operating system that brought it */
  readonly ownedBy?: string;
  /** what kind of package it is, where its purl does not say it */
  readonly type?: string;
  /** how it is a part of something else */
  readonly bundled?: string;
  /** it was needed to build or to test, and is not there when the thing runs (CycloneDX, scope) */
  readonly isExcluded?: true;
}

/** An executable. */
export interface BillFile {
  readonly path: string;
  /** 64 hex digits */
  readonly sha256: string;
  readonly layer?: string;
  /** the package that it belongs to */
  readonly owner?: string;
}

/** Something that is not listed, or could not be. */
export interface BillGap {
  readonly code: string;
  readonly text: string;
}

/** The forms that are written, each with its versions, newest last; the last one is the default. */
export const sbomForms = {
  'cyclonedx-json': ['1.6', '1.7'],
  'spdx-json': ['2.3', '3.0'],
} as const;

/** A form by its name. */
export type SbomForm = keyof typeof sbomForms;
