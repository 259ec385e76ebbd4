/** Whether Drydock may change a workload (glossary; design decision 15). */
export type Mode = 'observe' | 'ask' | 'auto';

/** The one severity scale, worst first. */
export type Level = 'critical' | 'high' | 'medium' | 'low' | 'negligible' | 'unknown';

/** The mode of the services whose `cluster/name` the glob matches; the first rule that does counts. */
export interface ServiceRule {
  readonly service: string;
  readonly mode: Mode;
}

/** OpenVEX's five. */
export type Justification =
  | 'component_not_present'
  | 'vulnerable_code_not_present'
  | 'vulnerable_code_not_in_execute_path'
  | 'vulnerable_code_cannot_be_controlled_by_adversary'
  | 'inline_mitigations_already_exist';

/**
 * A finding that someone accepts: which, where, why, until when. It names a vulnerability, a package or a path; without more scope it holds everywhere.
 * At least one of its ends is there, and the first that comes ends it.
 */
export interface Exception {
  /** any id of the vulnerability: CVE, GHSA, DSA …; absent: every vulnerability of the package or path in its scope */
  readonly id?: string | undefined;
  /** globs, but the digest; each that is given must match */
  readonly scope: {
    readonly package?: string | undefined;
    readonly repository?: string | undefined;
    readonly service?: string | undefined;
    readonly path?: string | undefined;
    /** of the image, or of the index that lists it: `sha256:…` */
    readonly digest?: string | undefined;
  };
  readonly reason: string;
  /** why it does no harm, in OpenVEX's words; absent: the risk is accepted, not denied */
  readonly justification?: Justification | undefined;
  /** who answers for it; absent only in a policy that was put in force before that was asked for */
  readonly owner?: string | undefined;
  /** the last day on which it holds (UTC), YYYY-MM-DD */
  readonly until?: string | undefined;
  /** ends when there is a fix */
  readonly untilFixed?: true | undefined;
  /** ends when the vulnerability is known to be exploited (CISA KEV) */
  readonly untilKev?: true | undefined;
  /** ends when an exploit is this likely (EPSS, 0 to 1) */
  readonly untilEpss?: number | undefined;
  /** ends on a service when the internet reaches it */
  readonly untilExposed?: true | undefined;
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
  readonly alert: {
    readonly severity: Level;
    readonly kev: boolean;
    /** from which likelihood of an exploit on (EPSS, 0 to 1); absent: it is shown and never told */
    readonly epss?: number | undefined;
  };
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
  readonly sweep: {
    readonly dailyBytes: number;
    readonly images: 'running' | 'newest' | 'all';
    /** what is neither tagged nor running is forgotten in the end; else it is only counted */
    readonly forget: boolean;
    /** how long such an image is kept from then on, and what was read of a layer that nobody reads again */
    readonly keepDays: number;
    /** how long what happened is kept after it was over: the timeline, ended problems and rollouts; what is open stays whatever its age */
    readonly keepHistoryDays: number;
  };
  /** what is put beside images that were read, as OCI referrers; nothing by default */
  readonly attach: readonly 'sbom'[];
  /** `[registry/]repository` globs of images whose attached SBOM is believed instead of reading their layers; none by default */
  readonly trust: {
    readonly sbom: readonly string[];
    /** of images whose attached VEX documents count */
    readonly vex: readonly string[];
  };
}

/** What is wrong in a policy file, where, and what to do. Lines and columns count from 1. */
export interface PolicyProblem {
  readonly line: number;
  readonly column: number;
  /** `services[0].mode`; empty for the file as a whole */
  readonly path: string;
  readonly text: string;
}
