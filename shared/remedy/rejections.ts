import type { WorkloadId } from '#shared/fleet';
import type { Rejection, RejectionCode, ScannedImage } from './plan-types.ts';

/** Candidates that were rejected, each reason once with all workloads that it holds for. */
export class Rejections {
  readonly #byReason = new Map<string, Rejection & { readonly workloads: WorkloadId[] }>();

  add(candidate: ScannedImage, code: RejectionCode, text: string, workload: WorkloadId): void {
    const key = JSON.stringify([candidate.repository, candidate.digest, code, text]);
    const known = this.#byReason.get(key);
    if (known === undefined)
      this.#byReason.set(key, {
        digest: candidate.digest,
        repository: candidate.repository,
        tags: candidate.tags,
        code,
        text,
        workloads: [workload],
      });
    else if (known.workloads.at(-1) !== workload) known.workloads.push(workload);
  }

  list(): Rejection[] {
    return [...this.#byReason.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rejection]) => rejection);
  }
}
