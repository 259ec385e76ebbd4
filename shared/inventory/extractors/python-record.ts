import type { EvidenceDraft } from '../layer-facts.ts';
import { baseOf, below, cleanPath, folderOf } from '../path.ts';
import type { Extractor, FileHeader } from './extractor.ts';
import { inFixture } from './fixture.ts';
import { ownedPaths } from './owned-paths.ts';
import { normalised } from './pypi.ts';

/** more files than any Python package has */
const mostFiles = 500_000;
const longestInstaller = 64;
const libraryOf = /^(.*?)(?:^|\/)lib(?:32|64)?\/(?:python|pypy)[\d.]*\/(?:site|dist)-packages$/;

/**
 * The files of an installed Python package: `*.dist-info/RECORD` (one CSV row per file, relative to the folder above; binary distribution format), and what pip wrote
 * before wheels, `*.egg-info/installed-files.txt` (one path a line, relative to itself). Only files of the same environment count, such as `../../../bin/ruff`: a list must not
 * explain what lies elsewhere in the image. `*.dist-info/INSTALLER` says who put it there: what rpm or dpkg did is a part of one of their packages, which counts where no list of
 * files says so.
 */
export const pythonRecord: Extractor = {
  name: 'python-record',
  version: 2,
  concerns: { names: ['RECORD', 'INSTALLER', 'installed-files.txt'] },
  wants(file) {
    return file.size > 0 && roleOf(file) !== undefined && !inFixture(file.path) ? 'content' : undefined;
  },
  read(file) {
    const role = roleOf(file);
    if (role === 'installer') return installerOf(file.bytes);
    const metadata = folderOf(file.path);
    const [name = ''] = baseOf(metadata).split('-');
    const text = file.bytes.toString('utf8');
    const rows = text.split(/\r?\n/).filter((row) => row !== '');
    const listed = role === 'record' ? rows.map(firstColumn) : rows;
    const from = role === 'record' ? folderOf(metadata) : metadata;
    const environment = environmentOf(folderOf(metadata));
    const paths = listed
      .slice(0, mostFiles)
      .filter((path) => path !== undefined)
      .map((path) => cleanPath(path.startsWith('/') ? path : below(from, path)))
      .filter((path) => environment === '' || path.startsWith(`${environment}/`));
    const broken = listed.filter((path) => path === undefined).length;
    return [
      {
        kind: 'owned',
        system: 'pypi',
        home: metadata,
        root: '',
        owner: normalised(name),
        paths: ownedPaths(paths),
      },
      ...(broken === 0
        ? []
        : [{ kind: 'trouble', code: 'unreadable-evidence', text: `${broken} rows of RECORD name no file` } as const]),
    ];
  },
};

/** what the packages of distributions write there; pip, uv, Poetry and conda name themselves */
const systems: ReadonlyMap<string, 'rpm' | 'deb'> = new Map([
  ['rpm', 'rpm'],
  ['debian', 'deb'],
  ['apt', 'deb'],
  ['dpkg', 'deb'],
]);

function installerOf(bytes: Buffer): readonly EvidenceDraft[] {
  const by = systems.get(bytes.toString('latin1', 0, longestInstaller).trim());
  return by === undefined ? [] : [{ kind: 'installer', by }];
}

function roleOf({ path, base }: FileHeader): 'record' | 'installed-files' | 'installer' | undefined {
  if (base === 'INSTALLER') return path.endsWith('.dist-info/INSTALLER') ? 'installer' : undefined;
  if (base === 'RECORD' && path.endsWith('.dist-info/RECORD')) return 'record';
  return base === 'installed-files.txt' && path.endsWith('.egg-info/installed-files.txt')
    ? 'installed-files'
    : undefined;
}

/** `usr/local` of `usr/local/lib/python3.11/site-packages`; packages that were put elsewhere have their own folder only. */
function environmentOf(packages: string): string {
  return libraryOf.exec(packages)?.[1] ?? packages;
}

/** The path of a row of RECORD; one with a comma is quoted, quotes in it are doubled. Undefined for what is no row. */
function firstColumn(row: string): string | undefined {
  const path = row.startsWith('"')
    ? /^"((?:[^"]|"")*)",/.exec(row)?.[1]?.replaceAll('""', '"')
    : /^([^,]+),/.exec(row)?.[1];
  return path === '' ? undefined : path;
}
