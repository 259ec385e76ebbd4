import type { InstalledPackage } from './types.ts';

/** The order of packages in an inventory: the same for the same packages, wherever they were found first. */
export function byTypeAndName(a: InstalledPackage, b: InstalledPackage): number {
  return (
    byText(a.type, b.type) ||
    byText(a.key.name, b.key.name) ||
    byText(a.key.version, b.key.version) ||
    byText(a.path, b.path) ||
    byText(a.key.architecture ?? '', b.key.architecture ?? '')
  );
}

/** Texts by their code units, on every machine alike. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
