import { describe, expect, test } from 'vitest';
import type { InstalledPackage } from '#shared/inventory';
import { digestOf } from '#shared/oci';
import { Arrivals, markOwned } from '../../../shared/inventory/os-owned.ts';
import type { Owner, Ownership } from '../../../shared/inventory/ownership.ts';

const layer = digestOf(Buffer.from('layer'));
const owner: Owner = { id: 'deb:bash', system: 'dpkg', home: 'var/lib/dpkg', name: 'bash', layer: 0, ofSystem: true };
const ownership = { isKnown: true, ownerOf: () => owner } as unknown as Ownership;

/** How often packages are looked at while an image of `count` packages of one name is asked for each of `count` files of theirs. */
function looks(count: number): number {
  let seen = 0;
  const watched = (found: InstalledPackage): InstalledPackage =>
    new Proxy(found, {
      get(target, name, receiver) {
        seen += 1;
        return Reflect.get(target, name, receiver);
      },
    });
  const place = (type: string, ecosystem: string, name: string, index: number): InstalledPackage =>
    watched({
      key: { ecosystem, name, version: `${index}.0-1` },
      purl: `pkg:${type}/${name}@${index}`,
      type,
      path: `srv/${type}${index}`,
      layer,
    });
  const packages = Array.from({ length: count }, (_, index) => [
    place('deb', 'Debian', 'bash', index),
    place('npm', 'npm', 'm', 1_000_000 + index),
  ]).flat();
  const arrivals = new Arrivals(packages, [{ digest: layer, size: 1 }]);
  for (let file = 0; file < count; file += 1) arrivals.isChangedSince(owner, 0);
  markOwned(packages, ownership, arrivals);
  return seen;
}

describe('work counted in looks at packages', () => {
  test('given twice as many packages of one name and as many files of theirs, then at most twice the work', () => {
    const [once, twice] = [looks(2_000), looks(4_000)];
    expect(twice).toBeLessThan(2.1 * once);
  });

  test('given more of one name than fit on a stack, then when they came is known all the same', () => {
    const found = { key: { ecosystem: 'Debian', name: 'bash', version: '1' }, purl: '', type: 'deb', path: '', layer };
    const arrivals = new Arrivals(new Array<InstalledPackage>(200_000).fill(found), [{ digest: layer, size: 1 }]);
    expect([arrivals.isChangedSince(owner, 0), arrivals.isChangedSince(owner, 1)]).toEqual([false, true]);
  });
});
