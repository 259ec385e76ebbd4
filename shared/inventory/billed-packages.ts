import { bitnamiBill, wheelBill } from './extractors/embedded-sbom.ts';
import { noteForm } from './extractors/package-note.ts';
import { keyOfPart } from './key-of-purl.ts';
import { isOsPackage } from './keys-of-packages.ts';
import type { BilledPackage } from './layer-facts.ts';
import type { MergedFiles } from './merged-files.ts';
import type { Ownership } from './ownership.ts';
import { packageKeyId, parsePackageKeyId } from './package-key.ts';
import type { Distribution, InstalledPackage, InventoryLayer, PackageKey } from './types.ts';

/**
 * What bills of materials inside of an image add to what is installed: packages that nothing which was installed speaks of. A package manager that is there knows what is installed
 * by it; a package that was found is there in the version that was found; a bill that an OS package brought is about that package. What was built into a wheel is a copy beside
 * all of these.
 */
export function billedPackages(
  merged: MergedFiles,
  packages: readonly InstalledPackage[],
  ownership: Ownership,
  layers: readonly InventoryLayer[],
  distribution: Distribution | undefined,
): InstalledPackage[] {
  const installed = new Set(packages.map(({ key }) => nameOf(key)));
  const exactly = new Set(packages.map(({ key }) => packageKeyId(key)));
  const managers: ReadonlySet<string> = new Set(packages.map(({ type }) => type).filter(isOsPackage));
  const found = new Map<string, InstalledPackage>();
  const files = [...merged.files()].filter(({ evidence }) => evidence.some(({ kind }) => kind === 'bill'));
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, layer, evidence } of files) {
    const from = layers[layer];
    const isOfWheel = wheelBill.test(path);
    const owner = ownership.ownerOf(path);
    if (from === undefined || (owner !== undefined && (owner.ofSystem || !isOfWheel))) continue;
    for (const fact of evidence) {
      if (fact.kind !== 'bill') continue;
      for (const billed of fact.packages) {
        const key = fact.form === noteForm ? keyOfNote(billed, distribution) : parsePackageKeyId(billed.key);
        // the same claim of several bills is told once, with the first
        const isThere = isOfWheel ? exactly.has(billed.key) : managers.has(billed.type) || installed.has(nameOf(key));
        if (isThere || found.has(billed.key)) continue;
        found.set(billed.key, {
          ...asInstalled(billed, key, path, from),
          ...(isOfWheel ? { bundled: 'vendored' } : {}),
        });
      }
    }
  }
  return [...found.values()];
}

/** A note seldom says the release, and never the epoch of an rpm, without which no advisory can be compared: those are listed only. */
function keyOfNote({ key, purl, type }: BilledPackage, distribution: Distribution | undefined): PackageKey {
  const keyed = type === 'rpm' ? undefined : keyOfPart({ name: '', version: '', purl, licenses: [] }, distribution);
  return keyed !== undefined && 'key' in keyed ? keyed.key : parsePackageKeyId(key);
}

const nameOf = ({ ecosystem, name }: PackageKey): string => `${ecosystem}|${name}`;

function asInstalled(
  billed: BilledPackage,
  key: PackageKey,
  path: string,
  { digest }: InventoryLayer,
): InstalledPackage {
  return {
    key,
    purl: billed.purl,
    type: billed.type,
    path,
    layer: digest,
    ...(billed.licenses === undefined ? {} : { licenses: billed.licenses }),
    ...(billed.supplier === undefined ? {} : { supplier: billed.supplier }),
  };
}

/** Folders whose files a Bitnami bill accounts for: opt/bitnami/postgresql/ */
export function bitnamiFolders(packages: readonly InstalledPackage[]): readonly string[] {
  return [...new Set(packages.flatMap(({ path }) => bitnamiBill.exec(path)?.[1] ?? []))];
}
