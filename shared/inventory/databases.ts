import type { DatabaseHome, FoundPackage, OwnerSystem, PackagesEvidence } from './layer-facts.ts';
import type { MergedFile, MergedFiles } from './merged-files.ts';
import { below, folderOf } from './path.ts';
import { distributionOf } from './release.ts';
import type { Distribution } from './types.ts';

/** Where databases stand by name, for those that are only reached through links. */
const places: readonly (readonly [string, DatabaseHome['system']])[] = [
  ['var/lib/dpkg/status', 'dpkg'],
  ['lib/apk/db/installed', 'apk'],
  ['usr/lib/apk/db/installed', 'apk'],
  ...['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'].flatMap((home) =>
    ['Packages', 'Packages.db', 'rpmdb.sqlite'].map((file) => [`${home}/${file}`, 'rpm'] as const),
  ),
];

/** True when a file's packages may be believed: what claims to be a database has beside it what such a database has. */
export function isBelieved(evidence: PackagesEvidence, file: MergedFile, merged: MergedFiles): boolean {
  const { database } = evidence;
  if (database?.unless !== undefined && listsPackages(merged.at(below(database.root, database.unless)))) return false;
  const folder = database?.needsFolder;
  if (folder === undefined || merged.hasFolder(folder)) return true;
  return merged.follow('var/lib/dpkg/status') === file.path;
}

function listsPackages(file: MergedFile | undefined): boolean {
  return file?.evidence.some((fact) => fact.kind === 'packages' && fact.packages.length > 0) === true;
}

/** Database files that a link leads to under a name by which they are not read. */
export function unreadPlaces(merged: MergedFiles): string[] {
  return places.flatMap(([path, system]) => {
    const real = merged.follow(path);
    if (real === path || merged.real(path) === real || !merged.hasOther(real)) return [];
    const known = merged
      .at(path)
      ?.evidence.some((fact) => fact.kind === 'packages' && fact.database?.system === system);
    return known ? [] : [path];
  });
}

/** The distribution of a root filesystem inside the merged image; '' is the image's own root. */
export function distributionAt(merged: MergedFiles, root: string): Distribution | undefined {
  return distributionOf((path) => {
    // apk joins them; a root inside of the image is known by its main list alone
    const lists = root === '' && path === 'etc/apk/repositories' ? repositoryLists(merged) : [];
    const texts = [merged.at(below(root, path)), ...lists].flatMap((file) => releaseText(file) ?? []);
    return texts.length === 0 ? undefined : texts.join('\n');
  });
}

function releaseText(file: MergedFile | undefined): string | undefined {
  for (const fact of file?.evidence ?? []) if (fact.kind === 'release') return fact.text;
  return undefined;
}

/** `etc/apk/repositories.d/*.list`, which apk reads beside its main list (apk-repositories(5)). */
function repositoryLists(merged: MergedFiles): MergedFile[] {
  const folder = merged.follow('etc/apk/repositories.d');
  return [...merged.files()].filter(({ path }) => folderOf(path) === folder && path.endsWith('.list'));
}

/** The type that owners are named by: `deb:curl`. */
export function ownerType(system: OwnerSystem): FoundPackage['type'] {
  if (system === 'dpkg' || system === 'chisel') return 'deb';
  if (system === 'portage') return 'ebuild';
  return system === 'pacman' ? 'alpm' : system;
}
