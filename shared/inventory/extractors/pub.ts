import { UnreadableEvidence } from '../errors.ts';
import { baseOf, folderOf } from '../path.ts';
import { packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { plainValue } from './yaml-value.ts';

const hosted = /(?:^|\/)hosted\/[^/]+\/[^/]+-\d[^/]*\/pubspec\.yaml$/;
const fromGit = /(?:^|\/)\.?pub-cache\/git\/[^/]+-[0-9a-f]{40}\/pubspec\.yaml$/;
const beginning = 1 << 18;

/**
 * Dart packages in pub's cache, from which programs run: `hosted/<repository>/<name>-<version>/pubspec.yaml` and checkouts in `git/<name>-<commit>`
 * (dart.dev, "Glossary of package terms", system cache). Of the YAML only the two plain values are read.
 */
export const pub: Extractor = {
  name: 'pub',
  version: 1,
  concerns: { names: ['pubspec.yaml'] },
  wants({ path, base, size }) {
    if (size === 0 || base !== 'pubspec.yaml') return undefined;
    return hosted.test(path) || fromGit.test(path) ? 'content' : undefined;
  },
  read(file) {
    const text = file.bytes.toString('utf8', 0, beginning);
    const name = plainValue(text, 'name');
    const version = plainValue(text, 'version');
    if (name === undefined) throw new UnreadableEvidence(file.path, 'a pubspec without a name');
    // a checkout need not have one; a hosted package has it in the name of its folder too
    const known = version ?? (hosted.test(file.path) ? baseOf(folderOf(file.path)).slice(name.length + 1) : undefined);
    if (known === undefined)
      return [{ kind: 'trouble', code: 'unknown-version', text: 'a Dart package from git without a version' }];
    return packageDrafts([{ type: 'pub', name, version: known }]);
  },
};
