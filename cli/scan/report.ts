import type { EpssScore } from '#shared/advisories';
import { noiseOf, type Risk, riskOf, whyNoise } from '#shared/findings';
import {
  type BaseAnswer,
  type Coverage,
  type Distribution,
  type InstalledPackage,
  type InUse,
  type InventoryOrigin,
  packageKeyId,
  packagesInUse,
  partOfLayer,
  shardName,
} from '#shared/inventory';
import type { Finding, Severity, SeverityLevel } from '#shared/judging';
import { type Digest, formatPlatform } from '#shared/oci';
import type { Exception } from '#shared/policy';
import { type VexAnswer, type VexJustification, type VexStatement, vexFor, vexHides } from '#shared/vex';
import { acceptanceOf } from './acceptance.ts';
import type { ReadTarget } from './read-target.ts';
import { type ReportConfig, type ReportExecutable, reportConfig, reportExecutables } from './report-contents.ts';
import { type ReportOrder, sortFindings } from './report-order.ts';
import type { UsedAdvisories } from './scan-book.ts';

/** A package in the report. */
export interface ReportPackage {
  readonly purl: string;
  readonly name: string;
  readonly version: string;
  /** deb, apk, npm, pypi, maven: the purl type */
  readonly type: string;
  /** whose advisories judge it, as OSV writes it: `Debian:12` */
  readonly ecosystem: string;
  /** the source package that distributions' advisories name, where it is another */
  readonly source: string | null;
  readonly sourceVersion: string | null;
  readonly architecture: string | null;
  /** blob digest of the layer that brought it */
  readonly layer: Digest;
  /** that layer's command */
  readonly createdBy: string | null;
  /** whether that layer is the base's; null: the base is not known */
  readonly part: ReportLayer['part'];
  /** how it came as a part of something else: shaded, vendored, tooling */
  readonly bundled: string | null;
  /** of its evidence inside the image; outside text */
  readonly path: string;
  readonly licenses: readonly string[];
  /** the operating system's package that brought it, for language packages */
  readonly ownedBy: string | null;
  /** somebody other than the distribution made it */
  readonly vendor: string | null;
}

/** A layer, base first. */
export interface ReportLayer {
  readonly digest: Digest;
  readonly size: number;
  readonly createdBy: string | null;
  /** null: the base is not known */
  readonly part: 'base' | 'application' | null;
}

/** A vulnerability in a package of the image. */
export interface ReportFinding {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly records: Finding['records'];
  readonly package: {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly type: string;
    readonly ecosystem: string;
    /** what the advisories name: the source package, or the package itself */
    readonly matchedName: string;
    readonly matchedVersion: string;
  };
  readonly severity: Severity;
  readonly status: Finding['status'];
  /** null: no fix is known */
  readonly fixedIn: string | null;
  readonly match: Finding['match'];
  /** known to be exploited (CISA); null: not known to be */
  readonly kev: { readonly dateAdded: string; readonly ransomware: boolean } | null;
  /** the highest among its CVEs, 0 to 1 */
  readonly epss: EpssScore | null;
  readonly malicious: boolean;
  /** the CVE List says that it is disputed */
  readonly disputed: boolean;
  /** whether what the image starts uses the package; null: not known */
  readonly inUse: InUse | null;
  /** 0 to 100, and what it is made of; of an image alone nothing is known of where it runs */
  readonly risk: Risk;
  readonly summary: string | null;
  /** the comparison that decided */
  readonly why: string;
  /** what VEX says of it: documents of --vex; null: nothing */
  readonly vex: VexAnswer | null;
  /** why it is noise in this image, or does no harm by VEX, which is left out unless asked for; null: it is not */
  readonly hidden: string | null;
  /** the exception of --policy that accepts it, which leaves it out unless asked for; null: none does */
  readonly accepted: {
    readonly reason: string;
    readonly until: string;
    readonly owner: string | null;
    readonly justification: VexJustification | null;
  } | null;
  /** why an exception of --policy accepts it no more */
  readonly acceptanceEnded: string | null;
  /** everywhere that the package lies */
  readonly places: readonly { readonly layer: Digest; readonly path: string }[];
}

/** What a scan says: the report that every format is made of. */
export interface ScanReport {
  readonly schemaVersion: 1;
  readonly image: {
    /** as it was named */
    readonly name: string;
    /** null: its own layers; else the bill of materials or the folder that was read instead */
    readonly readFrom: InventoryOrigin | null;
    readonly digest: Digest;
    /** of the index, if it was found in one */
    readonly index: Digest | null;
    readonly platform: string;
    /** other platforms that are there and were not read */
    readonly otherPlatforms: readonly string[];
    readonly created: string | null;
    /** compressed bytes of its layers */
    readonly bytes: number;
    /** what it is built on; `layers` null: nothing says it */
    readonly base: {
      readonly layers: number | null;
      readonly by: NonNullable<BaseAnswer['by']> | null;
      readonly name: string | null;
      readonly why: string;
      readonly rejected: readonly string[];
    };
    readonly layers: readonly ReportLayer[];
    readonly config: ReportConfig;
  };
  readonly distribution: Distribution | null;
  readonly coverage: Coverage;
  readonly summary: ReportCounts;
  readonly advisories: {
    readonly used: readonly UsedAdvisories[];
    readonly kevAsOf: string | null;
    readonly epssAsOf: string | null;
    readonly cvesAsOf: string | null;
  };
  readonly packages: readonly ReportPackage[];
  readonly executables: {
    readonly count: number;
    /** setuid, setgid, or with file capabilities */
    readonly privileged: readonly ReportExecutable[];
    /** null: not asked for (--files) */
    readonly all: readonly ReportExecutable[] | null;
  };
  readonly findings: readonly ReportFinding[];
}

/** Counts of findings; every level is there. */
export interface ReportCounts {
  readonly findings: number;
  readonly bySeverity: Readonly<Record<SeverityLevel, number>>;
  readonly kev: number;
  readonly malicious: number;
  readonly fixable: number;
  /** left out by --severity and --only-fixed */
  readonly hidden: number;
  /** left out because they are noise in this image: `--show-hidden` lists them with why */
  readonly noise: number;
  /** left out because VEX calls them not affected or fixed; `--show-hidden` lists them too */
  readonly vex: number;
  /** left out because an exception of --policy accepts them; `--show-hidden` lists them too */
  readonly accepted: number;
}

/** An image that was read and judged. */
export interface ScannedImage extends ReadTarget {
  readonly coverage: Coverage;
  readonly judged: readonly { readonly keyId: string; readonly finding: Finding }[];
  readonly kev: ReadonlyMap<string, { readonly dateAdded: string; readonly ransomware: boolean }>;
  readonly epss: ReadonlyMap<string, EpssScore>;
  readonly used: readonly UsedAdvisories[];
  readonly kevAsOf: string | undefined;
  readonly epssAsOf: string | undefined;
  readonly cvesAsOf: string | undefined;
  readonly base: BaseAnswer;
  /** of --vex */
  readonly statements?: readonly VexStatement[];
}

/** Makes the report of an image; findings by their risk, packages by type and name. Exceptions accept what they do at `now`. */
export function makeReport(scanned: ScannedImage, exceptions: readonly Exception[] = [], now = new Date()): ScanReport {
  const { image, inventory } = scanned;
  const places = new Map<string, InstalledPackage[]>();
  for (const installed of inventory.packages) {
    const id = packageKeyId(installed.key);
    const known = places.get(id);
    if (known === undefined) places.set(id, [installed]);
    else known.push(installed);
  }
  const layers = reportLayers(scanned);
  const noise = noiseOf(inventory) ?? { packages: {}, twins: {} };
  const inUse = packagesInUse(inventory);
  const foundOn = Map.groupBy(scanned.judged, ({ keyId }) => keyId);
  const findingsOf = (id: string): readonly Finding[] => (foundOn.get(id) ?? []).map(({ finding }) => finding);
  const findings = scanned.judged
    .flatMap(({ keyId, finding }) =>
      reportFinding(finding, places.get(keyId) ?? [], scanned, {
        noise: whyNoise(noise, keyId, finding, findingsOf),
        inUse: inUse.get(keyId),
        now,
      }),
    )
    .map((finding) => ({ ...finding, ...vexOf(finding, scanned) }))
    .map((finding) => ({ ...finding, ...acceptanceOf(finding, scanned, exceptions, now) }));
  return {
    schemaVersion: 1,
    image: {
      name: scanned.name,
      readFrom: inventory.origin ?? null,
      digest: image.digest,
      index: scanned.root === image.digest ? null : scanned.root,
      platform: formatPlatform(image.platform),
      otherPlatforms: scanned.otherPlatforms.map(formatPlatform),
      created: image.config.created ?? null,
      bytes: image.manifest.layers.reduce((sum, { size }) => sum + size, 0),
      base: reportBase(scanned.base),
      layers,
      config: reportConfig(image.config),
    },
    distribution: inventory.distribution ?? null,
    coverage: scanned.coverage,
    advisories: {
      used: scanned.used,
      kevAsOf: scanned.kevAsOf ?? null,
      epssAsOf: scanned.epssAsOf ?? null,
      cvesAsOf: scanned.cvesAsOf ?? null,
    },
    summary: countFindings(findings, { hidden: 0, noise: 0, vex: 0, accepted: 0 }),
    packages: inventory.packages.map((found) => reportPackage(found, layers)).sort(byName),
    executables: reportExecutables(inventory.executables, layers),
    findings: sortFindings(findings, 'risk'),
  };
}

function reportLayers({ inventory, base }: ScannedImage): ReportLayer[] {
  return inventory.layers.map(({ digest, size, createdBy }, index) => ({
    digest,
    size,
    createdBy: createdBy ?? null,
    part: partOfLayer(base, index) ?? null,
  }));
}

function reportBase({ layers, by, base, why, rejected }: BaseAnswer): ScanReport['image']['base'] {
  return { layers: layers ?? null, by: by ?? null, name: base ?? null, why, rejected };
}

function reportPackage(
  { key, purl, type, path, layer, licenses, ownedBy, bundled }: InstalledPackage,
  layers: readonly ReportLayer[],
): ReportPackage {
  const from = layers.find(({ digest }) => digest === layer);
  return {
    purl,
    name: key.name,
    version: key.version,
    type,
    ecosystem: shardName(key),
    source: key.source ?? null,
    sourceVersion: key.sourceVersion ?? null,
    architecture: key.architecture ?? null,
    layer,
    createdBy: from?.createdBy ?? null,
    part: from?.part ?? null,
    bundled: bundled ?? null,
    path,
    licenses: licenses ?? [],
    ownedBy: ownedBy ?? null,
    vendor: key.vendor ?? null,
  };
}

function reportFinding(
  finding: Finding,
  installed: readonly InstalledPackage[],
  { kev, epss }: Pick<ScannedImage, 'kev' | 'epss'>,
  { noise, inUse, now }: { readonly noise: string | undefined; readonly inUse: InUse | undefined; readonly now: Date },
): Omit<ReportFinding, 'accepted' | 'acceptanceEnded' | 'vex'>[] {
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
  finding: Omit<ReportFinding, 'accepted' | 'acceptanceEnded' | 'vex'>,
  { statements = [], image, root, reference, inventory }: ScannedImage,
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
          packages: inventory.packages.map(({ purl }) => purl),
        });
  const hides = vex === undefined || malicious ? undefined : vexHides(vex);
  return { vex: vex ?? null, hidden: finding.hidden ?? hides ?? null };
}

/** What people choose to see. */
export interface ReportFilter {
  readonly severities?: readonly SeverityLevel[];
  readonly onlyFixed: boolean;
  /** what is noise, and what is accepted, too */
  readonly showHidden: boolean;
  /** every file that can run */
  readonly files: boolean;
  readonly sort: ReportOrder;
}

/** The report with some findings (and unless asked for, the list of files) left out; how many is counted, so that hidden never looks like none. */
export function filterReport(report: ScanReport, filter: ReportFilter): ScanReport {
  const shown = (finding: ReportFinding): boolean => filter.showHidden || isLoud(finding);
  const loud = report.findings.filter(shown);
  const findings = loud.filter(
    (finding) =>
      (filter.severities === undefined || filter.severities.includes(finding.severity.level) || finding.malicious) &&
      (!filter.onlyFixed || finding.fixedIn !== null),
  );
  const quiet = report.findings.filter((finding) => !shown(finding));
  const vex = quiet.filter(isHiddenByVex).length;
  const noise = quiet.filter(({ hidden }) => hidden !== null).length - vex;
  const left = { hidden: loud.length - findings.length, noise, vex, accepted: quiet.length - noise - vex };
  const executables = filter.files ? report.executables : { ...report.executables, all: null };
  return {
    ...report,
    findings: sortFindings(findings, filter.sort),
    executables,
    summary: countFindings(findings, left),
  };
}

/** Whether VEX is what hides it. */
export const isHiddenByVex = ({ hidden, vex }: ReportFinding): boolean =>
  hidden !== null && vex !== null && hidden === vexHides(vex);

/** Whether it counts without anybody asking for more. */
export const isLoud = ({ hidden, accepted }: ReportFinding): boolean => hidden === null && accepted === null;

function countFindings(
  findings: readonly ReportFinding[],
  left: Pick<ReportCounts, 'hidden' | 'noise' | 'vex' | 'accepted'>,
): ReportCounts {
  const bySeverity = { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 };
  for (const { severity } of findings) bySeverity[severity.level] += 1;
  return {
    findings: findings.length,
    bySeverity,
    kev: findings.filter(({ kev }) => kev !== null).length,
    malicious: findings.filter(({ malicious }) => malicious).length,
    fixable: findings.filter(({ fixedIn }) => fixedIn !== null).length,
    ...left,
  };
}

const byName = (a: ReportPackage, b: ReportPackage): number =>
  compare(a.type, b.type) || compare(a.name, b.name) || compare(a.version, b.version) || compare(a.path, b.path);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
