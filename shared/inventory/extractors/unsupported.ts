import type { Extractor } from './extractor.ts';

interface Recognised {
  /** the first group is the root of what it is the database of */
  readonly place: RegExp;
  readonly what: string;
  /** it lists packages of an operating system, without which an image is not known at all */
  readonly isOfSystem?: true;
}

// evidence whose readers are still to come: naming it keeps an image from looking clean
const recognised: readonly Recognised[] = [
  { place: /^(.*?\/?)var\/db\/pkg\/[^/]+\/[^/]+\/CONTENTS$/, what: 'a portage database', isOfSystem: true },
  { place: /^(.*?\/?)nix\/var\/nix\/db\/db\.sqlite$/, what: 'a Nix database' },
  { place: /^(.*?\/?)snap\/[^/]+\/[^/]+\/meta\/snap\.yaml$/, what: 'a snap' },
  {
    place:
      /^(.*?\/?)(?:home\/linuxbrew\/\.linuxbrew|opt\/homebrew|usr\/local)\/Cellar\/[^/]+\/[^/]+\/INSTALL_RECEIPT\.json$/,
    what: 'a package of Homebrew',
  },
  { place: /^(.*?\/?)var\/lib\/flatpak\/repo\/config$/, what: 'a Flatpak repository' },
  {
    place: /^(.*?\/?)usr\/share\/bottlerocket\/application-inventory\.json$/,
    what: 'an inventory of Bottlerocket',
    isOfSystem: true,
  },
  { place: /^()(?:.*\/)?conaninfo\.txt$/, what: 'a package of Conan' },
];

/** the names that all of them end in: nearly every other file is passed over by its name */
const places: ReadonlySet<string> = new Set([
  'CONTENTS',
  'INSTALL_RECEIPT.json',
  'application-inventory.json',
  'conaninfo.txt',
  'config',
  'db.sqlite',
  'snap.yaml',
]);

/** Package databases and packages that are recognised and not read. */
export const unsupported: Extractor = {
  name: 'unsupported',
  version: 4,
  wants({ path, base, size }) {
    if (size === 0) return undefined;
    return places.has(base) && recognised.some(({ place }) => place.test(path)) ? 'presence' : undefined;
  },
  read({ path }) {
    for (const { place, what, isOfSystem = false } of recognised) {
      const prefix = place.exec(path)?.[1];
      if (prefix !== undefined)
        return [{ kind: 'unsupported', what, root: prefix.replace(/\/$/, ''), database: isOfSystem }];
    }
    return [];
  },
};
