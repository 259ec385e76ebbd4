import { isOsPackage } from './keys-of-packages.ts';
import { type Arrivals, isUpstream } from './os-owned.ts';
import type { Ownership } from './ownership.ts';
import type { InstalledPackage } from './types.ts';

// where package managers put programs and where people do not
const ofTheSystem = /^(?:usr\/)?(?:s?bin|lib(?:32|64|x32|exec)?)\//;

/**
 * The packages without programs that are an OS package's own: that package is judged by its distribution, which patches without changing the
 * version (detection.md section 4, trap 22). A program stays
 * - where no package owns its file; without any list of owned files, where package managers put nothing;
 * - where only packages own it that nobody judges: a third party's, or of a distribution without advisories;
 * - where a later layer than its owner's put another version in its place.
 */
export function withoutOwnedPrograms(
  packages: readonly InstalledPackage[],
  ownership: Ownership,
  arrivals: Arrivals,
): InstalledPackage[] {
  if (!packages.some(({ type }) => isOsPackage(type))) return [...packages];
  return packages.filter((found) => {
    if (found.type !== 'program') return true;
    if (!ownership.isKnown) return !ofTheSystem.test(found.path);
    const owner = ownership.ownerOf(found.path);
    if (owner === undefined) return true;
    const judged = arrivals
      .packagesOf(owner)
      .filter(({ key }) => key.vendor === undefined && !key.ecosystem.startsWith('os-'));
    const isChanged = arrivals.isChangedSince(owner, arrivals.indexOf(found));
    return judged.length === 0 || (isChanged && !judged.some(({ key }) => isUpstream(found.key.version, key.version)));
  });
}
