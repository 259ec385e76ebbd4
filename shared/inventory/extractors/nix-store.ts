import { packageDrafts, qualifiersOf } from './drafts.ts';
import type { FolderExtractor } from './extractor.ts';

const place = /^(?:.*\/)?nix\/store\/([0-9a-df-np-sv-z]{32})-([^/]+)$/;
/** what a package is split into (nixpkgs, "Multiple-output packages") */
const output =
  /-(bin|data|debug|dev|devdoc|devman|dist|doc|examples|getent|info|lib|libgcc|man|modules|nspawn|out|py|static|terminfo|tex)$/;
/** the version begins with the first dash that no letter follows (Nix manual, builtins.parseDrvName) */
const named = /^(.+?)-([^A-Za-z].*)$/;

/**
 * Packages of Nix: the folders of its store, `nix/store/<hash>-<name>-<version>[-<output>]`. Images that Nix builds have no other list of them. What has no version is
 * somebody's own, or configuration. Nobody publishes advisories that name Nix's packages.
 */
export const nixStore: FolderExtractor = {
  name: 'nix',
  version: 2,
  read(path) {
    const [, hash, full = ''] = place.exec(path) ?? [];
    if (hash === undefined || full.endsWith('.drv')) return [];
    const part = output.exec(full)?.[1];
    const [, name, version] = named.exec(part === undefined ? full : full.slice(0, -part.length - 1)) ?? [];
    // by the rule `3.11.6-env` is a version too, as Nix has it; `_old` is none
    if (name === undefined || version === undefined || !/^\d/.test(version)) return [];
    return packageDrafts([{ type: 'nix', name, version, ...qualifiersOf({ outputhash: hash, output: part }) }]);
  },
};
