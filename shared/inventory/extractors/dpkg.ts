import { UnreadableEvidence } from '../errors.ts';
import type { DatabaseHome, EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { baseOf, folderOf } from '../path.ts';
import { listedFiles } from './dpkg-list.ts';
import { sift } from './drafts.ts';
import type { EvidenceFile, Extractor, FileHeader } from './extractor.ts';
import { ownedPaths } from './owned-paths.ts';
import { vendorOf } from './third-parties.ts';

/**
 * dpkg's database: `status` (any folder with a sibling `info/`; var/lib/dpkg by its name), `status.d/*` of distroless images, and the files that
 * packages own (`info/*.list`, `status.d/*.md5sums`). deb-control(5), dpkg(1); detection.md section 1.
 */
export const dpkg: Extractor = {
  name: 'dpkg',
  version: 5,
  concerns: { names: ['status'], endings: ['.list'], folders: ['dpkg/status.d'] },
  wants(file) {
    if (file.size === 0) return undefined;
    return role(file) === undefined ? undefined : 'content';
  },
  read(file) {
    switch (role(file)) {
      case 'status':
        return readStatus(file);
      case 'status.d':
        return readStatusD(file);
      case 'list':
        return [owned(file, folderOf(folderOf(file.path)), '.list', listedFiles(file.bytes, scriptsBeside(file)))];
      case 'md5sums':
        return [owned(file, folderOf(folderOf(file.path)), '.md5sums', ownedPaths(summed(file.bytes)))];
      default:
        return [];
    }
  },
};

function role({ path, base }: FileHeader): 'status' | 'status.d' | 'list' | 'md5sums' | undefined {
  if (base === 'status') return 'status';
  const folder = folderOf(path);
  if (folder.endsWith('/dpkg/status.d')) return base.endsWith('.md5sums') ? 'md5sums' : 'status.d';
  if (base.endsWith('.list') && /(?:^|\/)[do]pkg\/info$/.test(folder)) return 'list';
  return undefined;
}

function readStatus(file: EvidenceFile): EvidenceDraft[] {
  const home = folderOf(file.path);
  const byName = /(?:^|\/)var\/lib\/dpkg$/.test(home);
  const text = file.bytes.toString('utf8');
  if (!/^Package:/m.test(text)) {
    if (!byName || text.trim() === '') return [];
    throw new UnreadableEvidence(file.path, 'no package entry in a dpkg status file');
  }
  const opkg = baseOf(home) === 'opkg';
  const entries = stanzas(text).filter((fields) => byName || !fields.has('Abi'));
  const database = databaseAt(home, opkg ? 'opkg' : 'dpkg', byName ? undefined : `${home}/info`);
  return packagesOf(file, entries.filter(isInstalled), database);
}

function readStatusD(file: EvidenceFile): EvidenceDraft[] {
  const text = file.bytes.toString('utf8');
  if (!/^Package:/m.test(text)) return [];
  // these entries carry no Status line; demanding one would empty every distroless image (claircore#841)
  const entries = stanzas(text).filter((fields) => !fields.has('Status') || isInstalled(fields));
  return packagesOf(file, entries, databaseAt(folderOf(folderOf(file.path)), 'dpkg'));
}

function databaseAt(home: string, system: 'dpkg' | 'opkg', needsFolder?: string): DatabaseHome {
  const root = home.endsWith('/var/lib/dpkg') ? home.slice(0, -'/var/lib/dpkg'.length) : '';
  return { system, home, root, ...(needsFolder === undefined ? {} : { needsFolder }) };
}

function packagesOf(
  file: EvidenceFile,
  entries: ReadonlyMap<string, string>[],
  database: DatabaseHome,
): EvidenceDraft[] {
  const claims: FoundPackage[] = [];
  let nameless = 0;
  for (const fields of entries) {
    const found = packageOf(fields, database.system === 'opkg' ? 'opkg' : 'deb');
    if (found === undefined) nameless += 1;
    else claims.push(found);
  }
  const { packages, troubles } = sift(claims);
  const drafts: EvidenceDraft[] = [{ kind: 'packages', packages, database }, ...troubles];
  if (nameless > 0) {
    drafts.push({
      kind: 'trouble',
      code: 'unreadable-evidence',
      text: `${nameless} entries of ${baseOf(file.path)} have no package name or no version`,
    });
  }
  return drafts;
}

function packageOf(fields: ReadonlyMap<string, string>, type: 'deb' | 'opkg'): FoundPackage | undefined {
  const name = fields.get('Package');
  const version = fields.get('Version');
  if (name === undefined || version === undefined || name === '' || version === '') return undefined;
  const source = /^(\S+)(?:\s+\(([^)]+)\))?$/.exec(fields.get('Source') ?? '');
  const maintainer = fields.get('Maintainer');
  const architecture = fields.get('Architecture');
  const vendor = vendorOf(version, maintainer ?? '');
  return {
    type,
    name,
    version,
    source: source?.[1] ?? name,
    sourceVersion: source?.[2]?.trim() ?? version,
    ...(architecture === undefined ? {} : { architecture }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(maintainer === undefined ? {} : { supplier: maintainer.slice(0, 200) }),
  };
}

/**
 * An entry counts unless its third word says that no files are left: `deinstall ok config-files` is not installed, while
 * half-configured, unpacked and triggers-pending packages have their files.
 */
function isInstalled(fields: ReadonlyMap<string, string>): boolean {
  const status = (fields.get('Status') ?? '').trim().split(/\s+/);
  const word = status[2];
  return word !== undefined && word !== 'not-installed' && word !== 'config-files';
}

/** names and versions that could be kept are far shorter */
const longestField = 1024;

const kept = new Set(['Package', 'Status', 'Version', 'Source', 'Architecture', 'Maintainer', 'Abi']);

/** Control stanzas with the fields that we read; field names are case-insensitive (deb-control, section 5.1 of the policy). */
function stanzas(text: string): Map<string, string>[] {
  const all: Map<string, string>[] = [];
  let fields = new Map<string, string>();
  let at = 0;
  while (at <= text.length) {
    let end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    const first = text.charCodeAt(at);
    if (at === end || (first === 13 && end === at + 1)) {
      if (fields.size > 0) all.push(fields);
      fields = new Map();
    } else if (first !== 32 && first !== 9) {
      const colon = text.indexOf(':', at);
      if (colon > at && colon < end && colon - at <= 12) {
        const name = canonical(text.slice(at, colon));
        if (kept.has(name) && !fields.has(name))
          fields.set(name, text.slice(colon + 1, Math.min(end, colon + 1 + longestField)).trim());
      }
    }
    at = end + 1;
  }
  if (fields.size > 0) all.push(fields);
  return all;
}

function canonical(field: string): string {
  return kept.has(field) ? field : field.slice(0, 1).toUpperCase() + field.slice(1).toLowerCase();
}

function owned(file: EvidenceFile, home: string, ending: string, paths: Uint32Array): EvidenceDraft {
  const system = baseOf(home) === 'opkg' ? 'opkg' : 'dpkg';
  // `libc6:amd64.list`: one list per architecture of the same package
  const owner = file.base.slice(0, -ending.length).replace(/:[^:]*$/, '');
  return { kind: 'owned', system, home, root: databaseAt(home, system).root, owner, paths };
}

/** The scripts of a package (deb-preinst(5) and its kin), which no list names: they lie beside it, under its name. */
function scriptsBeside({ path, base }: EvidenceFile): string[] {
  const { root } = databaseAt(folderOf(folderOf(path)), 'dpkg');
  const before = path.slice(root === '' ? 0 : root.length + 1, -'list'.length);
  return base === '.list' ? [] : ['config', 'preinst', 'postinst', 'prerm', 'postrm'].map((name) => `${before}${name}`);
}

function* summed(bytes: Buffer): Generator<string> {
  for (const line of bytes.toString('utf8').split('\n')) {
    const match = /^[0-9a-f]{32}\s+(.+)$/.exec(line);
    if (match?.[1] !== undefined) yield match[1];
  }
}
