import { type Product, productOf, productOfPurl } from './classifiers/index.ts';
import { folderOf } from './path.ts';
import type { InstalledPackage } from './types.ts';

/**
 * Whether a path is a part of a program that was recognised in the same image (classifiers: `parts`): Python's own modules are no strangers
 * where Python is known.
 */
export function partsOfPrograms(
  packages: readonly Pick<InstalledPackage, 'type' | 'path' | 'purl'>[],
): (path: string) => boolean {
  const homes = packages.flatMap((found) => homesOf(found));
  return (path) => homes.some(({ home, inside }) => path.startsWith(home) && isInside(path.slice(home.length), inside));
}

interface Home {
  readonly home: string;
  readonly inside: readonly RegExp[];
}

function homesOf({ type, path, purl }: Pick<InstalledPackage, 'type' | 'path' | 'purl'>): Home[] {
  // a runtime's release file lies in its home
  if (type === 'jvm') return homesAt(productOf('java'), `${folderOf(path)}/`.replace(/^\/$/, ''));
  if (type !== 'program') return [];
  const product = productOfPurl(purl);
  const home = product?.parts?.home.exec(path)?.[1];
  return product === undefined || home === undefined ? [] : homesAt(product, home);
}

function homesAt(product: Product | undefined, home: string): Home[] {
  return product?.parts === undefined ? [] : [{ home, inside: product.parts.inside }];
}

const isInside = (path: string, inside: readonly RegExp[]): boolean => inside.some((place) => place.test(path));
