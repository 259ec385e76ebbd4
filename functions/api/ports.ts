import type { FindingsPorts } from '#shared/findings';

/** A request to the api, free of any transport. */
export interface ApiRequest {
  readonly method: string;
  /** `/images/sha256:…`, without prefix and query */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** who asks: an IAM principal, or the holder of the local token; absent for reading on loopback */
  readonly principal?: string;
}

/** An answer; `body` is sent as JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What the api needs from outside. */
export interface ApiPorts extends FindingsPorts {
  readonly now: () => Date;
  /** a new policy was taken: what it decides is decided again */
  readonly policyChanged: () => Promise<void>;
  /** `registry/repository` of the bases that policy names */
  readonly bases: () => Promise<readonly string[]>;
  /** plans and rollouts: the remedy side */
  readonly remedy: RemedyDesk;
}

/** What people can do to plans and rollouts. */
export interface RemedyDesk {
  /** A page of the plans that are offered, behind what another gave as `next`. */
  plans(after: string | undefined): Promise<unknown>;
  /** One plan with a page of what it names. Undefined: no such plan. */
  plan(id: string, after: string | undefined): Promise<unknown | undefined>;
  /** A page of the rollouts, behind what another gave as `next`. */
  rollouts(after: string | undefined): Promise<unknown>;
  /** One of them with a page of its rows. Undefined: no such rollout. */
  rollout(id: string, after: string | undefined): Promise<unknown | undefined>;
  /** Approves and so starts a plan; `dryRun` says what would happen. Undefined: no such plan. */
  approve(plan: string, by: string, options: { readonly dryRun: boolean }): Promise<unknown | undefined>;
  /** Stops what of a rollout has not begun; `dryRun` says what that is. Undefined: no such rollout. */
  stop(rollout: string, by: string, options: { readonly dryRun: boolean }): Promise<unknown | undefined>;
}
