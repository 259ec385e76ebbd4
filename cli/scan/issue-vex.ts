import { type VexStatement, writeOpenVex } from '#shared/vex';
import type { ReportFinding, ScanReport } from './report.ts';

/** Who issues it, when, and of what. */
export interface VexIssuing {
  readonly now: Date;
  readonly tool: string;
  readonly author?: string;
  /** `registry/repository`, if the image lies in a registry */
  readonly repository?: string;
}

/**
 * What exceptions accept in an image, as OpenVEX on its digest, its packages as parts of it. Accepting a risk is no statement that there is none: only an exception with a
 * justification is issued as "not affected".
 */
export function issueVex(report: ScanReport, issuing: VexIssuing): string {
  const accepted = report.findings.filter((finding) => finding.accepted !== null);
  const owners = [...new Set(accepted.flatMap((finding) => finding.accepted?.owner ?? []))];
  const author =
    issuing.author ?? (owners.length === 1 ? owners[0] : undefined) ?? 'Drydock, by the policy of its user';
  const at = issuing.now.toISOString();
  const byFlaw = new Map<string, { readonly first: ReportFinding; readonly purls: Set<string> }>();
  for (const finding of accepted) {
    const id = JSON.stringify([finding.vulnerability, finding.accepted]);
    const known = byFlaw.get(id) ?? { first: finding, purls: new Set<string>() };
    known.purls.add(withoutUpstream(finding.package.purl));
    byFlaw.set(id, known);
  }
  const product = imagePurl(report, issuing.repository);
  const statements = [...byFlaw.values()].map(({ first, purls }): VexStatement => {
    const said = first.accepted;
    const justification = said?.justification ?? undefined;
    return {
      vulnerabilities: [...new Set([first.vulnerability, ...first.aliases])],
      products: [
        {
          purls: [product],
          digests: [report.image.digest],
          subcomponents: [{ purls: [...purls].sort(), digests: [] }],
        },
      ],
      status: justification === undefined ? 'affected' : 'not_affected',
      ...(justification === undefined ? {} : { justification }),
      text:
        justification === undefined
          ? `accepted until ${said?.until ?? ''}: ${said?.reason ?? ''}`
          : (said?.reason ?? ''),
      at,
      by: author,
    };
  });
  return writeOpenVex({ author, at, tool: issuing.tool, statements });
}

/** Readers of VEX want every qualifier to agree, and not every scanner writes the source package. */
const withoutUpstream = (purl: string): string => purl.replace(/[?&]upstream=[^&#]*/, '').replace(/^([^?&]*)&/, '$1?');

/** `pkg:oci/app@sha256%3A…?repository_url=ghcr.io%2Fowner%2Fapp` (purl-spec, type oci). */
function imagePurl({ image }: ScanReport, repository: string | undefined): string {
  const name = (repository?.split('/').at(-1) ?? 'image').toLowerCase();
  const query = repository === undefined ? '' : `?repository_url=${encodeURIComponent(repository)}`;
  return `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(image.digest)}${query}`;
}
