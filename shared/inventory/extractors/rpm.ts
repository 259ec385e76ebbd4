import { UnreadableEvidence } from '../errors.ts';
import type { DatabaseHome, EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { folderOf } from '../path.ts';
import { BrokenDatabase } from './broken-database.ts';
import { sift } from './drafts.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';
import { berkeleyBlobs, isBerkeley } from './rpm/berkeley.ts';
import { RpmHeader } from './rpm/header-blob.ts';
import { manifestPackages } from './rpm/manifest.ts';
import { isNdb, ndbBlobs } from './rpm/ndb.ts';
import { ownedFiles, type PathBudget } from './rpm/owned-files.ts';
import { fieldsOf, isNoProgram, packageOf } from './rpm/package-of-header.ts';
import { sqliteBlobs } from './rpm/sqlite.ts';
import { isSqlite } from './sqlite/pages.ts';
import { committedPages } from './sqlite/write-ahead-log.ts';

const database =
  /^(.*?\/)??((?:var\/lib\/rpm|usr\/lib\/sysimage\/rpm|usr\/share\/rpm)\/(?:Packages|Packages\.db|rpmdb\.sqlite(-wal)?))$/;
const manifest = /^(.*?\/)??(var\/lib\/rpmmanifest\/container-manifest-2)$/;

/**
 * rpm's database in its three forms (BerkeleyDB hash, ndb, SQLite) and three places, read by its bytes and not by its name, and the list of
 * rpm-based distroless images (detection.md section 1). What can be read of a damaged database is kept, and the damage is told.
 */
export const rpm: Extractor = {
  name: 'rpm',
  version: 3,
  concerns: { names: ['Packages', 'Packages.db', 'rpmdb.sqlite', 'rpmdb.sqlite-wal', 'container-manifest-2'] },
  wants({ path, base, size }) {
    if (size === 0) return undefined;
    if (base === 'container-manifest-2') return manifest.test(path) ? 'content' : undefined;
    if (base !== 'Packages' && base !== 'Packages.db' && !base.startsWith('rpmdb.sqlite')) return undefined;
    return database.test(path) ? 'archive' : undefined;
  },
  companionOf: ({ base }) => (base === 'rpmdb.sqlite' ? 'rpmdb.sqlite-wal' : undefined),
  read(file) {
    const root = (database.exec(file.path) ?? manifest.exec(file.path))?.[1]?.replace(/\/$/, '') ?? '';
    const home: DatabaseHome = { system: 'rpm', home: folderOf(file.path), root };
    if (file.base === 'container-manifest-2') return readManifest(file, home);
    return file.base.endsWith('-wal') ? readLog(file) : readDatabase(file, home);
  },
};

function readDatabase(file: EvidenceFile, home: DatabaseHome): EvidenceDraft[] {
  const claims: FoundPackage[] = [];
  const drafts: EvidenceDraft[] = [];
  const damage = new Map<string, number>();
  const tell = (text: string): unknown => damage.set(text, (damage.get(text) ?? 0) + 1);
  const paths: PathBudget = { bytes: 16 * file.bytes.length + 2 ** 20 };
  let read = 0;
  try {
    for (const blob of blobsOf(file)) {
      read += blob.length;
      // headers that share their bytes: no rpm writes them, and each would have to be read
      if (read > file.bytes.length + (file.companion?.length ?? 0))
        throw new BrokenDatabase('its headers lie on each other');
      const header = headerOf(blob, tell);
      const fields = header === undefined ? undefined : fieldsOf(header);
      if (header === undefined || fields === undefined) {
        if (header !== undefined) tell('a package without a name, a version or a release');
        continue;
      }
      if (isNoProgram(fields.name)) continue;
      claims.push(packageOf(fields));
      const owned = ownedFiles(header, paths);
      if (owned.length > 0)
        drafts.push({
          kind: 'owned',
          system: 'rpm',
          home: home.home,
          root: home.root,
          owner: fields.name,
          paths: owned,
        });
    }
  } catch (error) {
    if (!(error instanceof BrokenDatabase)) throw error;
    if (claims.length === 0)
      throw new UnreadableEvidence(file.path, `this rpm database cannot be read: ${error.message}`);
    tell(error.message);
  }
  if (paths.bytes < 0) tell('lists of files beyond all measure');
  const { packages, troubles } = sift(claims);
  return [{ kind: 'packages', packages, database: home }, ...drafts, ...troubles, ...damaged(damage)];
}

function blobsOf({ bytes, companion }: EvidenceFile): Iterable<Buffer> {
  if (isSqlite(bytes)) return sqliteBlobs(bytes, companion);
  if (isNdb(bytes)) return ndbBlobs(bytes);
  if (isBerkeley(bytes)) return berkeleyBlobs(bytes);
  throw new BrokenDatabase('it is neither SQLite nor ndb nor a BerkeleyDB hash');
}

function headerOf(blob: Buffer, tell: (text: string) => unknown): RpmHeader | undefined {
  try {
    return new RpmHeader(blob);
  } catch (error) {
    if (!(error instanceof BrokenDatabase)) throw error;
    tell(error.message);
    return undefined;
  }
}

function damaged(damage: ReadonlyMap<string, number>): EvidenceDraft[] {
  const [first] = damage;
  if (first === undefined) return [];
  const times = [...damage.values()].reduce((sum, count) => sum + count, 0);
  const more = times === 1 ? '' : `, and ${times - 1} more faults`;
  const text = `packages of this rpm database are missing, it is damaged: ${first[0]}${more}`;
  return [{ kind: 'trouble', code: 'unreadable-evidence', text }];
}

function readLog(file: EvidenceFile): EvidenceDraft[] {
  if (committedPages(file.bytes).size === 0) return [];
  const text = 'a write-ahead log without its rpm database beside it: the changes that it holds are not read';
  return [{ kind: 'trouble', code: 'unreadable-evidence', text }];
}

function readManifest(file: EvidenceFile, home: DatabaseHome): EvidenceDraft[] {
  const { packages: all, broken } = manifestPackages(file.bytes.toString('utf8'));
  const { packages, troubles } = sift(all.filter(({ name }) => !isNoProgram(name)).map(packageOf));
  if (packages.length === 0 && (broken > 0 || troubles.length === 0))
    throw new UnreadableEvidence(file.path, 'no package in an rpm manifest');
  if (broken > 0)
    troubles.push({
      kind: 'trouble',
      code: 'unreadable-evidence',
      text: `${broken} lines of this rpm manifest name no package`,
    });
  return [{ kind: 'packages', packages, database: home }, ...troubles];
}
