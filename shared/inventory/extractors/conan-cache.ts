import { UnreadableEvidence } from '../errors.ts';
import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { BrokenDatabase } from './broken-database.ts';
import { packageDrafts } from './drafts.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';
import { isSqlite } from './sqlite/pages.ts';
import { tableRows } from './sqlite/table.ts';

const place = /(?:^|\/)p\/cache\.sqlite3$/;
/** columns of the table up to `path`: reference, revision of the recipe, package id, its revision, folder */
const columnCount = 5;

/**
 * What Conan 2 installed: its cache names folders by hashes, and `p/cache.sqlite3` beside them says in the table `packages` what lies in which (conan-io/conan, PackagesDBTable). Recipes
 * that were only fetched are in another table, and what was being built has no revision yet. User and channel are left out: advisories do not ask for them.
 */
export const conanCache: Extractor = {
  name: 'conan-cache',
  version: 1,
  concerns: { names: ['cache.sqlite3'] },
  wants({ path, size }) {
    return size > 0 && place.test(path) ? 'content' : undefined;
  },
  read(file) {
    // others call caches of theirs like this
    return isSqlite(file.bytes) && file.bytes.includes('CREATE TABLE packages (reference ') ? packagesOf(file) : [];
  },
};

function packagesOf({ path, bytes }: EvidenceFile): readonly EvidenceDraft[] {
  const found = new Map<string, FoundPackage>();
  let read = 0;
  try {
    for (const { columns } of tableRows(bytes, 'packages', columnCount)) {
      const [reference, , , revision] = columns;
      if (!Buffer.isBuffer(reference) || !Buffer.isBuffer(revision)) continue;
      read += reference.length;
      if (read > bytes.length) throw new BrokenDatabase('its rows lie on each other');
      const [, name, version = ''] = /^([^/@#]+)\/([^/@#]+)(?:[@#]|$)/.exec(reference.toString('utf8')) ?? [];
      if (name !== undefined) found.set(`${name}/${version}`, { type: 'conan', name, version });
    }
  } catch (error) {
    if (!(error instanceof BrokenDatabase)) throw error;
    throw new UnreadableEvidence(path, `this database of Conan cannot be read: ${error.message}`);
  }
  return packageDrafts([...found.values()]);
}
