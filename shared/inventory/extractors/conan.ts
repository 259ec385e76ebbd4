import { packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';

/** Conan 1 keeps packages by reference: name, version, user and channel, which advisories do not ask for, and the package's id */
const cached = /(?:^|\/)\.conan\/data\/([^/]+)\/([^/]+)\/[^/]+\/[^/]+\/package\/[0-9a-f]+\/conaninfo\.txt$/;
/** what its deployers copy out of the cache, of Conan 2 too */
const deployed = /(?:^|\/)full_deploy\/host\/([^/]+)\/([^/]+)\/(?:.*\/)?conaninfo\.txt$/;
/** Conan 2 names folders of its cache by hashes, and keeps in a database what they are (conan-cache.ts) */
const hashed = /^((?:.*\/)?\.conan2\/p)\/(?:.*\/)?conaninfo\.txt$/;

/**
 * C and C++ packages that Conan installed, by the folder that their `conaninfo.txt` lies in: the file says how a package was built, not what it is. What lies in Conan 2's
 * cache is named as not read where its database is not there.
 */
export const conan: Extractor = {
  name: 'conan',
  version: 2,
  concerns: { names: ['conaninfo.txt'] },
  wants({ path, base, size }) {
    if (size === 0 || base !== 'conaninfo.txt') return undefined;
    return [cached, deployed, hashed].some((place) => place.test(path)) ? 'presence' : undefined;
  },
  read({ path }) {
    const [, name, version = ''] = cached.exec(path) ?? deployed.exec(path) ?? [];
    if (name === undefined)
      return [
        {
          kind: 'unsupported',
          what: "a package in Conan 2's cache",
          root: '',
          database: false,
          listedIn: `${hashed.exec(path)?.[1] ?? ''}/cache.sqlite3`,
        },
      ];
    return packageDrafts([{ type: 'conan', name, version }]);
  },
};
