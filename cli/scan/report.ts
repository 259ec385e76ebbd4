import type { EpssScore } from '#shared/advisories';
import type { Risk } from '#shared/findings';
import type { BaseAnswer, Coverage, Distribution, InUse, InventoryOrigin } from '#shared/inventory';
import type { Finding, Severity, SeverityLevel } from '#shared/judging';
import type { Digest } from '#shared/oci';
import type { VexAnswer, VexJustification, VexStatement } from '#shared/vex';
import type { ReadTarget } from './read-target.ts';
import type { ReportConfig, ReportExecutable } from './report-contents.ts';
import type { ReportSecret } from './report-secrets.ts';
import type { UsedAdvisories } from './scan-book.ts';

/** A package in the report. */
export interface ReportPackage {
  readonly purl: string;
  readonly name: string;
  readonly version: string;
  /** deb, apk, npm, pypi, maven: the purl type */
  readonly type: string;
  /** whose advisories judge it, as OSV writes it: `Debian:12` */
  readonly ecosystem: string;
  /** the source package that distributions' advisories name, where it is another */
  readonly source: string | null;
  readonly sourceVersion: string | null;
  readonly architecture: string | null;
  /** blob digest of the layer that brought it */
  readonly layer: Digest;
  /** that layer's command */
  readonly createdBy: string | null;
  /** whether that layer is the base's; null: the base is not known */
  readonly part: ReportLayer['part'];
  /** how it came as a part of something else: shaded, vendored, tooling */
  readonly bundled: string | null;
  /** of its evidence inside the image; outside text */
  readonly path: string;
  readonly licenses: readonly string[];
  /** the operating system's package that brought it, for language packages */
  readonly ownedBy: string | null;
  /** somebody other than the distribution made it */
  readonly vendor: string | null;
}

/** A layer, base first. */
export interface ReportLayer {
  readonly digest: Digest;
  readonly size: number;
  readonly createdBy: string | null;
  /** null: the base is not known */
  readonly part: 'base' | 'application' | null;
}

/** A vulnerability in a package of the image. */
export interface ReportFinding {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly records: Finding['records'];
  readonly package: {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly type: string;
    readonly ecosystem: string;
    /** what the advisories name: the source package, or the package itself */
    readonly matchedName: string;
    readonly matchedVersion: string;
  };
  readonly severity: Severity;
  readonly status: Finding['status'];
  /** null: no fix is known */
  readonly fixedIn: string | null;
  readonly match: Finding['match'];
  /** known to be exploited (CISA); null: not known to be */
  readonly kev: { readonly dateAdded: string; readonly ransomware: boolean } | null;
  /** the highest among its CVEs, 0 to 1 */
  readonly epss: EpssScore | null;
  readonly malicious: boolean;
  /** the CVE List says that it is disputed */
  readonly disputed: boolean;
  /** whether what the image starts uses the package; null: not known */
  readonly inUse: InUse | null;
  /** 0 to 100, and what it is made of; of an image alone nothing is known of where it runs */
  readonly risk: Risk;
  readonly summary: string | null;
  /** the comparison that decided */
  readonly why: string;
  /** what VEX says of it: documents of --vex; null: nothing */
  readonly vex: VexAnswer | null;
  /** why it is noise in this image, or does no harm by VEX, which is left out unless asked for; null: it is not */
  readonly hidden: string | null;
  /** the exception of --policy that accepts it, which leaves it out unless asked for; null: none does */
  readonly accepted: {
    readonly reason: string;
    readonly until: string;
    readonly owner: string | null;
    readonly justification: VexJustification | null;
  } | null;
  /** why an exception of --policy accepts it no more */
  readonly acceptanceEnded: string | null;
  /** everywhere that the package lies */
  readonly places: readonly { readonly layer: Digest; readonly path: string }[];
}

/** What a scan says: the report that every format is made of. */
export interface ScanReport {
  readonly schemaVersion: 1;
  readonly image: {
    /** as it was named */
    readonly name: string;
    /** null: its own layers; else the bill of materials or the folder that was read instead */
    readonly readFrom: InventoryOrigin | null;
    readonly digest: Digest;
    /** of the index, if it was found in one */
    readonly index: Digest | null;
    readonly platform: string;
    /** other platforms that are there and were not read */
    readonly otherPlatforms: readonly string[];
    readonly created: string | null;
    /** compressed bytes of its layers */
    readonly bytes: number;
    /** what it is built on; `layers` null: nothing says it */
    readonly base: {
      readonly layers: number | null;
      readonly by: NonNullable<BaseAnswer['by']> | null;
      readonly name: string | null;
      readonly why: string;
      readonly rejected: readonly string[];
    };
    readonly layers: readonly ReportLayer[];
    readonly config: ReportConfig;
  };
  readonly distribution: Distribution | null;
  readonly coverage: Coverage;
  readonly summary: ReportCounts;
  readonly advisories: {
    readonly used: readonly UsedAdvisories[];
    /** ecosystems of packages, as OSV writes them, that could not be judged because their advisories are not here */
    readonly missing: readonly string[];
    readonly kevAsOf: string | null;
    readonly epssAsOf: string | null;
    readonly cvesAsOf: string | null;
  };
  readonly packages: readonly ReportPackage[];
  readonly executables: {
    readonly count: number;
    /** setuid, setgid, or with file capabilities */
    readonly privileged: readonly ReportExecutable[];
    /** null: not asked for (--files) */
    readonly all: readonly ReportExecutable[] | null;
  };
  /** keys and tokens of all layers */
  readonly secrets: readonly ReportSecret[];
  readonly findings: readonly ReportFinding[];
}

/** Counts of findings; every level is there. */
export interface ReportCounts {
  readonly findings: number;
  readonly bySeverity: Readonly<Record<SeverityLevel, number>>;
  readonly kev: number;
  readonly malicious: number;
  readonly fixable: number;
  /** left out by --severity and --only-fixed */
  readonly hidden: number;
  /** left out because they are noise in this image: `--show-hidden` lists them with why */
  readonly noise: number;
  /** left out because VEX calls them not affected or fixed; `--show-hidden` lists them too */
  readonly vex: number;
  /** left out because an exception of --policy accepts them; `--show-hidden` lists them too */
  readonly accepted: number;
}

/** An image that was read and judged. */
export interface ScannedImage extends ReadTarget {
  readonly coverage: Coverage;
  readonly judged: readonly { readonly keyId: string; readonly finding: Finding }[];
  readonly kev: ReadonlyMap<string, { readonly dateAdded: string; readonly ransomware: boolean }>;
  readonly epss: ReadonlyMap<string, EpssScore>;
  readonly used: readonly UsedAdvisories[];
  /** ecosystems that advisories could be had for and that nothing named has, or no more of than the bundled starter set */
  readonly missing: readonly string[];
  readonly kevAsOf: string | undefined;
  readonly epssAsOf: string | undefined;
  readonly cvesAsOf: string | undefined;
  readonly base: BaseAnswer;
  /** of --vex */
  readonly statements?: readonly VexStatement[];
}
