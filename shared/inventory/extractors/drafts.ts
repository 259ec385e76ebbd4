import type { EvidenceDraft, FoundPackage, PackagesEvidence } from '../layer-facts.ts';
import { plausibleName, plausibleVersion, shown } from '../plausible.ts';

/**
 * Splits what a file claims into packages that can be and reasons for those that cannot: a name with control characters, markup
 * or spaces is no package name, and is reported instead of being dropped or carried on.
 */
export function sift(claims: readonly FoundPackage[]): {
  readonly packages: FoundPackage[];
  readonly troubles: EvidenceDraft[];
} {
  const packages: FoundPackage[] = [];
  const refused: string[] = [];
  for (const claim of claims) {
    const wrong = flaw(claim);
    if (wrong === undefined) packages.push(claim);
    else refused.push(wrong);
  }
  const [first] = refused;
  if (first === undefined) return { packages, troubles: [] };
  const text = refused.length === 1 ? first : `${first}, and ${refused.length - 1} more like it`;
  return { packages, troubles: [{ kind: 'trouble', code: 'unreadable-evidence', text }] };
}

/** What a file says by the packages that it claims: those that can be, and the trouble with the rest. `marks` are the evidence's own. */
export function packageDrafts(
  claims: readonly FoundPackage[],
  marks: Pick<PackagesEvidence, 'unlessOwned'> = {},
): readonly EvidenceDraft[] {
  const { packages, troubles } = sift(claims);
  return packages.length === 0 ? troubles : [{ kind: 'packages', packages, ...marks }, ...troubles];
}

function flaw(claim: FoundPackage): string | undefined {
  if (!plausibleName(claim.type, claim.name)) return `"${shown(claim.name)}" cannot be a ${claim.type} package name`;
  if (!plausibleVersion(claim.version)) {
    return `"${shown(claim.version)}" cannot be a version (package ${shown(claim.name)})`;
  }
  if (claim.source !== undefined && !plausibleName(claim.type, claim.source)) {
    return `"${shown(claim.source)}" cannot be a source package name (package ${shown(claim.name)})`;
  }
  if (claim.sourceVersion !== undefined && !plausibleVersion(claim.sourceVersion)) {
    return `"${shown(claim.sourceVersion)}" cannot be a source version (package ${shown(claim.name)})`;
  }
  if (claim.architecture !== undefined && !/^[A-Za-z0-9_-]{1,40}$/.test(claim.architecture)) {
    return `"${shown(claim.architecture)}" cannot be an architecture (package ${shown(claim.name)})`;
  }
  if (claim.module !== undefined && !/^[A-Za-z0-9._+-]{1,40}:[A-Za-z0-9._+-]{1,24}$/.test(claim.module)) {
    return `"${shown(claim.module)}" cannot be a module stream (package ${shown(claim.name)})`;
  }
  return undefined;
}

const mostLicenses = 20;

/** The licences that a file states, as texts of at most 200 characters; empty ones and all beyond the twentieth are left out. */
export function licensesOf(claims: readonly unknown[]): Pick<FoundPackage, 'licenses'> {
  const licenses = claims
    .flatMap((claim) => (typeof claim === 'string' ? [claim.trim().slice(0, 200)] : []))
    .filter((text) => text !== '')
    .slice(0, mostLicenses);
  return licenses.length === 0 ? {} : { licenses };
}

/** Qualifiers of a purl: those that are plain text of at most 200 characters; what is anything else is left out, for nothing is decided by it. */
export function qualifiersOf(claims: Readonly<Record<string, unknown>>): Pick<FoundPackage, 'qualifiers'> {
  const qualifiers: Record<string, string> = {};
  for (const [name, value] of Object.entries(claims))
    if (typeof value === 'string' && /^[\w.:/+@~-]{1,200}$/.test(value)) qualifiers[name] = value;
  return Object.keys(qualifiers).length === 0 ? {} : { qualifiers };
}
