import { packageKeyId } from './package-key.ts';
import type { InstalledPackage, Inventory } from './types.ts';

/**
 * The packages of an image whose findings are noise here, by package key id, each with why. Nothing is taken out: who shows findings hides these by
 * default, counts them, and can show them (design decision 10). A key is hidden only if every place of it is:
 * - an OS package owns the language package and is judged by its distribution, which patches without changing the version (detection.md, trap 22);
 * - it is a kernel's headers, matched by all that is wrong with kernels, and no container brings a kernel (detection.md, section 1).
 */
export function hiddenPackages({ packages }: Pick<Inventory, 'packages'>): ReadonlyMap<string, string> {
  const hidden = new Map<string, string>();
  const shown = new Set<string>();
  for (const found of packages) {
    const id = packageKeyId(found.key);
    const why = whyHidden(found);
    if (why === undefined) shown.add(id);
    else if (!hidden.has(id)) hidden.set(id, why);
  }
  for (const id of shown) hidden.delete(id);
  return hidden;
}

function whyHidden({ type, key, ownedBy }: InstalledPackage): string | undefined {
  if (ownedBy !== undefined) return `it is a part of ${ownedBy}, which the advisories of its distribution judge`;
  return isKernelHeaders(type, key.name)
    ? 'it is the headers of a kernel, and a container runs no kernel of its own'
    : undefined;
}

/** linux-libc-dev and linux-headers-* of Debian and its kin, kernel-headers of rpm's, linux-headers of Alpine's. */
function isKernelHeaders(type: string, name: string): boolean {
  switch (type) {
    case 'deb':
      return name === 'linux-libc-dev' || name.startsWith('linux-headers-');
    case 'rpm':
      return name === 'kernel-headers' || name === 'kernel-devel' || name === 'kernel-default-devel';
    case 'apk':
      return name === 'linux-headers';
    default:
      return false;
  }
}
