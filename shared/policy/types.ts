/** Whether Drydock may change a workload (glossary; design decision 15). */
export type Mode = 'observe' | 'ask' | 'auto';

/** The one severity scale, worst first. */
export type Level = 'critical' | 'high' | 'medium' | 'low' | 'negligible' | 'unknown';

/** The mode of the services whose `cluster/name` the glob matches; the first rule that does counts. */
export interface ServiceRule {
  readonly service: string;
  readonly mode: Mode;
}

/** A finding that someone accepts: which, where, why, until when. Without scope it holds everywhere. */
export interface Exception {
  /** any id of the vulnerability: CVE, GHSA, DSA … */
  readonly id: string;
  /** globs; each that is given must match */
  readonly scope: {
    readonly package?: string | undefined;
    readonly repository?: string | undefined;
    readonly service?: string | undefined;
    readonly path?: string | undefined;
  };
  readonly reason: string;
  /** the last day on which it holds (UTC), YYYY-MM-DD */
  readonly until: string;
}

/** Tags of repositories that may be rolled out as *newer* though their application differs (design decision 16). */
export interface NewerRule {
  /** a glob */
  readonly repository: string;
  /** `^1.2` (a semver range), `glob:1.2.*`, `regexp:^\d+$` */
  readonly tags: string;
}

/** The user's policy, with defaults filled in. */
export interface Policy {
  readonly mode: Mode;
  readonly services: readonly ServiceRule[];
  /** who is told at once; the rest waits for the digest */
  readonly alert: { readonly severity: Level; readonly kev: boolean };
  /** what makes a verdict `block` */
  readonly block: {
    readonly severity: Level | 'never';
    /** only what has a fix blocks by its severity */
    readonly fixable: boolean;
    readonly kev: boolean;
    /** an image that cannot be judged blocks */
    readonly unsupported: boolean;
  };
  readonly ignore: readonly Exception[];
  readonly newer: readonly NewerRule[];
  readonly waves: {
    /** workloads of the first wave; 0 for none */
    readonly canary: number;
    /** share of all workloads that each later wave has at most */
    readonly percent: number;
    /** workloads that any wave has at most */
    readonly max: number;
    /** how long a wave is watched before the next one */
    readonly bakeSeconds: number;
  };
  /** `[registry/]repository` globs of base images */
  readonly bases: readonly string[];
  readonly sweep: { readonly dailyBytes: number; readonly images: 'running' | 'newest' | 'all' };
  /** what is put beside images that were read, as OCI referrers; nothing by default */
  readonly attach: readonly 'sbom'[];
  /** `[registry/]repository` globs of images whose attached SBOM is believed instead of reading their layers; none by default */
  readonly trust: { readonly sbom: readonly string[] };
}

/** What is wrong in a policy file, where, and what to do. Lines and columns count from 1. */
export interface PolicyProblem {
  readonly line: number;
  readonly column: number;
  /** `services[0].mode`; empty for the file as a whole */
  readonly path: string;
  readonly text: string;
}
