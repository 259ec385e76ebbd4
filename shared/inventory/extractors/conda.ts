import { UnreadableEvidence } from '../errors.ts';
import { below, folderOf } from '../path.ts';
import { licensesOf, qualifiersOf, sift } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { inFixture } from './fixture.ts';
import { inFolder } from './in-folder.ts';
import { isRecord, jsonOf } from './json.ts';
import { ownedPaths } from './owned-paths.ts';

/**
 * Packages of a conda environment: `conda-meta/<name>-<version>-<build>.json`, one per package, with its files relative to the environment. Nobody
 * publishes advisories that name conda packages: they are listed, and their files known as theirs. A Python package that conda installed has its
 * dist-info beside that, and is judged by it.
 */
export const conda: Extractor = {
  name: 'conda',
  version: 1,
  concerns: { folders: ['conda-meta'] },
  wants({ path, base, size }) {
    if (size === 0 || !base.endsWith('.json') || !inFolder(path, base, 'conda-meta')) return undefined;
    return inFixture(path) ? undefined : 'content';
  },
  read(file) {
    const json = jsonOf(file, 'record of conda');
    if (!isRecord(json)) throw new UnreadableEvidence(file.path, 'this record of conda describes nothing');
    const { name, version, build, channel, subdir, fn, license, files } = json;
    if (typeof name !== 'string' || typeof version !== 'string' || name === '' || version === '')
      throw new UnreadableEvidence(file.path, 'a record of conda without a name or a version');
    const { packages, troubles } = sift([
      {
        type: 'conda',
        name,
        version,
        ...licensesOf([license]),
        ...qualifiersOf({ build, channel: channelOf(channel, subdir), subdir, type: typeOf(fn) }),
      },
    ]);
    if (packages.length === 0) return troubles;
    const prefix = folderOf(folderOf(file.path));
    const listed = Array.isArray(files) ? files.filter((path) => typeof path === 'string') : [];
    return [
      { kind: 'packages', packages },
      {
        kind: 'owned',
        system: 'conda',
        home: folderOf(file.path),
        root: '',
        owner: name,
        paths: ownedPaths(listed.map((path) => below(prefix, path))),
      },
      ...troubles,
    ];
  },
};

/** `https://conda.anaconda.org/conda-forge/linux-64` and `conda-forge` are one channel; purls name it by its last part. */
function channelOf(channel: unknown, subdir: unknown): string | undefined {
  if (typeof channel !== 'string') return undefined;
  const parts = channel.split('/').filter((part) => part !== '' && part !== subdir);
  return parts.at(-1);
}

function typeOf(fileName: unknown): string | undefined {
  if (typeof fileName !== 'string') return undefined;
  return ['conda', 'tar.bz2'].find((type) => fileName.endsWith(`.${type}`));
}
