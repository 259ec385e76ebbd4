import { UnreadableEvidence } from '../errors.ts';
import { sift } from './drafts.ts';
import type { Extractor, FileHeader } from './extractor.ts';

/**
 * Installed Python packages: `*.dist-info/METADATA`, `*.egg-info` (a file), `*.egg-info/PKG-INFO`, `EGG-INFO/PKG-INFO`. The form is a mail header
 * (core metadata specification); names are normalised as PEP 503 says, which is how advisories write them.
 */
export const pypi: Extractor = {
  name: 'pypi',
  version: 1,
  wants(file) {
    return file.size > 0 && isMetadata(file) ? 'content' : undefined;
  },
  read(file) {
    const { name, version, license } = headers(file.bytes);
    if (name === undefined) throw new UnreadableEvidence(file.path, 'Python metadata without a name');
    if (version === undefined) throw new UnreadableEvidence(file.path, 'Python metadata without a version');
    const { packages, troubles } = sift([
      {
        type: 'pypi',
        name: normalised(name),
        version,
        ...(license === undefined || license === 'UNKNOWN' ? {} : { licenses: [license.slice(0, 200)] }),
      },
    ]);
    return packages.length === 0 ? troubles : [{ kind: 'packages', packages }, ...troubles];
  },
};

function isMetadata({ path, base }: FileHeader): boolean {
  if (base === 'METADATA') return path.endsWith('.dist-info/METADATA');
  if (base === 'PKG-INFO') return path.endsWith('.egg-info/PKG-INFO') || path.endsWith('/EGG-INFO/PKG-INFO');
  return base.endsWith('.egg-info');
}

/** PEP 503: lower case, runs of `-`, `_` and `.` become one `-`. */
export function normalised(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

function headers(bytes: Buffer): { name?: string; version?: string; license?: string } {
  const found: { name?: string; version?: string; license?: string } = {};
  // descriptions run to megabytes; the headers stand first and end at an empty line
  const text = bytes.toString('utf8', 0, Math.min(bytes.length, 1 << 18));
  for (const line of text.split(/\r?\n/)) {
    if (line === '') break;
    const match = /^(Name|Version|License-Expression|License):(.*)$/i.exec(line);
    const value = match?.[2]?.trim();
    if (value === undefined || value === '') continue;
    const field = match?.[1]?.toLowerCase();
    if (field === 'name') found.name ??= value;
    else if (field === 'version') found.version ??= value;
    else if (field === 'license-expression' || found.license === undefined) found.license = value;
  }
  return found;
}
