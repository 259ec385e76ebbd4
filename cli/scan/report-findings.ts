import { noiseOf, riskOf, whyNoise } from '#shared/findings';
import { type InstalledPackage, type InUse, packageKeyId, packagesInUse } from '#shared/inventory';
import type { Finding } from '#shared/judging';
import type { Exception } from '#shared/policy';
import { vexFor, vexHides } from '#shared/vex';
import { acceptanceOf } from './acceptance.ts';
import type { ReportFinding, ScannedImage } from './report.ts';

/** A finding before anybody said anything of it. */
type FoundHere = Omit<ReportFinding, 'accepted' | 'acceptanceEnded' | 'vex'>;

/** The findings of an image with where they lie, their risk, and why they are noise, hidden by VEX or accepted by an exception at `now`; in no order. */
export function reportFindings(
  scanned: ScannedImage,
  exceptions: readonly Exception[],
  now: Date,
): readonly ReportFinding[] {
  const { inventory } = scanned;
  if (scanned.judged.length === 0) return [];
  const places = new Map<string, InstalledPackage[]>();
  for (const installed of inventory.packages) {
    const id = packageKeyId(installed.key);
    const known = places.get(id);
    if (known === undefined) places.set(id, [installed]);
    else known.push(installed);
  }
  const noise = noiseOf(inventory) ?? { packages: {}, twins: {} };
  const inUse = packagesInUse(inventory);
  const foundOn = Map.groupBy(scanned.judged, ({ keyId }) => keyId);
  const findingsOf = (id: string): readonly Finding[] => (foundOn.get(id) ?? []).map(({ finding }) => finding);
  const purls = inventory.packages.map(({ purl }) => purl);
  return scanned.judged
    .flatMap(({ keyId, finding }) =>
      reportFinding(finding, places.get(keyId) ?? [], scanned, {
        noise: whyNoise(noise, keyId, finding, findingsOf),
        inUse: inUse.get(keyId),
        now,
      }),
    )
    .map((finding) => ({ ...finding, ...vexOf(finding, scanned, purls) }))
    .map((finding) => ({ ...finding, ...acceptanceOf(finding, scanned, exceptions, now) }));
}

function reportFinding(
  finding: Finding,
  installed: readonly InstalledPackage[],
  { kev, epss }: Pick<ScannedImage, 'kev' | 'epss'>,
  { noise, inUse, now }: { readonly noise: string | undefined; readonly inUse: InUse | undefined; readonly now: Date },
): FoundHere[] {
  const [first] = installed;
  if (first === undefined) return [];
  const ids = [finding.vulnerability, ...finding.aliases];
  const exploited = ids.map((id) => kev.get(id)).find((entry) => entry);
  const [likeliest] = ids.flatMap((id) => epss.get(id) ?? []).sort((a, b) => b.score - a.score);
  return [
    {
      vulnerability: finding.vulnerability,
      aliases: finding.aliases,
      records: finding.records,
      package: {
        name: finding.package.name,
        version: finding.package.version,
        purl: first.purl,
        type: first.type,
        ecosystem: finding.package.ecosystem,
        matchedName: finding.package.matchedName,
        matchedVersion: finding.package.matchedVersion,
      },
      severity: finding.severity,
      status: finding.status,
      fixedIn: finding.fixedIn ?? null,
      match: finding.match,
      kev: exploited === undefined ? null : { dateAdded: exploited.dateAdded, ransomware: exploited.ransomware },
      epss: likeliest ?? null,
      malicious: finding.malicious,
      inUse: inUse ?? null,
      risk: riskOf(
        {
          severity: finding.severity,
          malicious: finding.malicious,
          ...(exploited === undefined ? {} : { kev: exploited }),
          ...(likeliest === undefined ? {} : { epss: likeliest }),
          ...(finding.fixedIn === undefined ? {} : { fixedIn: finding.fixedIn }),
          ...(inUse === undefined ? {} : { inUse }),
        },
        now,
      ),
      summary: finding.summary ?? null,
      why: finding.why,
      disputed: finding.disputed === true,
      hidden: noise ?? null,
      places: installed.map(({ layer, path }) => ({ layer, path })),
    },
  ];
}

/** What VEX says of a finding; "not affected" and "fixed" hide it, but never malware. */
function vexOf(
  finding: FoundHere,
  { statements = [], image, root, reference }: ScannedImage,
  packages: readonly string[],
): Pick<ReportFinding, 'vex' | 'hidden'> {
  const { vulnerability, aliases, records, package: found, malicious } = finding;
  const vex =
    statements.length === 0
      ? undefined
      : vexFor(statements, {
          ids: [vulnerability, ...aliases, ...records.map(({ id }) => id)],
          digests: [image.digest, root],
          repositories: reference === undefined ? [] : [`${reference.registry}/${reference.repository}`],
          purls: [found.purl],
          packages,
        });
  const hides = vex === undefined || malicious ? undefined : vexHides(vex);
  return { vex: vex ?? null, hidden: finding.hidden ?? hides ?? null };
}
