import { below, folderOf } from '../path.ts';
import { packageDrafts, qualifiersOf } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { ownedPaths } from './owned-paths.ts';

const place = /(?:^|\/)vcpkg\/info\/([a-z0-9-]+)_([^/]+)_([a-z0-9-]+)\.list$/;

/**
 * C and C++ libraries that vcpkg installed: `vcpkg/info/<name>_<version>_<triplet>.list`, one for each that is there, with its files below the folder that holds
 * vcpkg's own (microsoft/vcpkg, paths of the installed tree). Its `status`, which looks like dpkg's, lags behind. Nobody publishes advisories that name ports.
 */
export const vcpkg: Extractor = {
  name: 'vcpkg',
  version: 1,
  concerns: { folders: ['vcpkg/info'] },
  wants({ path, base, size }) {
    return size > 0 && base.endsWith('.list') && place.test(path) ? 'content' : undefined;
  },
  read(file) {
    const [, name = '', version = '', triplet = ''] = place.exec(file.path) ?? [];
    const installed = folderOf(folderOf(folderOf(file.path)));
    const files = file.bytes.toString('utf8').split('\n');
    const paths = files.filter((path) => path !== '' && !path.endsWith('/')).map((path) => below(installed, path));
    return [
      ...packageDrafts([{ type: 'vcpkg', name, version, ...qualifiersOf({ triplet }) }]),
      { kind: 'owned', system: 'vcpkg', home: file.path, root: '', owner: name, paths: ownedPaths(paths) },
    ];
  },
};
