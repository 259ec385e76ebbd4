import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { licensesOf, sift } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { inFixture } from './fixture.ts';
import { inFolder } from './in-folder.ts';
import { isRecord, jsonOf } from './json.ts';

/**
 * Installed Composer packages: `composer/installed.json` in the vendor folder, whatever that is called. Composer 1 writes an array of packages,
 * Composer 2 an object that holds it. Packages of `dev-package-names` are kept: when the list names them, they lie in the image like the
 * others (phpunit in production is a known way in). The names are lower-case on Packagist.
 */
export const composer: Extractor = {
  name: 'composer',
  version: 2,
  concerns: { names: ['installed.json'] },
  wants({ path, base, size }) {
    if (size === 0 || !base.endsWith('installed.json') || !inFolder(path, base, 'composer')) return undefined;
    return base === 'installed.json' && !inFixture(path) ? 'content' : undefined;
  },
  read(file) {
    const json = jsonOf(file, 'installed.json of Composer');
    const listed = isRecord(json) ? json.packages : json;
    // not Composer's: a folder of this name may be anybody's
    if (!Array.isArray(listed)) throw new UnreadableEvidence(file.path, 'an installed.json without a list of packages');
    const claims: FoundPackage[] = [];
    let broken = 0;
    for (const entry of listed as readonly unknown[]) {
      const found = packageOf(entry);
      if (found === undefined) broken += 1;
      else claims.push(found);
    }
    const { packages, troubles } = sift(claims);
    if (broken > 0)
      troubles.push({
        kind: 'trouble',
        code: 'unreadable-evidence',
        text: `${broken} entries have no name or no version`,
      });
    return packages.length === 0 ? troubles : [{ kind: 'packages', packages }, ...troubles];
  },
};

function packageOf(entry: unknown): FoundPackage | undefined {
  if (!isRecord(entry)) return undefined;
  const { name, version, license } = entry;
  if (typeof name !== 'string' || typeof version !== 'string' || name === '' || version.trim() === '') return undefined;
  return {
    type: 'composer',
    name: name.toLowerCase(),
    // a tag's leading v is no part of the version (Composer's VersionParser)
    version: version.trim().replace(/^v(?=\d)/i, ''),
    ...licensesOf(Array.isArray(license) ? license : [license]),
  };
}
