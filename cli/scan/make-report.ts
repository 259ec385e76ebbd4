import { type BaseAnswer, type InstalledPackage, partOfLayer, shardName } from '#shared/inventory';
import { formatPlatform } from '#shared/oci';
import type { Exception } from '#shared/policy';
import { countFindings } from './filter-report.ts';
import type { ReportLayer, ReportPackage, ScannedImage, ScanReport } from './report.ts';
import { reportConfig, reportExecutables } from './report-contents.ts';
import { reportFindings } from './report-findings.ts';
import { sortFindings } from './report-order.ts';
import { reportSecrets } from './report-secrets.ts';

/** Makes the report of an image; findings by their risk, packages by type and name. Exceptions accept what they do at `now`. */
export function makeReport(scanned: ScannedImage, exceptions: readonly Exception[] = [], now = new Date()): ScanReport {
  const { image, inventory } = scanned;
  const layers = reportLayers(scanned);
  const findings = reportFindings(scanned, exceptions, now);
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
      missing: scanned.missing,
      kevAsOf: scanned.kevAsOf ?? null,
      epssAsOf: scanned.epssAsOf ?? null,
      cvesAsOf: scanned.cvesAsOf ?? null,
    },
    summary: countFindings(findings, { hidden: 0, noise: 0, vex: 0, accepted: 0 }),
    packages: inventory.packages.map((found) => reportPackage(found, layers)).sort(byName),
    executables: reportExecutables(inventory.executables, layers),
    secrets: reportSecrets(inventory.secrets ?? [], layers),
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

const byName = (a: ReportPackage, b: ReportPackage): number =>
  compare(a.type, b.type) || compare(a.name, b.name) || compare(a.version, b.version) || compare(a.path, b.path);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
