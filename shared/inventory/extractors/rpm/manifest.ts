import type { RpmFields } from './package-of-header.ts';

/**
 * The list that rpm-based distroless images (CBL-Mariner, Azure Linux) keep instead of a database, one package a line, fields parted by tabs: name,
 * version-release, install time, build time, vendor, epoch, size, architecture, epoch number, source package. `(none)` is nothing.
 */
export function manifestPackages(text: string): { readonly packages: RpmFields[]; readonly broken: number } {
  const packages: RpmFields[] = [];
  let broken = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [name, version, , , vendor, epoch, , architecture, epochNumber, sourceRpm] = line
      .split('\t')
      .map((field) => (field.trim() === '(none)' ? undefined : field.trim()));
    if (name === undefined || name === '' || version === undefined || !version.includes('-')) {
      broken += 1;
      continue;
    }
    const number = Number(epoch ?? epochNumber ?? 0);
    packages.push({
      name,
      version,
      vendor,
      architecture,
      sourceRpm,
      epoch: Number.isSafeInteger(number) && number > 0 ? number : undefined,
    });
  }
  return { packages, broken };
}
