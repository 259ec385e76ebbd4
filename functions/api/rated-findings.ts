import {
  compareSeverity,
  type FindingsPorts,
  type ImageFinding,
  likelihoodOf,
  type Risk,
  readWorkloads,
  riskOfFinding,
  widestReach,
  workloadsRunning,
} from '#shared/findings';
import type { Digest } from '#shared/oci';

/** The findings of an image with their risk, the greatest first: by what the catalogues say now, what runs the image, and from where that can be reached. */
export async function ratedFindings(
  ports: Pick<FindingsPorts, 'table' | 'book'> & { readonly now: () => Date },
  digest: Digest,
  findings: readonly ImageFinding[],
): Promise<readonly (ImageFinding & { readonly risk: Risk })[]> {
  const ids = await workloadsRunning(ports.table, digest);
  const exposed = widestReach((await readWorkloads(ports.table, ids)).map((workload) => workload.exposed));
  const here = { running: ids.length, exposed };
  const now = ports.now();
  const rated: (ImageFinding & { readonly risk: Risk })[] = [];
  for (const finding of findings) {
    const likelihood = await likelihoodOf(ports.book, [finding.vulnerability, ...finding.aliases]);
    rated.push({ ...finding, risk: riskOfFinding(finding, likelihood, here, now) });
  }
  return rated.sort((a, b) => b.risk.score - a.risk.score || compareSeverity(a.severity.level, b.severity.level));
}
