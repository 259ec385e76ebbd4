import { UnreadableEvidence } from '../errors.ts';
import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { baseOf, folderOf } from '../path.ts';
import { sift } from './drafts.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';
import { ownedPaths } from './owned-paths.ts';

const place = /^(.*?\/)??(var\/lib\/pacman\/local)\/[^/]+\/(?:desc|files)$/;
const longestValue = 1024;

/**
 * pacman's local database, a folder for each package: `desc` says what it is, `files` what it owns. Blocks of `%FIELD%` and its values, one a
 * line, parted by empty lines (libalpm, be_local.c). The epoch stands in the version: `1:2.3-4`.
 */
export const pacman: Extractor = {
  name: 'pacman',
  version: 1,
  concerns: { names: ['desc', 'files'] },
  wants({ path, base, size }) {
    return size > 0 && (base === 'desc' || base === 'files') && place.test(path) ? 'content' : undefined;
  },
  read(file) {
    const [, before = '', inRoot = ''] = place.exec(file.path) ?? [];
    const root = before.replace(/\/$/, '');
    const home = `${before}${inRoot}`;
    return file.base === 'desc' ? readDescription(file, home, root) : readFiles(file, home, root);
  },
};

function readDescription(file: EvidenceFile, home: string, root: string): EvidenceDraft[] {
  const fields = new Map<string, string>();
  for (const [field, value] of values(file.bytes))
    if (!fields.has(field)) fields.set(field, value.slice(0, longestValue));
  const name = fields.get('NAME');
  const version = fields.get('VERSION');
  if (name === undefined || version === undefined)
    throw new UnreadableEvidence(file.path, 'a package of pacman without a name or a version');
  const base = fields.get('BASE') ?? name;
  const architecture = fields.get('ARCH');
  const license = fields.get('LICENSE');
  const packager = fields.get('PACKAGER');
  const found: FoundPackage = {
    type: 'alpm',
    name,
    version,
    source: base,
    sourceVersion: version,
    ...(architecture === undefined ? {} : { architecture }),
    ...(license === undefined ? {} : { licenses: [license.slice(0, 200)] }),
    ...(packager === undefined ? {} : { supplier: packager.slice(0, 200) }),
  };
  const { packages, troubles } = sift([found]);
  return [{ kind: 'packages', packages, database: { system: 'pacman', home, root } }, ...troubles];
}

function readFiles(file: EvidenceFile, home: string, root: string): EvidenceDraft[] {
  // name-version-release
  const owner = baseOf(folderOf(file.path)).replace(/-[^-]+-[^-]+$/, '');
  return [{ kind: 'owned', system: 'pacman', home, root, owner, paths: ownedPaths(ownedFiles(file.bytes)) }];
}

/** Folders end with a slash and are of many packages. */
function* ownedFiles(bytes: Buffer): Generator<string> {
  for (const [field, value] of values(bytes)) if (field === 'FILES' && !value.endsWith('/')) yield value;
}

function* values(bytes: Buffer): Generator<readonly [field: string, value: string]> {
  let field: string | undefined;
  for (const line of bytes.toString('utf8').split('\n')) {
    const begins = /^%([A-Z0-9]+)%$/.exec(line)?.[1];
    if (begins !== undefined) field = begins;
    else if (line === '') field = undefined;
    else if (field !== undefined) yield [field, line];
  }
}
