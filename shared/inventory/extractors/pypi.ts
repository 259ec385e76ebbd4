import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { shown } from '../plausible.ts';
import { packageDrafts } from './drafts.ts';
import type { Extractor, FileHeader } from './extractor.ts';
import { inFixture } from './fixture.ts';
import { directOrigin } from './python-origin.ts';
import { BadZip, isZip, zipContent, zipEntries } from './zip.ts';

/** the folder that pip and setuptools keep copies of other projects in */
const vendored = /(?:^|\/)_vendor\//;
/** what pip moved aside of a package and could not take away: nobody can import it */
const leftOver = /(?:^|\/)~[^/]+\.(?:dist|egg)-info(?:\/|$)/;
const vendorList = /(?:^|\/)_vendor\/(?:vendor|vendored)\.txt$/;
const longestText = 1 << 20;
const mostVendored = 1_000;

/**
 * Installed Python packages: `*.dist-info/METADATA`, `*.egg-info` (a file), `*.egg-info/PKG-INFO`, `EGG-INFO/PKG-INFO` in an egg, be it a folder or a zip.
 * The form is a mail header (core metadata specification); names are normalised as PEP 503 says, which is how advisories write them. Copies
 * that pip and setuptools carry in `_vendor` are marked as such: by their own metadata, or by the list that their makers keep.
 */
export const pypi: Extractor = {
  name: 'pypi',
  version: 4,
  concerns: {
    names: ['METADATA', 'PKG-INFO', 'direct_url.json', 'vendor.txt', 'vendored.txt'],
    endings: ['.egg', '.egg-info'],
  },
  companionOf: ({ base }) => (base === 'METADATA' ? 'direct_url.json' : undefined),
  wants(file) {
    if (file.size === 0 || inFixture(file.path) || leftOver.test(file.path)) return undefined;
    if (file.base.endsWith('.egg')) return 'archive';
    return isMetadata(file) || isVendorList(file) || isOrigin(file) ? 'content' : undefined;
  },
  read(file) {
    // it says something only with the METADATA that waits for it
    if (isOrigin(file)) return [];
    if (isVendorList(file)) return packageDrafts(listed(file.bytes.toString('utf8')));
    const isEgg = file.base.endsWith('.egg');
    const bytes = isEgg ? metadataOfEgg(file.path, file.bytes) : file.bytes;
    if (bytes === undefined) return [];
    const { name, version = versionOfFolder(file.path), license } = headers(bytes);
    if (name === undefined) throw new UnreadableEvidence(file.path, 'Python metadata without a name');
    if (version === undefined) {
      const text = `the Python package "${shown(name)}" does not say its version`;
      return [{ kind: 'trouble', code: 'unknown-version', text }];
    }
    const origin = file.companion === undefined ? {} : directOrigin(file.companion);
    const found = packageDrafts([
      {
        ...packageOf(name, version, license),
        ...origin,
        ...(vendored.test(file.path) ? { bundled: 'vendored' } : {}),
      },
    ]);
    if (origin !== undefined) return found;
    const text = 'the direct_url.json beside it cannot be read: where the package is from is not known';
    return [...found, { kind: 'trouble', code: 'unreadable-evidence', text }];
  },
};

/** The package that such metadata describes, which lies at `path`; undefined where it lacks a name or a version. */
export function describedIn(bytes: Buffer, path: string): FoundPackage | undefined {
  const { name, version = versionOfFolder(path), license } = headers(bytes);
  return name === undefined || version === undefined ? undefined : packageOf(name, version, license);
}

const packageOf = (name: string, version: string, license: string | undefined): FoundPackage => ({
  type: 'pypi',
  name: normalised(name),
  version,
  ...(license === undefined || license === 'UNKNOWN' ? {} : { licenses: [license.slice(0, 200)] }),
});

function isMetadata({ path, base }: FileHeader): boolean {
  if (base === 'METADATA') return path.endsWith('.dist-info/METADATA');
  if (base === 'PKG-INFO') return path.endsWith('.egg-info/PKG-INFO') || path.endsWith('/EGG-INFO/PKG-INFO');
  return base.endsWith('.egg-info');
}

const isOrigin = ({ path, base }: FileHeader): boolean =>
  base === 'direct_url.json' && path.endsWith('.dist-info/direct_url.json');

const isVendorList = ({ path, base }: FileHeader): boolean => base.startsWith('vendor') && vendorList.test(path);

/** `urllib3==1.26.16  # comment`, one a line (pip/_vendor/vendor.txt). */
function listed(text: string): FoundPackage[] {
  const found: FoundPackage[] = [];
  for (const line of text.slice(0, longestText).split(/\r?\n/)) {
    const [, name, version] = /^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*==\s*([^\s;#]+)/.exec(line) ?? [];
    if (name === undefined || version === undefined || found.length >= mostVendored) continue;
    found.push({ type: 'pypi', name: normalised(name), version, bundled: 'vendored' });
  }
  return found;
}

/** What an egg says of itself; undefined for a file of that name that is no zip. */
function metadataOfEgg(path: string, bytes: Buffer): Buffer | undefined {
  if (!isZip(bytes)) return undefined;
  try {
    for (const entry of zipEntries(bytes))
      if (entry.name === 'EGG-INFO/PKG-INFO') return zipContent(bytes, entry, longestText);
  } catch (error) {
    if (!(error instanceof BadZip)) throw error;
    throw new UnreadableEvidence(path, `this egg cannot be read: ${error.message}`, { cause: error });
  }
  throw new UnreadableEvidence(path, 'an egg without EGG-INFO/PKG-INFO');
}

/** The version in the folder's name, `name-version.dist-info`, which has to be the same (binary distribution format). */
function versionOfFolder(path: string): string | undefined {
  return /(?:^|\/)[^/-]+-([^/-]+)\.dist-info\/METADATA$/.exec(path)?.[1];
}

/** PEP 503: lower case, runs of `-`, `_` and `.` become one `-`. */
export function normalised(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

function headers(bytes: Buffer): { name?: string; version?: string; license?: string } {
  const found: { name?: string; version?: string; license?: string } = {};
  let classified: string | undefined;
  // descriptions run to megabytes; the headers stand first and end at an empty line
  const text = bytes.toString('utf8', 0, Math.min(bytes.length, 1 << 18));
  for (const line of text.split(/\r?\n/)) {
    if (line === '') break;
    const match = /^(Name|Version|License-Expression|License|Classifier):(.*)$/i.exec(line);
    const value = match?.[2]?.trim();
    if (value === undefined || value === '') continue;
    const field = match?.[1]?.toLowerCase();
    if (field === 'name') found.name ??= value;
    else if (field === 'version') found.version ??= value;
    else if (field === 'classifier') classified ??= /^License :: (?:OSI Approved :: )?(.+)$/.exec(value)?.[1];
    else if (field === 'license-expression' || found.license === undefined) found.license = value;
  }
  // some have the whole text there, which begins with whose it is
  const isNamed = found.license !== undefined && found.license !== 'UNKNOWN' && !/^copyright\b/i.test(found.license);
  return isNamed || classified === undefined ? found : { ...found, license: classified };
}
