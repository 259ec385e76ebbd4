import type { PackageKey } from '#shared/inventory';

/** The one severity scale, worst first; 'unknown' is not 'none'. */
export type SeverityLevel = 'critical' | 'high' | 'medium' | 'low' | 'negligible' | 'unknown';

/** A severity with its source, because sources disagree (detection.md section 5). */
export interface Severity {
  readonly level: SeverityLevel;
  /** 0.0 to 10.0 */
  readonly score?: number;
  readonly vector?: string;
  /** who says so: 'DSA-2896-1 (CVSS 3.1)', 'GHSA rating' */
  readonly source: string;
}

/** The eight statuses (design decision 10). */
export type FindingStatus =
  | 'affected'
  | 'fixed'
  | 'not_affected'
  | 'under_investigation'
  | 'will_not_fix'
  | 'fix_deferred'
  | 'end_of_life'
  | 'unknown';

/**
 * A vulnerability that a judgement puts on a package key. `id` is the stable key: the record id of the judge of record,
 * with `~CVE` only when one record speaks of several vulnerabilities; a CVE id given later moves nothing.
 */
export interface Finding {
  readonly id: string;
  /** what people call it: the CVE id if there is one, else the record id */
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly records: readonly { readonly id: string; readonly source: string; readonly fixedIn?: string }[];
  readonly package: {
    readonly name: string;
    readonly version: string;
    readonly ecosystem: string;
    readonly matchedName: string;
    readonly matchedVersion: string;
  };
  readonly match: 'direct' | 'source';
  readonly severity: Severity;
  readonly status: FindingStatus;
  /** smallest version that satisfies all records on the installed branch; undefined: no fix is known */
  readonly fixedIn?: string;
  readonly summary?: string;
  readonly malicious: boolean;
  /** packages of a Go module that the flaw is in; absent: any of them may be */
  readonly imports?: readonly string[];
  /** the CVE List says that it is disputed whether this is a vulnerability */
  readonly disputed?: true;
  /** the CVE List rejected it, in words; such a finding is noise: hidden by default, counted, told to nobody */
  readonly rejected?: string;
  /** the comparison that decided, in words: `4.2+dfsg-0.1+deb7u1 >= 0 and < 4.2+dfsg-0.1+deb7u3 (dpkg)` */
  readonly why: string;
}

/** What one generation of advisories says of one package key (glossary). */
export interface Judgement {
  readonly key: PackageKey;
  readonly shard: string;
  readonly generation: number;
  readonly findings: readonly Finding[];
}
