import { evaluate } from '#shared/policy';
import type { FindingView } from '../api-shapes.ts';
import { serviceName } from '../words.ts';
import type { Preview, PreviewInput } from './preview-types.ts';

/** The verdict on every image that runs, under each policy. */
export function verdicts(input: PreviewInput): Preview['verdicts'] {
  const exploited = new Set(
    input.problems.filter(({ kev }) => kev !== undefined).map(({ vulnerability }) => vulnerability),
  );
  return input.workloads.flatMap((workload) =>
    workload.runningDigests.flatMap((digest) => {
      const image = input.images.get(digest);
      if (image === undefined) return [];
      const [place] = image.names;
      const view = {
        ...(place === undefined ? {} : { repository: `${place.registry}/${place.repository}` }),
        service: serviceName(workload.id),
        coverage: image.coverage,
        findings: image.findings.map((finding) => judgedFinding(finding, exploited)),
      };
      const before = evaluate(input.current, view, input.now);
      const after = evaluate(input.candidate, view, input.now);
      const name =
        place === undefined
          ? digest.slice(0, 19)
          : `${place.repository}${place.tags[0] === undefined ? `@${digest.slice(0, 19)}` : `:${place.tags[0]}`}`;
      const others = after.reasons.length > 1 ? `, and ${after.reasons.length - 1} more` : '';
      return [
        {
          image: `${serviceName(workload.id)} ${name}`,
          before: before.verdict,
          after: after.verdict,
          why: `${after.reasons[0]?.text ?? 'nothing speaks against it'}${others}`,
        },
      ];
    }),
  );
}

const judgedFinding = (finding: FindingView, exploited: ReadonlySet<string>) => ({
  vulnerability: finding.vulnerability,
  aliases: finding.aliases,
  package: finding.package.matchedName,
  severity: finding.severity.level,
  ...(finding.fixedIn === undefined ? {} : { fixedIn: finding.fixedIn }),
  kev: exploited.has(finding.vulnerability),
  malicious: finding.malicious,
});
