import type { Policy, Verdict } from '#shared/policy';
import type { ImageView, PlanView, ProblemView, TimelineEvent, WorkloadView } from '../api-shapes.ts';

/** Everything that a preview is computed from: what the stack knows now, and its timeline. */
export interface PreviewInput {
  readonly current: Policy;
  readonly candidate: Policy;
  readonly workloads: readonly WorkloadView[];
  readonly problems: readonly ProblemView[];
  readonly plans: readonly PlanView[];
  /** what runs, by digest */
  readonly images: ReadonlyMap<string, ImageView>;
  /** names of all images that were read, for tag ranges */
  readonly names: readonly { readonly repository: string; readonly tags: readonly string[] }[];
  readonly events: readonly TimelineEvent[];
  readonly now: Date;
}

/** A thing under the policy in force and under the other one. */
export interface Change<T> {
  readonly before: T;
  readonly after: T;
}

/** What another policy would decide, beside what the one in force does. */
export interface Preview {
  readonly modes: readonly (Change<Policy['mode']> & { readonly service: string; readonly why: string })[];
  readonly alerts: {
    readonly open: number;
    readonly now: Change<number>;
    /** problems that are told under one policy and not under the other */
    readonly differ: readonly (Change<boolean> & { readonly header: string; readonly why: string })[];
  };
  readonly past: {
    readonly changes: number;
    readonly told: Change<number>;
    /** changes of problems that the stack does not have any more: they are not counted in `told` */
    readonly forgotten: number;
  };
  readonly accepted: readonly { readonly problem: string; readonly reason: string; readonly until: string }[];
  readonly endedExceptions: readonly string[];
  readonly idleExceptions: readonly string[];
  readonly verdicts: readonly (Change<Verdict['verdict']> & { readonly image: string; readonly why: string })[];
  readonly plans: readonly (Change<string> & { readonly plan: string; readonly service: string })[];
  readonly tags: readonly { readonly repository: string; readonly rule: string; readonly tags: readonly string[] }[];
}
