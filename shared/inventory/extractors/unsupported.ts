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
  { place: /^(.*?\/?)var\/lib\/flatpak\/repo\/config$/, what: 'a Flatpak repository' },
  { place: /^(.*?\/?)var\/db\/xbps\/pkgdb-[\d.]+\.plist$/, what: 'an xbps database', isOfSystem: true },
  { place: /^(.*?\/?)usr\/share\/clear\/bundles\/os-core$/, what: 'a list of bundles of swupd', isOfSystem: true },
  {
    place: /^(.*?\/?)var\/(?:lib\/pkgtools|log)\/packages\/aaa_base-[^/]+$/,
    what: 'a pkgtools database',
    isOfSystem: true,
  },
];

/** Package databases and packages that are recognised and not read. */
export const unsupported: Extractor = {
  name: 'unsupported',
  version: 5,
  concerns: { names: ['config', 'os-core'], beginnings: ['pkgdb-', 'aaa_base-'] },
  wants({ path, size }) {
    return size > 0 && recognised.some(({ place }) => place.test(path)) ? 'presence' : undefined;
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
