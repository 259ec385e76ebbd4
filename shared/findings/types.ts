import type { Exposed, WorkloadId } from '#shared/fleet';
import type { Coverage, Distribution, InUse, PackageKey } from '#shared/inventory';
import type { Finding, FindingStatus, Severity, SeverityLevel } from '#shared/judging';
import type { Digest } from '#shared/oci';
import type { VexAnswer } from '#shared/vex';

/** The row that readers trust: written last, when everything below it is there (design decision 3). */
export interface ImageHead {
  readonly digest: Digest;
  /** package sets, by the layer that brought them, base first */
  readonly sets: readonly string[];
  /** what reading could know; missing advisories are joined when it is looked at */
  readonly coverage: Coverage;
  readonly distribution?: Distribution;
  /** blob key of the inventory */
  readonly inventory: string;
  /** blob key of what is noise in this image, by package key id; absent when nothing is, and in rows of older versions */
  readonly hidden?: string;
  /** blob key of which packages are in use, by package key id; absent when it holds no package, and in rows of older versions */
  readonly inUse?: string;
  /** blob key of what a believed VEX document says that is attached to it; absent when none does, and in rows of older versions */
  readonly vex?: string;
  readonly extractors: string;
  /** when the read began, ISO */
  readonly readAt: string;
  readonly platform: string;
  readonly packages: number;
  /** compressed bytes of all layers */
  readonly bytes: number;
  /** blob digests of the layers, base first: what a candidate is compared by */
  readonly layers: readonly Digest[];
  /** of the unpacked layers, base first, as its config claims: what a base is recognised by; absent in rows of older versions */
  readonly diffIds?: readonly Digest[];
  /** when the image says that it was made, ISO; a claim */
  readonly created?: string;
  /** counts up with every rewrite */
  readonly rev: number;
}

/** A finding as an image or workload has it: with its package and where it came from. */
export interface ImageFinding extends Finding {
  readonly shard: string;
  readonly key: PackageKey;
  /** the package set that holds it, and so the layer */
  readonly set: string;
  /** why it is noise in this image: hidden by default, counted, and not told */
  readonly hidden?: string;
  /** what VEX says of it here */
  readonly vex?: VexAnswer;
  /** whether what the image starts uses the package; absent: not known */
  readonly inUse?: InUse;
}

/** The natural key of a problem: a finding id on one package name of one shard. */
export interface ProblemKey {
  readonly finding: string;
  readonly shard: string;
  readonly name: string;
}

/** What an exception says that accepts a finding. */
export interface Accepted {
  readonly reason: string;
  /** everything that ends it, in words: `2026-12-31 or a fix` */
  readonly until: string;
  /** the last day on which it holds (UTC), YYYY-MM-DD; absent: no day ends it */
  readonly lastDay?: string;
  readonly owner?: string;
  /** whether it ends by what KEV or EPSS say, so that it is looked at again when they change */
  readonly byCatalogue?: true;
}

/** One workload's part in a problem. */
export interface Exposure {
  readonly workload: WorkloadId;
  readonly digests: readonly Digest[];
  /** installed packages, `libssl1.0.0 1.0.1e-2` */
  readonly packages: readonly string[];
  readonly severity: Severity;
  readonly status: FindingStatus;
  readonly fixedIn?: string;
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly records: readonly string[];
  readonly malicious: boolean;
  /** the CVE List says that it is disputed */
  readonly disputed?: true;
  readonly summary?: string;
  readonly why: string;
  /** set when an exception accepts it here */
  readonly accepted?: Accepted;
  /** set when an exception accepted it here once: what ended it, in words */
  readonly acceptanceEnded?: string;
  /** from where the workload can be reached; absent in rows of older versions */
  readonly exposed?: Exposed;
  /** whether what its images start uses the package; absent: not known */
  readonly inUse?: InUse;
  /** when this workload was first seen with it, ISO */
  readonly since: string;
}

/** What happened to a problem that people care about (people.md section 1); told once each. */
export type Transition =
  | 'NEW'
  | 'REOPENED'
  | 'SPREAD'
  | 'ESCALATED'
  | 'FIX_AVAILABLE'
  | 'ACCEPTED'
  | 'ACCEPTANCE_ENDED'
  | 'RESOLVED'
  | 'WITHDRAWN';

/** What people are told about and decide on (glossary). Counts come from a whole evaluation, never from increments. */
export interface Problem {
  readonly key: ProblemKey;
  readonly state: 'open' | 'accepted' | 'resolved';
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly records: readonly string[];
  /** the package as advisories name it */
  readonly package: string;
  readonly packages: readonly string[];
  readonly severity: Severity;
  readonly kev?: { readonly dateAdded: string; readonly ransomware: boolean };
  /** an exploit is as likely as policy's threshold (EPSS): the score when it came to it, and the threshold */
  readonly likely?: { readonly score: number; readonly from: number };
  readonly malicious: boolean;
  /** the CVE List says that it is disputed */
  readonly disputed?: true;
  readonly fixedIn?: string;
  readonly summary?: string;
  readonly why: string;
  /** workloads that run it and have not accepted it */
  readonly workloads: readonly WorkloadId[];
  readonly acceptedBy: readonly WorkloadId[];
  /** from where the one of them can be reached that is reached from farthest; absent: not known */
  readonly exposed?: Exposed;
  /** whether any of them uses the package; absent: not known */
  readonly inUse?: InUse;
  readonly firstSeen: string;
  readonly resolvedAt?: string;
  /** the key under which it stood before: the same flaw, by another record's name */
  readonly was?: ProblemKey;
  /** resolved here, and goes on under this key */
  readonly goesOnAs?: ProblemKey;
  readonly history: readonly { readonly at: string; readonly transition: Transition; readonly text: string }[];
  /** known before anybody asked to be told: part of the baseline, no alert */
  readonly baseline: boolean;
  readonly rev: number;
}

/** A problem's change, as it goes to the bus. */
export interface ProblemChange {
  readonly problem: Problem;
  readonly transitions: readonly { readonly transition: Transition; readonly text: string }[];
}

/** Severity levels, worst first, to compare by. */
export const severityOrder: readonly SeverityLevel[] = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'];

/** Negative when `a` is worse than `b`. */
export const compareSeverity = (a: SeverityLevel, b: SeverityLevel): number =>
  severityOrder.indexOf(a) - severityOrder.indexOf(b);
