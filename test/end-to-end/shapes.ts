// What the api answers, as far as these tests read it: written down apart from the code, so that a renamed field is noticed.

export interface FindingShape {
  readonly id: string;
  readonly vulnerability: string;
  readonly fixedIn?: string;
  readonly status: string;
  readonly package: { readonly matchedName: string; readonly matchedVersion: string };
}

export interface ImageShape {
  readonly digest: string;
  readonly rev: number;
  readonly distribution?: { readonly ecosystem?: string };
  readonly coverage: {
    readonly state: string;
    readonly reasons: readonly { readonly code: string; readonly text: string }[];
  };
  readonly names: readonly { readonly repository: string; readonly tags: readonly string[] }[];
  readonly findings: readonly FindingShape[];
  readonly packageList: readonly { readonly key: { readonly name: string; readonly version: string } }[];
}

/** The first page, which holds all that these tests make. */
export interface ImagesShape {
  readonly images: readonly ImageShape[];
}

/** The first page, as above. */
export interface UnreadableShape {
  readonly unreadable: readonly {
    readonly repository: string;
    readonly tag?: string;
    readonly digest?: string;
    readonly code: string;
    readonly text: string;
  }[];
}

export interface ProblemShape {
  readonly key: { readonly finding: string; readonly shard: string; readonly name: string };
  readonly state: string;
  readonly vulnerability: string;
  readonly package: string;
  readonly fixedIn?: string;
  readonly severity: { readonly level: string };
  readonly workloads: readonly string[];
  readonly history: readonly { readonly transition: string; readonly text: string }[];
}

/** The first page, which holds all that these tests make. */
export interface ProblemsShape {
  readonly problems: readonly ProblemShape[];
}

export interface WorkloadShape {
  readonly id: string;
  readonly name: string;
  readonly runningDigests: readonly string[];
  readonly definition: string;
  readonly deployment: { readonly id: string; readonly state: string };
}

export interface PlanShape {
  readonly id: string;
  readonly state: string;
  readonly title: string;
  readonly verdict: string;
  readonly approvable: boolean;
  readonly reasons: readonly string[];
  readonly changes: readonly {
    readonly workload: string;
    readonly from: string;
    readonly to: string;
    readonly tag?: string;
    readonly how: string;
    readonly verdict: string;
  }[];
  readonly closes: readonly string[];
  readonly rejected: readonly { readonly digest: string; readonly why: string }[];
}

/** The first page, as above. */
export interface PlansShape {
  readonly plans: readonly PlanShape[];
}

export interface RolloutShape {
  readonly id: string;
  readonly state: string;
  readonly ended: boolean;
  readonly startedBy: string;
  readonly rows: readonly {
    readonly workload: string;
    readonly state: string;
    readonly reason?: string;
    readonly history: readonly { readonly from: string; readonly to: string }[];
    readonly proof?: {
      readonly digests: readonly string[];
      readonly record: {
        readonly rollout: string;
        readonly vulnerability: string;
        readonly digests: readonly string[];
        readonly inventories: readonly { readonly digest: string; readonly answer: string }[];
      };
    };
  }[];
}

/** The first page, as above. */
export interface RolloutsShape {
  readonly rollouts: readonly RolloutShape[];
}

/** The first page, as above. */
export interface AlertsShape {
  readonly alerts: readonly AlertShape[];
}

export interface AlertShape {
  readonly alert: { readonly id: string; readonly state: string; readonly header: string; readonly next: string };
  readonly slack: { readonly text: string; readonly blocks: readonly object[] };
  readonly mail: { readonly subject: string; readonly text: string };
}
